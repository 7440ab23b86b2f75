import HTTPModel
public import HeaderPolicy

extension AccessLogLine {
    /// Appends a line of JSON with its newline, using the names of the Elastic Common Schema 8.11, and `letterhead.…` for values
    /// without a name there.
    public static func appendECS(_ facts: borrowing ExchangeFacts, _ outcome: borrowing Outcome, to output: inout [UInt8]) {
        output.append(text: #"{"@timestamp":""#)
        output.append(timestamp: outcome.unixMilliseconds)
        output.append(text: #"","ecs.version":"8.11","event.dataset":"letterhead.access""#)
        if !facts.clientAddress.isEmpty { output.append(key: #","client.ip":""#, json: facts.clientAddress.span) }
        output.append(text: #","http.request.method":""#)
        output.append(jsonEscaping: facts.request.methodToken)
        output.append(text: #"","url.domain":""#)
        output.append(jsonEscaping: facts.request.hostname)
        output.append(text: #"","url.original":""#)
        facts.request.target.forEachRedactedPart { output.append(jsonEscaping: $0) }
        output.append(text: #"","http.version":""#)
        output.append(text: String(facts.request.version.text.dropFirst(5)))
        output.append(text: #"","http.response.status_code":"#)
        output.append(decimal: Int(outcome.status?.rawValue ?? 0))
        output.append(text: #","http.request.body.bytes":"#)
        output.append(decimal: outcome.requestBytes)
        output.append(text: #","http.response.body.bytes":"#)
        output.append(decimal: outcome.responseBytes)
        output.append(text: #","event.duration":"#)
        output.append(decimal: Int(truncatingIfNeeded: outcome.duration))
        output.append(text: #","http.request.id":""#)
        output.append(jsonEscaping: facts.requestID.span)
        output.append(text: #"""#)
        if !facts.upstream.isEmpty { output.append(key: #","letterhead.upstream.name":""#, json: facts.upstream.span) }
        if !outcome.upstreamAddress.isEmpty {
            output.append(key: #","letterhead.upstream.address":""#, json: outcome.upstreamAddress.span)
        }
        if let upstream = outcome.upstreamDuration {
            output.append(text: #","letterhead.upstream.duration":"#)
            output.append(decimal: Int(truncatingIfNeeded: upstream))
        }
        if outcome.retries > 0 {
            output.append(text: #","letterhead.upstream.retries":"#)
            output.append(decimal: outcome.retries)
        }
        if !outcome.route.isEmpty { output.append(key: #","letterhead.route":""#, json: outcome.route.span) }
        output.append(text: #","letterhead.source":""#)
        output.append(text: facts.source == .upstream ? #"upstream""# : #"proxy""#)
        if let reason = reason(facts, outcome) { output.append(key: #","event.reason":""#, json: reason.utf8.span) }
        if let refusal = outcome.refusal {
            append(refusal, of: facts, .ecs, to: &output) { $1.append(jsonEscaping: $0) }
        }
        if !outcome.responseFault.isEmpty {
            output.append(key: #","letterhead.fault":""#, json: outcome.responseFault.utf8.span)
        }
        if outcome.isServerError { output.append(text: #","letterhead.policy":"applied""#) }
        if outcome.isTraced { output.append(text: #","letterhead.debug":true"#) }
        if let line = facts.request.fields.firstIndex(of: userAgent) {
            output.append(text: #","user_agent.original":""#)
            facts.request.fields.value(at: line).forEachRedactedPart(.text) { output.append(jsonEscaping: $0) }
            output.append(0x22)
        }
        if let line = facts.request.fields.firstIndex(of: referer) {
            output.append(text: #","http.request.referrer":""#)
            facts.request.fields.value(at: line).forEachRedactedPart { output.append(jsonEscaping: $0) }
            output.append(text: #"""#)
        }
        if !facts.tlsVersion.isEmpty {
            output.append(key: #","tls.version":""#, json: facts.tlsVersion.span)
            output.append(key: #","tls.cipher":""#, json: facts.tlsCipher.span)
            if !facts.tlsServerName.isEmpty {
                output.append(key: #","tls.client.server_name":""#, json: facts.tlsServerName.span)
            }
        }
        if let trace = TraceContext(of: facts) {
            output.append(key: #","trace.id":""#, json: trace.traceID.span)
            output.append(key: #","span.id":""#, json: trace.spanID.span)
        }
        output.append(text: "}\n")
    }
}
