import HTTPModel
import HeaderPolicy
import Testing

@testable import ProxyCore

struct ReportTests {
    @Test(arguments: [
        "{}", "[]", #""""#, "0", "-0", "1.5e+3", " [ 1 , true , null ] ", #"{"a":{"a":[]},"a":2}"#, #""é\ud83d\ude00\n\/""#,
        String(repeating: "[", count: 16) + String(repeating: "]", count: 16),
    ])
    func jsonThatIsRead(_ text: String) { #expect(JSONValue(bytes(text)) != nil) }

    @Test(arguments: [
        "", " ", "{", "[1,]", "[,]", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{a:1}", "'a'", "01", "1.", ".5", "+1", "1e",
        "-",
        "tru", "nul", "NaN", "truefalse", "[] []", "[]x", #"""#, #""\x""#, #""\u12""#, #""\ud800""#, #""\udc00""#,
        #""\ud800\u0041""#, "\"\n\"", "\"\u{0}\"", "\u{FEFF}{}", "// no\n1",
        String(repeating: "[", count: 17) + String(repeating: "]", count: 17), String(repeating: "[", count: 60_000),
        String(repeating: #"{"a":"#, count: 12_000),
    ])
    func jsonThatIsRefused(_ text: String) { #expect(JSONValue(bytes(text)) == nil) }

    @Test(arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22]])
    func textsAreUTF8(_ text: [UInt8]) { #expect(JSONValue(text) == nil) }

    @Test func escapesAreResolved() {
        let text = #"{"\u0061":"\"\\\/\b\f\n\r\t\u00e9\uD83D\ude00"}"#
        #expect(JSONValue(bytes(text))?["a"]?.text == bytes("\"\\/\u{8}\u{C}\n\r\té😀"))
    }

    /// Whatever the bytes are, reading ends, and does not trap.
    @Test func anything() {
        var random = SplitMix64(seed: 7)
        let alphabet = bytes(#"{}[]",:\u0d8e-+. tfn"# + "\u{0}é")
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0..<40, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            _ = Report.read(text, as: .reports)
            _ = Report.read(bytes(#"{"csp-report":"#) + text + bytes("}"), as: .csp)
        }
    }

    struct Case: Sendable {
        var form = Report.Form.csp
        var body: String
        /// What the log says behind the route; nil for a body that is refused.
        var lines: [String]?
    }

    static let long = String(repeating: "é", count: 600)

    static let cases = [
        Case(
            body: """
                {"csp-report": {"document-uri": "https://a.example/p?token=1#x", "referrer": "", "violated-directive": "script-src",
                "effective-directive": "script-src-elem", "original-policy": "default-src 'self'", "disposition": "report",
                "blocked-uri": "https://u:p@evil.example/x.js?k=v", "line-number": 12, "column-number": 3.5, "status-code": 200,
                "source-file": "https://a.example/a.js", "script-sample": "a\\u0000\\n\\"b"}}
                """,
            lines: [
                #"{"type":"csp-violation","document_url":"https://a.example/p?[redacted]","effective_directive":"script-src-elem","#
                    + #""blocked_url":"https://evil.example/x.js?[redacted]","disposition":"report","referrer":"","#
                    + #""source_file":"https://a.example/a.js","line":12,"status":200,"sample":"a\u0000\n\"b","user_agent":"UA"}"#
            ]),
        Case(
            body: #"{"csp-report":{"violated-directive":"img-src","blocked-uri":"inline","document-uri":5}}"#,
            lines: [
                #"{"type":"csp-violation","effective_directive":"img-src","blocked_url":"inline","user_agent":"UA"}"#
            ]),
        Case(body: #"{"csp-report":{}}"#, lines: [#"{"type":"csp-violation","user_agent":"UA"}"#]),
        Case(body: #"{"csp-report":[]}"#), Case(body: #"{"csp_report":{}}"#), Case(body: "[]"), Case(body: ""),
        Case(
            form: .reports,
            body: """
                [{"type":"csp-violation","age":10,"url":"https://a.example/?q","user_agent":"Mozilla/5.0","body":
                {"documentURL":"https://a.example/p","effectiveDirective":"img-src","blockedURL":"data","disposition":"enforce",
                "sourceFile":null,"lineNumber":1,"sample":""}},
                {"type":"deprecation","age":-1,"url":"https://a.example/?q","body":{"id":"WebSQL","message":"gone\\u2028"}},
                {"type":"crash","url":"https://a.example/#top"}]
                """,
            lines: [
                #"{"type":"csp-violation","document_url":"https://a.example/p","effective_directive":"img-src","#
                    + #""blocked_url":"data","disposition":"enforce","line":1,"sample":"","age_ms":10,"user_agent":"Mozilla/5.0"}"#,
                #"{"type":"deprecation","document_url":"https://a.example/?[redacted]","id":"WebSQL","report_text":"gone"#
                    + "\u{2028}" + #"","user_agent":"UA"}"#,
                #"{"type":"crash","document_url":"https://a.example/","user_agent":"UA"}"#,
            ]),
        Case(
            form: .reports, body: #"[{"type":"\#(long)"}]"#,
            lines: [#"{"type":"\#(String(repeating: "é", count: 512))","user_agent":"UA"}"#]),
        Case(form: .reports, body: "[]", lines: []),
        Case(form: .reports, body: #"{"type":"x"}"#), Case(form: .reports, body: "[1]"), Case(form: .reports, body: "[{}]"),
        Case(form: .reports, body: #"[{"type":"x"},{"type":7}]"#), Case(form: .reports, body: #"[{"type":"x","body":[]}]"#),
    ]

    @Test(arguments: cases)
    func read(_ example: Case) {
        var facts = ExchangeFacts()
        facts.request = request("POST", "/r", ["User-Agent: UA"])
        facts.clientAddress = bytes("192.0.2.1")
        facts.requestID = bytes("id-1")
        let head =
            #"{"time":"1970-01-01T00:00:01.000Z","message":"report","client":"192.0.2.1","request_id":"id-1","route":"f:1","#
        let lines = Report.read(bytes(example.body), as: example.form)?.map { report in
            var line: [UInt8] = []
            ReportLine.append(report, facts: facts, route: bytes("f:1"), unixMilliseconds: 1_000, to: &line)
            return text(line)
        }
        #expect(lines == example.lines?.map { head + $0.dropFirst() + "\n" })
    }

    @Test(arguments: [
        ("application/csp-report", Report.Form.csp), ("Application/CSP-Report ; charset=utf-8", .csp),
        ("application/reports+json", .reports), ("application/json", nil), ("application/reports+jsonx", nil), ("", nil),
    ])
    func forms(_ type: String, _ form: Report.Form?) { #expect(Report.Form(contentType: type.utf8.span) == form) }
}

struct ReportLimiterTests {
    private let second: UInt64 = 1_000_000_000

    private func collector(rate: Int, total: Int) -> ReportCollector {
        var collector = ReportCollector()
        (collector.rate, collector.totalRate) = (rate, total)
        return collector
    }

    @Test func aClientHasABurstAndThenItsRate() {
        var limiter = ReportLimiter()
        let limits = collector(rate: 2, total: 1_000)
        func take(_ client: String, _ now: UInt64) -> ReportLimiter.Decision {
            limiter.take(address(client), of: limits, now: now)
        }
        for _ in 0..<10 { #expect(take("192.0.2.1", 1) == .pass) }
        #expect(take("192.0.2.1", 1) == .refuse(retryAfter: 1))
        #expect(take("192.0.2.2", 1) == .pass)
        #expect(take("192.0.2.1", second / 2) == .refuse(retryAfter: 1))
        #expect(take("192.0.2.1", second / 2 + 1) == .pass)
        #expect(take("192.0.2.1", second / 2 + 1) == .refuse(retryAfter: 1))
        // Quiet for long: the bucket is full, and not fuller than that. A clock that lags a little does no harm.
        for _ in 0..<10 { #expect(take("192.0.2.1", 100 * second) == .pass) }
        #expect(take("192.0.2.1", 99 * second) == .refuse(retryAfter: 2))
    }

    @Test func allClientsTogether() {
        var limiter = ReportLimiter()
        let limits = collector(rate: 100, total: 1)
        for number in 0..<5 { #expect(limiter.take(address("192.0.2.\(number)"), of: limits, now: 1) == .pass) }
        #expect(limiter.take(address("192.0.2.9"), of: limits, now: 1) == .refuse(retryAfter: 1))
        #expect(limiter.take(address("192.0.2.9"), of: limits, now: 1 + second) == .pass)
    }

    /// Addresses are cheap in IPv6: one network is one client. One of IPv4 is itself.
    @Test func aNetworkIsOneClient() {
        var limiter = ReportLimiter()
        let limits = collector(rate: 1, total: 1_000)
        for number in 0..<5 { #expect(limiter.take(address("2001:db8::\(number)"), of: limits, now: 1) == .pass) }
        #expect(limiter.take(address("2001:db8::ffff"), of: limits, now: 1) == .refuse(retryAfter: 1))
        #expect(limiter.take(address("2001:db8:0:1::1"), of: limits, now: 1) == .pass)
    }

    @Test func theTableHasALimit() {
        var limiter = ReportLimiter()
        let limits = collector(rate: 1, total: 100_000)
        for number in 0..<ReportLimiter.clientLimit {
            #expect(limiter.take(IPAddress(v4: UInt32(number)), of: limits, now: 1) == .pass)
        }
        #expect(limiter.take(IPAddress(v4: 1 << 30), of: limits, now: 1) == .refuse(retryAfter: 5))
        #expect(limiter.take(IPAddress(v4: 1 << 30), of: limits, now: 1 + 2 * second) == .pass)
    }
}
