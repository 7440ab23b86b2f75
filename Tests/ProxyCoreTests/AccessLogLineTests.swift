import Foundation
import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

@Suite struct AccessLogLineTests {
    static func facts(_ target: String = "/a?b=c", _ lines: [String] = []) -> ExchangeFacts {
        var facts = ExchangeFacts()
        facts.request = request("POST", target, host: "app.example:8080", lines)
        facts.requestID = bytes("id-1")
        facts.clientAddress = bytes("203.0.113.7")
        return facts
    }

    static func outcome() -> AccessLogLine.Outcome {
        var outcome = AccessLogLine.Outcome()
        outcome.unixMilliseconds = 1_795_228_001_007
        outcome.status = 200
        outcome.requestBytes = 12
        outcome.responseBytes = 3_456
        outcome.duration = 12_345_678
        return outcome
    }

    static func json(_ facts: borrowing ExchangeFacts, _ outcome: AccessLogLine.Outcome = outcome()) -> String {
        var output = bytes("")
        AccessLogLine.appendJSON(facts, outcome, to: &output)
        return text(output)
    }

    @Test func shortestLine() {
        var outcome = AccessLogLine.Outcome()
        outcome.unixMilliseconds = -1
        let line = Self.json(ExchangeFacts(), outcome)
        #expect(
            line
                == #"{"time":"1970-01-01T00:00:00.000Z","client":"","method":"","host":"","path":"","protocol":"HTTP/1.1","#
                + #""status":0,"request_bytes":0,"response_bytes":0,"duration_ms":0.000,"request_id":"","source":"proxy"}"# + "\n"
        )
        var output = bytes("")
        AccessLogLine.appendText(ExchangeFacts(), outcome, to: &output)
        #expect(text(output) == "1970-01-01T00:00:00.000Z - \"-  HTTP/1.1\" 0 0 0 0.000ms id=- source=proxy\n")
    }

    @Test func wholeLine() {
        var facts = Self.facts("/a?token=s3cret&b=c", ["User-Agent: curl/8 \"x\"", "Referer: https://r.example/?key=1"])
        facts.request.version = .http2
        facts.source = .upstream
        facts.upstream = bytes("app")
        facts.reason = "why"
        var outcome = Self.outcome()
        outcome.upstreamDuration = 999
        outcome.upstreamAddress = bytes("10.0.0.7:5000")
        outcome.retries = 2
        outcome.route = bytes("letterhead.yaml:31")
        let line = Self.json(facts, outcome)
        #expect(
            line
                == #"{"time":"2026-11-21T02:26:41.007Z","client":"203.0.113.7","method":"POST","host":"app.example:8080","#
                + #""path":"/a?token=[redacted]&b=c","protocol":"HTTP/2","status":200,"request_bytes":12,"response_bytes":3456,"#
                + #""duration_ms":12.345,"request_id":"id-1","upstream":"app","upstream_address":"10.0.0.7:5000","upstream_ms":0.000,"#
                + #""retries":2,"route":"letterhead.yaml:31","#
                + #""source":"upstream","reason":"why","user_agent":"curl/8 \"x\"","referer":"https://r.example/?key=[redacted]"}"#
                + "\n")
        var output = bytes("")
        AccessLogLine.appendText(facts, outcome, to: &output)
        #expect(
            text(output)
                == #"2026-11-21T02:26:41.007Z 203.0.113.7 "POST app.example:8080/a?token=[redacted]&b=c HTTP/2" 200 12 3456 "#
                + "12.345ms id=id-1 upstream=app upstream_address=10.0.0.7:5000 upstream_ms=0.000 retries=2 route=letterhead.yaml:31 "
                + "source=upstream reason=why "
                + #"user_agent="curl/8 \x22x\x22" referer="https://r.example/?key=[redacted]""# + "\n")
    }

    /// What TLS settled, and the trace that the app sees: the one that a rule made, else the client's if it is one.
    @Test(arguments: [
        ("", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"),
        (
            "00-11111111111111111111111111111111-2222222222222222-00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "11111111111111111111111111111111", "2222222222222222"
        ), ("", "00-nonsense", nil, nil), ("", nil, nil, nil),
    ])
    func securityAndTrace(_ own: String, _ claimed: String?, _ trace: String?, _ span: String?) throws {
        var facts = Self.facts("/", claimed.map { ["Traceparent: \($0)"] } ?? [])
        facts.traceparent = bytes(own)
        facts.tlsVersion = bytes("TLSv1.3")
        facts.tlsCipher = bytes("TLS_AES_128_GCM_SHA256")
        facts.tlsServerName = bytes("app.example")
        let json = try Self.object(Self.json(facts))
        #expect(json["tls_version"] == "TLSv1.3" && json["tls_cipher"] == "TLS_AES_128_GCM_SHA256")
        #expect(json["tls_server_name"] == "app.example")
        #expect(json["trace_id"] == trace && json["span_id"] == span)
        var ecs = bytes("")
        AccessLogLine.appendECS(facts, Self.outcome(), to: &ecs)
        let fields = try Self.object(text(ecs))
        #expect(fields["tls.version"] == "TLSv1.3" && fields["tls.client.server_name"] == "app.example")
        #expect(fields["trace.id"] == trace && fields["span.id"] == span)
        #expect(
            fields["http.version"] == "1.1" && fields["url.domain"] == "app.example" && fields["event.duration"] == "12345678")
        var line = bytes("")
        AccessLogLine.appendText(facts, Self.outcome(), to: &line)
        #expect(text(line).contains(" tls=TLSv1.3/TLS_AES_128_GCM_SHA256 sni=app.example"))
        #expect(text(line).contains(trace.map { " trace=\($0) span=\(span ?? "")" } ?? "sni=app.example\n"))
    }

    private static func object(_ line: String) throws -> [String: String] {
        let json = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        return json.mapValues { "\($0)" }
    }

    @Test(arguments: [
        ("/plain", "/plain"), ("/?", "/?"), ("/?token", "/?token"), ("/?token=", "/?token="), ("/?token=a", "/?token=[redacted]"),
        ("/?a=1&token=a&b=2", "/?a=1&token=[redacted]&b=2"), ("/?a=1;secret=x;b=2", "/?a=1;secret=[redacted];b=2"),
        ("/?ToKeN=a", "/?ToKeN=[redacted]"),
        ("/?access_token=a&refresh-token=b", "/?access_token=[redacted]&refresh-token=[redacted]"),
        ("/?apiKey=a&api_key=b&APIKEY=c", "/?apiKey=[redacted]&api_key=[redacted]&APIKEY=[redacted]"),
        ("/?X-Amz-Signature=a", "/?X-Amz-Signature=[redacted]"), ("/?sig=a", "/?sig=[redacted]"),
        ("/?user[password]=a", "/?user[password]=[redacted]"), ("/?user%5Bpassword%5D=a", "/?user%5Bpassword%5D=[redacted]"),
        ("/?pass%77ord=a", "/?pass%77ord=[redacted]"), ("/?%=a&%7=b&token%=c", "/?%=a&%7=b&token%=c"),
        ("/?monkey=a&tokens=b&keyboard=c&key_id=d", "/?monkey=a&tokens=b&keyboard=c&key_id=d"),
        ("/?token=a=b?c&x=token", "/?token=[redacted]&x=token"), ("/token=a", "/token=a"), ("/?=a&&=b", "/?=a&&=b"),
        ("/?aaaaaaaaaaaaaaaatoken=b", "/?aaaaaaaaaaaaaaaatoken=b"), ("/?authorizationtoken=b", "/?authorizationtoken=b"),
    ])
    func leavesOutSecrets(_ target: String, _ expected: String) throws {
        let line = Self.json(Self.facts(target))
        let json = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(json["path"] as? String == expected)
    }

    /// Bytes of a field value, and what a reader of the log sees.
    @Test(
        arguments: [
            ([0x41, 0x22, 0x5C, 0x2F], "A\"\\/"), ([0xC3, 0xA9], "é"), ([0xF0, 0x9F, 0x98, 0x80], "😀"),
            ([0x41, 0xC3], "A\u{FFFD}"), ([0xC3, 0x28], "\u{FFFD}("), ([0x80, 0xBF], "\u{FFFD}\u{FFFD}"),
            ([0xC0, 0xAF], "\u{FFFD}\u{FFFD}"), ([0xE0, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xEF, 0xBF, 0xBF], "\u{FFFF}"),
            ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xF5, 0x41], "\u{FFFD}A"),
            ([0xE2, 0x82], "\u{FFFD}\u{FFFD}"), ([0xE2, 0x82, 0xAC, 0x22], "€\""), ([0x41, 0x09, 0x42], "A\tB"),
        ] as [([UInt8], String)])
    func escapesJSON(_ value: [UInt8], _ expected: String) throws {
        var facts = Self.facts()
        let name = "User-Agent"
        facts.request.fields.append(FieldNames.standard.id(of: name.utf8.span), name: name.utf8.span, value: value.span)
        let line = Self.json(facts)
        let json = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(json["user_agent"] as? String == expected)
    }

    /// Whatever bytes come, a line is one line, and JSON.
    @Test(arguments: 0..<256) func everyByte(_ byte: Int) throws {
        var facts = Self.facts()
        let byte = UInt8(truncatingIfNeeded: byte)
        facts.clientAddress = [0x41, byte, 0x42]
        facts.requestID = [byte, byte]
        facts.upstream = [byte]
        let line = Self.json(facts)
        let json = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let expected = byte < 0x80 ? String(UnicodeScalar(byte)) : "\u{FFFD}"
        #expect(json["upstream"] as? String == expected)
        #expect(json["client"] as? String == "A\(expected)B")
        #expect(line.utf8.filter { $0 < 0x20 } == [0x0A])
        var output = bytes("")
        AccessLogLine.appendText(facts, Self.outcome(), to: &output)
        #expect(output.filter { $0 < 0x20 || $0 > 0x7E } == [0x0A])
    }
}
