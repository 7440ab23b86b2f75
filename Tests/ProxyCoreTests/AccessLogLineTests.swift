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
                == #"{"time":"1970-01-01T00:00:00.000Z","method":"","host":"","path":"","protocol":"HTTP/1.1","#
                + #""status":0,"request_bytes":0,"response_bytes":0,"duration_ms":0.000,"request_id":"","source":"proxy"}"# + "\n"
        )
        var output = bytes("")
        AccessLogLine.appendText(ExchangeFacts(), outcome, to: &output)
        #expect(text(output) == "1970-01-01T00:00:00.000Z - \"-  HTTP/1.1\" 0 0 0 0.000ms id=- source=proxy\n")
    }

    @Test func linesOfOtherServers() {
        var facts = Self.facts("/a?token=s3cret&b=c", ["User-Agent: curl/8 \"x\"", "Referer: https://r.example/?key=1"])
        facts.request.version = .http2
        let common = #"203.0.113.7 - - [21/Nov/2026:02:26:41 +0000] "POST /a?token=[redacted]&b=c HTTP/2" 200 3456"#
        var output = bytes("")
        AccessLogLine.appendCommon(facts, Self.outcome(), withAgent: false, to: &output)
        #expect(text(output) == common + "\n")
        output = bytes("")
        AccessLogLine.appendCommon(facts, Self.outcome(), withAgent: true, to: &output)
        #expect(text(output) == common + #" "https://r.example/?key=[redacted]" "curl/8 \x22x\x22""# + "\n")
        output = bytes("")
        AccessLogLine.appendCommon(ExchangeFacts(), AccessLogLine.Outcome(), withAgent: true, to: &output)
        #expect(text(output) == #"- - - [01/Jan/1970:00:00:00 +0000] "-  HTTP/1.1" 499 0 "-" "-""# + "\n")
    }

    @Test func wholeLine() {
        var facts = Self.facts("/a?token=s3cret&b=c", ["User-Agent: curl/8 \"x\"", "Referer: https://r.example/?key=1"])
        facts.request.version = .http2
        facts.source = .upstream
        facts.upstream = bytes("app")
        facts.reason = .noRoute
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
                + #""source":"upstream","reason":"no_route","user_agent":"curl/8 \"x\"","referer":"https://r.example/?key=[redacted]"}"#
                + "\n")
        var output = bytes("")
        AccessLogLine.appendText(facts, outcome, to: &output)
        #expect(
            text(output)
                == #"2026-11-21T02:26:41.007Z 203.0.113.7 "POST app.example:8080/a?token=[redacted]&b=c HTTP/2" 200 12 3456 "#
                + "12.345ms id=id-1 upstream=app upstream_address=10.0.0.7:5000 upstream_ms=0.000 retries=2 route=letterhead.yaml:31 "
                + "source=upstream reason=no_route "
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
        ("/?monkey=a&max_tokens=b&keyboard=c&key_id=d", "/?monkey=a&max_tokens=b&keyboard=c&key_id=d"),
        ("/?token=a=b?c&x=token", "/?token=[redacted]&x=token"), ("/token=a", "/token=a"), ("/?=a&&=b", "/?=a&&=b"),
        ("/?token[]=a&x=1", "/?token[]=[redacted]&x=1"), ("/?password%5b%5d=a", "/?password%5b%5d=[redacted]"),
        ("/?token[0]=a&token%5B12%5D=b", "/?token[0]=[redacted]&token%5B12%5D=[redacted]"),
        ("/?user[pins][0]=a", "/?user[pins][0]=a"),
        ("/?password2=a&token_1=b", "/?password2=[redacted]&token_1=[redacted]"),
        ("/?code=a&state=b", "/?code=[redacted]&state=b"), ("/?CODE=a", "/?CODE=[redacted]"),
        ("/?c%6Fde=a", "/?c%6Fde=[redacted]"),
        ("/?country_code=at&zipcode=1&code_challenge=x", "/?country_code=at&zipcode=1&code_challenge=x"),
        ("/?code_verifier=a&codeVerifier=b", "/?code_verifier=[redacted]&codeVerifier=[redacted]"),
        ("/?SAMLResponse=a&RelayState=b", "/?SAMLResponse=[redacted]&RelayState=b"),
        ("/?saml_response=a", "/?saml_response=[redacted]"),
        ("/?AWSAccessKeyId=a&Expires=1&Signature=b", "/?AWSAccessKeyId=[redacted]&Expires=1&Signature=[redacted]"),
        ("/?X-Amz-Credential=a&X-Amz-Date=b", "/?X-Amz-Credential=[redacted]&X-Amz-Date=b"),
        ("/?session_id=a&sessionId=b&PHPSESSID=c", "/?session_id=[redacted]&sessionId=[redacted]&PHPSESSID=[redacted]"),
        ("/?csrfmiddlewaretoken=a&id_token_hint=b", "/?csrfmiddlewaretoken=[redacted]&id_token_hint=[redacted]"),
        ("/?token=a;b&c=1", "/?token=[redacted]&c=1"), ("/?token=a%26b&c=1", "/?token=[redacted]&c=1"),
        ("/?next=%2Fx%3Ftoken%3Da%26b%3D1&c=1", "/?next=%2Fx%3Ftoken%3D[redacted]%26b%3D1&c=1"),
        ("/?next=%252Fx%253Ftoken%253Da%2526b%253D1&c=1", "/?next=%252Fx%253Ftoken%253D[redacted]%2526b%253D1&c=1"),
        ("/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln/x", "/reset/[redacted]/x"),
        ("/?a=Bearer%20abc&b=1", "/?a=Bearer%20[redacted]&b=1"),
        ("/?a=ghp_0123456789abcdef", "/?a=ghp_[redacted]"), ("/?to=https://u:p@h/", "/?to=https://[redacted]@h/"),
        ("/a;jsessionid=x/b?c=1", "/a;jsessionid=[redacted]/b?c=1"),
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

    /// What reorders, hides or steers is escaped, and is what it was for who reads the JSON.
    @Test(arguments: [
        (0x85, #"\u0085"#), (0x9B, #"\u009b"#), (0xAD, #"\u00ad"#), (0x61C, #"\u061c"#), (0x200B, #"\u200b"#),
        (0x200F, #"\u200f"#), (0x202E, #"\u202e"#), (0x2066, #"\u2066"#), (0x2069, #"\u2069"#),
        (0x2060, #"\u2060"#), (0xFE0F, #"\ufe0f"#), (0xFEFF, #"\ufeff"#), (0x3164, #"\u3164"#), (0xFFFE, #"\ufffe"#),
        (0xE0041, #"\udb40\udc41"#), (0x1D173, #"\ud834\udd73"#), (0xE9, "é"), (0x1F600, "😀"), (0x627, "ا"), (0x5D0, "א"),
        (0x600, "\u{600}"),
    ])
    func escapesTheInvisible(_ value: UInt32, _ escape: String) throws {
        let scalar = try #require(Unicode.Scalar(value))
        let line = Self.json(Self.facts("/", ["User-Agent: a\(scalar)b"]))
        #expect(line.contains("\"user_agent\":\"a\(escape)b\""))
        let json = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(json["user_agent"] as? String == "a\(scalar)b")
        #expect("\u{2028}\u{7F}".jsonQuoted == #""\u2028\u007f""#)
        #expect("a\(scalar)b".jsonQuoted == "\"a\(escape)b\"")
        #expect(("a\(scalar)b".visible == "a\(scalar)b") == (escape.first != "\\"))
    }

    /// Every form of the log leaves out the same.
    @Test func leavesOutSecretsOfFields() {
        let facts = Self.facts(
            "/?code=s3cret", ["User-Agent: x token=s3cret", "Referer: https://u:s3cret@r.example/#access_token=s3cret"])
        for format in [AccessLogLine.appendJSON, AccessLogLine.appendText, AccessLogLine.appendECS] {
            var output = bytes("")
            format(facts, Self.outcome(), &output)
            #expect(!text(output).contains("s3cret") && text(output).contains("[redacted]"))
        }
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
