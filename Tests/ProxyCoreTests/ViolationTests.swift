import ProxyCore
import Testing

/// What is kept of reports about policies.
@Suite struct ViolationTests {
    /// What was blocked, as browsers say it, and as it is kept; nil where nothing is.
    @Test(
        arguments: [
            ("img-src", "https://cdn.example/a/b.png?x=1#y", "https://cdn.example"),
            ("script-src-elem", "https://cdn.example/a.js?v=1", "https://cdn.example/a.js"),
            ("script-src-elem", "https://CDN.example:443/a.js", "https://cdn.example/a.js"),
            ("script-src", "https://cdn.example", "https://cdn.example"),
            ("script-src", "https://cdn.example/a;b.js", "https://cdn.example"),
            ("script-src", "https://app.example/a.js", "https://app.example"),
            ("connect-src", "wss://live.example/socket?t=1", "wss://live.example"), ("script-src 'self'", "inline", "inline"),
            ("style-src", "", "inline"), ("script-src", "self", "inline"), ("img-src", "", nil), ("script-src", "eval", "eval"),
            ("img-src", "data", "data:"), ("img-src", "data:image/png;base64,AAAA", "data:"),
            ("media-src", "blob:https://app.example/1", "blob:"),
            ("img-src", "about", "about:"), ("img-src", "https:", nil),
            ("img-src", "https://u:p@h.example/", "https://h.example"),
            ("img-src", "not a url", nil), ("img-src", "https://a b/", nil), ("img-src;x", "https://a.example", nil),
            ("", "inline", nil),
            ("script-src", "HTTPS://A.example/X", "https://a.example/X"),
            // Nothing that means more in a policy or in a configuration.
            ("script-src", "https://cdn.example/${HOME}/a.js", "https://cdn.example"),
            ("script-src", "https://cdn.example/{query}", "https://cdn.example/%7Bquery%7D"),
            ("img-src", "https://a.example;script-src-elem", nil), ("img-src", "https://$HOME/", nil),
            ("img-src", "https://*/", nil),
            ("img-src", "https://'none'/", nil), ("img-src", "inline", nil), ("connect-src", "eval", nil),
            ("img-src", "https://[2001:db8::1]:8443/a", "https://[2001:db8::1]:8443"),
        ])
    func normal(_ directive: String, _ blocked: String, _ kept: String?) {
        let violation = try? Violation(
            directive: directive, blocked: blocked, page: "https://app.example/p?q", source: "", sample: "")
        #expect(violation?.blocked == kept)
        if let violation { #expect(violation.page == "https://app.example") }
    }

    @Test(
        arguments: [
            ("chrome-extension", ""), ("chrome-extension://abc/x.js", ""), ("inline", "moz-extension://abc/x.js"),
            ("https://a.example", "safari-web-extension://x"), ("eval", "sandbox eval code"), ("resource://gre/x", ""),
        ])
    func noise(_ blocked: String, _ source: String) {
        #expect(throws: Violation.Noise.ofExtension) {
            try Violation(directive: "script-src", blocked: blocked, page: "https://app.example/", source: source, sample: "")
        }
    }

    private static let csp =
        #"{"csp-report":{"document-uri":"https://a.example/p","violated-directive":"img-src 'self'","blocked-uri":"data"}}"#
    private static let list =
        #"[{"type":"csp-violation","url":"https://a.example/p","body":{"effectiveDirective":"img-src","blockedURL":"data","documentURL":"https://a.example/"}},{"type":"crash","body":{}}]"#
    private static let log =
        #"{"time":"x","message":"report","type":"csp-violation","document_url":"https://a.example/","effective_directive":"img-src","blocked_url":"data"}"#

    /// Every form in which reports are found.
    @Test(
        arguments: [
            (csp, 1), (list, 1), (log, 1), (csp + "\n" + csp + "\r\n", 2),
            ("{\"message\":\"other\"}\n\(log)\nnonsense\n2026 \(log)", 2), ("", 0),
            ("[]", 0), ("{}", 0), ("[[[[[[[[[[[[[[[[[[[[[", 0), ("{\"violations\":3}", 0),
            (
                #"{"violations":[{"directive":"img-src","blocked":"data:","page":"https://a.example","count":7}],"of_extensions":2,"omitted":1}"#,
                7
            ),
            (
                #"{"violations":[{"directive":"img-src","blocked":"data:","page":"https://a.example","count":-7},{"directive":5}]}"#,
                1
            ),
        ])
    func reads(_ text: String, _ count: Int) {
        var table = ViolationTable()
        #expect(table.read(bytes(text)) == count)
        #expect(table.counts.values.reduce(0, +) == count && table.counts.count == min(count, 1))
    }

    /// What is written is what is read.
    @Test func writesAndReads() {
        var table = ViolationTable()
        for sample in ["a\"b", "\u{1F600}\n", ""] {
            if let violation = try? Violation(
                directive: "script-src-elem", blocked: "inline", page: "https://a.example", source: "", sample: sample)
            {
                table.add(violation, count: 3)
            }
        }
        var written: [UInt8] = []
        table.write(into: &written)
        var again = ViolationTable()
        #expect(again.read(written) == 9 && again.counts == table.counts)
    }

    /// Whoever reports whatever: there is an end to it.
    @Test func isBounded() throws {
        var table = ViolationTable()
        let long = String(repeating: "x", count: 5_000)
        for number in 0..<ViolationTable.limit + 50 {
            table.add(
                try Violation(
                    directive: "script-src", blocked: "https://h\(number).example/\(long)", page: "https://a.example", source: "",
                    sample: long))
        }
        #expect(table.counts.count == ViolationTable.limit && table.omitted == 50)
        var written: [UInt8] = []
        table.write(into: &written)
        #expect(written.count < 1 << 20)
        table.add(try #require(table.sorted.first).violation)
        #expect(table.omitted == 50)
    }
}
