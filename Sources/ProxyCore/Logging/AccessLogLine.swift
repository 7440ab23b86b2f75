public import HTTPModel
public import HeaderPolicy

/// One line of the access log, as JSON or as text, made without allocating.
///
/// The fields of the JSON form, in order: `time` (RFC 3339, UTC, the moment the exchange began), `client`, `method`, `host`,
/// `path` (the target, secret query values left out), `protocol`, `status` (0 where none was sent), `request_bytes` and
/// `response_bytes` (of the bodies), `duration_ms`, `request_id`, `upstream`, `upstream_address`, `upstream_ms` (to the response's
/// head), `retries`, `route`, `source`, `reason`, `refused`, `origin`, `requested_method` and
/// `requested_headers` (of a preflight that is refused), `fault`, `policy` (of a 5xx: it was applied), `debug` (the response was traced), `user_agent`, `referer`,
/// `tls_version`, `tls_cipher`, `tls_server_name`, `trace_id`, `span_id`.
/// What an exchange does not have is left out.
public enum AccessLogLine {
    /// The results of an exchange that are known at its end, besides its facts.
    public struct Outcome: Sendable {
        /// The time when the exchange began, in milliseconds since 1970.
        public var unixMilliseconds = 0
        /// The status; nil when the client was gone before it could be answered.
        public var status: Status?
        /// The numbers of body bytes from the client and to it.
        public var requestBytes = 0
        public var responseBytes = 0
        /// The time in nanoseconds from the first byte of the request to the end of the response.
        public var duration: UInt64 = 0
        /// The time in nanoseconds from the choice of the upstream to the head of its response; nil when none came.
        public var upstreamDuration: UInt64?
        /// The address of the server that answered, or was asked last; empty when none was.
        public var upstreamAddress: [UInt8] = []
        /// How often the request went to another server because one had failed.
        public var retries = 0
        /// The route's label: its name or its place in the configuration; empty when none matched.
        public var route: [UInt8] = []

        /// The fault in the app's response, if it was refused; empty otherwise.
        public var responseFault = ""
        /// What the answer to a preflight refuses; nil for every other exchange.
        public var refusal: PreflightRefusal?
        /// The client was told which rules touched the response.
        public var isTraced = false

        public init() {}

        var isServerError: Bool { (status?.rawValue ?? 0) >= 500 }
    }

    static let userAgent = FieldNames.standard.id(of: "User-Agent".utf8.span)
    static let referer = FieldNames.standard.id(of: "Referer".utf8.span)

    /// Appends a line of JSON with its newline.
    public static func appendJSON(_ facts: borrowing ExchangeFacts, _ outcome: borrowing Outcome, to output: inout [UInt8]) {
        output.append(text: #"{"time":""#)
        output.append(timestamp: outcome.unixMilliseconds)
        output.append(text: #"""#)
        if !facts.clientAddress.isEmpty { output.append(key: #","client":""#, json: facts.clientAddress.span) }
        output.append(text: #","method":""#)
        output.append(jsonEscaping: facts.request.methodToken)
        output.append(text: #"","host":""#)
        output.append(jsonEscaping: facts.request.authority)
        output.append(text: #"","path":""#)
        facts.request.target.forEachRedactedPart { output.append(jsonEscaping: $0) }
        output.append(text: #"","protocol":""#)
        output.append(text: facts.request.version.text)
        output.append(text: #"","status":"#)
        output.append(decimal: Int(outcome.status?.rawValue ?? 0))
        output.append(text: #","request_bytes":"#)
        output.append(decimal: outcome.requestBytes)
        output.append(text: #","response_bytes":"#)
        output.append(decimal: outcome.responseBytes)
        output.append(text: #","duration_ms":"#)
        output.append(milliseconds: outcome.duration)
        output.append(text: #","request_id":""#)
        output.append(jsonEscaping: facts.requestID.span)
        output.append(text: #"""#)
        if !facts.upstream.isEmpty { output.append(key: #","upstream":""#, json: facts.upstream.span) }
        if !outcome.upstreamAddress.isEmpty {
            output.append(key: #","upstream_address":""#, json: outcome.upstreamAddress.span)
        }
        if let upstream = outcome.upstreamDuration {
            output.append(text: #","upstream_ms":"#)
            output.append(milliseconds: upstream)
        }
        if outcome.retries > 0 {
            output.append(text: #","retries":"#)
            output.append(decimal: outcome.retries)
        }
        if !outcome.route.isEmpty { output.append(key: #","route":""#, json: outcome.route.span) }
        output.append(text: facts.source == .upstream ? #","source":"upstream""# : #","source":"proxy""#)
        if let reason = reason(facts, outcome) { output.append(key: #","reason":""#, json: reason.utf8.span) }
        if let refusal = outcome.refusal {
            append(refusal, of: facts, .json, to: &output) { $1.append(jsonEscaping: $0) }
        }
        if !outcome.responseFault.isEmpty { output.append(key: #","fault":""#, json: outcome.responseFault.utf8.span) }
        if outcome.isServerError { output.append(text: #","policy":"applied""#) }
        if outcome.isTraced { output.append(text: #","debug":true"#) }
        if let line = facts.request.fields.firstIndex(of: userAgent) {
            output.append(text: #","user_agent":""#)
            facts.request.fields.value(at: line).forEachRedactedPart(.text) { output.append(jsonEscaping: $0) }
            output.append(0x22)
        }
        if let line = facts.request.fields.firstIndex(of: referer) {
            output.append(text: #","referer":""#)
            facts.request.fields.value(at: line).forEachRedactedPart { output.append(jsonEscaping: $0) }
            output.append(text: #"""#)
        }
        if !facts.tlsVersion.isEmpty {
            output.append(key: #","tls_version":""#, json: facts.tlsVersion.span)
            output.append(key: #","tls_cipher":""#, json: facts.tlsCipher.span)
            if !facts.tlsServerName.isEmpty { output.append(key: #","tls_server_name":""#, json: facts.tlsServerName.span) }
        }
        if let trace = TraceContext(of: facts) {
            output.append(key: #","trace_id":""#, json: trace.traceID.span)
            output.append(key: #","span_id":""#, json: trace.spanID.span)
        }
        output.append(text: "}\n")
    }

    /// Returns the reason for the response. An error of the app has no reason of the proxy's, and counts as one.
    static func reason(_ facts: borrowing ExchangeFacts, _ outcome: borrowing Outcome) -> String? {
        (facts.reason ?? (outcome.isServerError ? .appError : nil))?.rawValue
    }

    /// Appends a line of text for people, with its newline.
    public static func appendText(_ facts: borrowing ExchangeFacts, _ outcome: borrowing Outcome, to output: inout [UInt8]) {
        output.append(timestamp: outcome.unixMilliseconds)
        output.append(0x20)
        output.append(orDash: facts.clientAddress.span)
        output.append(text: " \"")
        output.append(orDash: facts.request.methodToken)
        output.append(0x20)
        output.append(logEscaping: facts.request.authority)
        facts.request.target.forEachRedactedPart { output.append(logEscaping: $0) }
        output.append(0x20)
        output.append(text: facts.request.version.text)
        output.append(text: "\" ")
        output.append(decimal: Int(outcome.status?.rawValue ?? 0))
        output.append(0x20)
        output.append(decimal: outcome.requestBytes)
        output.append(0x20)
        output.append(decimal: outcome.responseBytes)
        output.append(0x20)
        output.append(milliseconds: outcome.duration)
        output.append(text: "ms id=")
        output.append(orDash: facts.requestID.span)
        if !facts.upstream.isEmpty { output.append(key: " upstream=", log: facts.upstream.span) }
        if !outcome.upstreamAddress.isEmpty { output.append(key: " upstream_address=", log: outcome.upstreamAddress.span) }
        if let upstream = outcome.upstreamDuration {
            output.append(text: " upstream_ms=")
            output.append(milliseconds: upstream)
        }
        if outcome.retries > 0 {
            output.append(text: " retries=")
            output.append(decimal: outcome.retries)
        }
        if !outcome.route.isEmpty { output.append(key: " route=", log: outcome.route.span) }
        output.append(text: facts.source == .upstream ? " source=upstream" : " source=proxy")
        if let reason = reason(facts, outcome) { output.append(key: " reason=", log: reason.utf8.span) }
        if let refusal = outcome.refusal {
            append(refusal, of: facts, .text, to: &output) { $1.append(logEscaping: $0) }
        }
        if !outcome.responseFault.isEmpty { output.append(key: " fault=", log: outcome.responseFault.utf8.span) }
        if outcome.isServerError { output.append(text: " policy=applied") }
        if outcome.isTraced { output.append(text: " debug=true") }
        if let line = facts.request.fields.firstIndex(of: userAgent) {
            output.append(text: " user_agent=\"")
            facts.request.fields.value(at: line).forEachRedactedPart(.text) { output.append(logEscaping: $0) }
            output.append(0x22)
        }
        if let line = facts.request.fields.firstIndex(of: referer) {
            output.append(text: " referer=\"")
            facts.request.fields.value(at: line).forEachRedactedPart { output.append(logEscaping: $0) }
            output.append(0x22)
        }
        if !facts.tlsVersion.isEmpty {
            output.append(key: " tls=", log: facts.tlsVersion.span)
            output.append(key: "/", log: facts.tlsCipher.span)
            if !facts.tlsServerName.isEmpty { output.append(key: " sni=", log: facts.tlsServerName.span) }
        }
        if let trace = TraceContext(of: facts) {
            output.append(key: " trace=", log: trace.traceID.span)
            output.append(key: " span=", log: trace.spanID.span)
        }
        output.append(0x0A)
    }
}

extension [UInt8] {
    mutating func append(key: String, json value: Span<UInt8>) {
        append(text: key)
        append(jsonEscaping: value)
        append(0x22)
    }

    mutating func append(key: String, log value: Span<UInt8>) {
        append(text: key)
        append(logEscaping: value)
    }

    mutating func append(orDash value: Span<UInt8>) {
        if value.isEmpty { append(0x2D) } else { append(logEscaping: value) }
    }

    /// Appends nanoseconds as milliseconds with three decimals, rounded down.
    mutating func append(milliseconds nanoseconds: UInt64) {
        let microseconds = nanoseconds / 1_000
        append(decimal: Int(truncatingIfNeeded: microseconds / 1_000))
        append(0x2E)
        append(threeDigits: Int(truncatingIfNeeded: microseconds % 1_000))
    }

    /// Appends a time as `2026-01-31T23:59:59.999Z` (RFC 3339); times before 1970 become 1970.
    public mutating func append(timestamp unixMilliseconds: Int) {
        let milliseconds = Swift.max(0, unixMilliseconds)
        append(dateAndTime: milliseconds / 1_000)
        append(0x2E)
        append(threeDigits: milliseconds % 1_000)
        append(0x5A)
    }

    private mutating func append(threeDigits number: Int) {
        append(0x30 &+ UInt8(truncatingIfNeeded: number / 100 % 10))
        append(twoDigits: number % 100)
    }
}
