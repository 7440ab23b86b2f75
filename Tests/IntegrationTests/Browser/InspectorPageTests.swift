import Foundation
import TestSupport
import Testing

/// The inspector in a real browser: what passed is there, with the rule of each change, and nothing that a field says runs.
@Suite struct InspectorPageTests {
    private static let payload = #"<img src=x onerror="document.title='executed'"><script>document.title='executed'</script>"#

    private static func stand(_ inspector: String = "{}") throws -> Stand {
        let head =
            "HTTP/1.1 200 OK\r\nServer: x\r\nX-Payload: \(payload)\r\nSet-Cookie: sid=cookie-secret; Path=/\r\nContent-Length: 2\r\n\r\nok"
        return try Stand(
            """
            admin: 127.0.0.1:0
            inspector: \(inspector)
            workers: 1
            request_headers:
              - set: { X-Api-Key: "key-of-the-proxy", X-Copy: "{request.header.authorization}" }
            response_headers:
              - cors: { allow_origins: [https://app.example] }
              - set: { X-Frame-Options: DENY }
                name: "\(payload.replacing("\"", with: "\\\""))"
              - set: { X-Api: a }
                when: { path: /api/** }
              - remove: [Server]
            routes:
              - { path: /gone, respond: 410 }
              - { upstream: app }
            """, answers: ["/page": head, "/boom": "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno"])
    }

    private static func ask(_ stand: Stand, _ target: String, _ fields: [(String, String)] = []) throws {
        var ask = Ask(target: target)
        ask.fields = fields
        _ = try stand.ask(ask, .http1)
    }

    static func browse(_ steps: [[Any]]) throws -> [Any] {
        let input = Array(try JSONSerialization.data(withJSONObject: steps))
        let finished = try run(
            Places.python("python"), [Places.integration("clients/browser.py")], input: input, within: 90)
        guard let results = try? JSONSerialization.jsonObject(with: Data(finished.output)) as? [Any] else {
            throw Disappointment("the browser: \(finished.errors)")
        }
        return results
    }

    private static let secrets = [
        "token-of-the-client", "cookie-secret", "key-of-the-proxy", "cookie-of-the-client", "in-the-query",
    ]

    @Test func showsWhatPassed() throws {
        let stand = try Self.stand()
        try Self.ask(
            stand, "/page?token=in-the-query",
            [
                ("Authorization", "Bearer token-of-the-client"), ("Cookie", "session=cookie-of-the-client"),
                ("X-Client-Payload", Self.payload),
            ])
        try Self.ask(stand, "/\(Self.payload.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")")
        try Self.ask(stand, "/boom", [("Origin", "https://app.example")])
        try Self.ask(stand, "/boom", [("Origin", "https://evil.example")])
        try Self.ask(stand, "/gone")
        let url = stand.proxy.adminURL + "/inspector"
        let choose = { (number: Int) in "document.querySelectorAll('.row')[\(number)].click()" }
        let detail = "document.getElementById('detail').innerText"
        let rows = "document.querySelectorAll('#list li').length"
        let overflow = "document.documentElement.scrollWidth > innerWidth"
        let changed = """
            [...document.querySelectorAll('#detail td.added, #detail td.removed')].map((cell) => cell.className + ' ' + cell.innerText)
            """
        let background = "getComputedStyle(document.documentElement).backgroundColor"
        let results = try Self.browse([
            ["size", ["width": 1280, "height": 900]], ["dark", false], ["open", url], ["wait", "\(rows) === 5"],
            ["eval", choose(4)], ["eval", detail], ["eval", changed], ["eval", background],
            ["eval", choose(2)], ["eval", detail], ["eval", choose(1)], ["eval", detail], ["eval", choose(0)], ["eval", detail],
            // Filters.
            ["key", "/"], ["type", "status:5xx"], ["eval", rows], ["type", " verdict:bad"], ["eval", rows],
            ["eval", "void (document.getElementById('filter').value = '')"], ["type", "header:x-payload -path:/boom"],
            ["eval", rows],
            ["key", "Escape"], ["eval", "document.activeElement.id"],
            [
                "eval",
                "document.getElementById('filter').value = ''; void document.getElementById('filter').dispatchEvent(new Event('input'))",
            ],
            // Keys.
            ["key", "Escape"], ["key", "j"], ["key", "j"], ["key", "ArrowDown"], ["key", "k"],
            ["eval", "[...document.querySelectorAll('.row')].indexOf(document.querySelector('[aria-current]'))"],
            ["eval", "document.activeElement === document.querySelector('[aria-current]')"],
            // A phone, and the dark.
            ["dark", true], ["eval", background], ["size", ["width": 360, "height": 740]], ["eval", overflow],
            ["key", "Escape"], ["eval", overflow], ["eval", choose(4)], ["eval", overflow],
            ["eval", "document.querySelectorAll('details').forEach((one) => { one.open = true })"], ["eval", overflow],
            ["eval", "document.getElementById('tab-policy').click()"],
            ["wait", "document.querySelectorAll('#policy section').length === 2"], ["eval", overflow],
            ["eval", "document.getElementById('policy').innerText"],
            ["eval", "[document.title, document.images.length, document.scripts.length]"],
        ]).filter { !($0 is NSNull) }

        var next = results.makeIterator()
        func text() -> String { next.next() as? String ?? "" }
        func flag() -> Bool? { (next.next() as? NSNumber)?.boolValue }
        func number() -> Int { (next.next() as? NSNumber)?.intValue ?? -1 }
        let page = text()
        #expect(
            page.contains("Bearer [redacted]") && page.contains("session=[redacted]") && page.contains("sid=[redacted]; Path=/"))
        #expect(page.contains("/page?token=[redacted]") && page.contains("X-Payload: \(Self.payload)"), "\(page)")
        for secret in Self.secrets { #expect(!page.contains(secret), "\(secret)") }
        let changes = next.next() as? [String] ?? []
        #expect(changes.contains { $0.hasPrefix("removed Server: x\ngone by rule 4 [") })
        #expect(
            changes.contains { $0.hasPrefix("added X-Frame-Options: DENY\nby rule 2 “\(Self.payload)” [") }, "\(changes)")
        #expect(changes.contains { $0.hasPrefix("added Vary: Origin\nby rule 1, cors [") })
        #expect(changes.contains("added X-Forwarded-Proto: http\nby the proxy"))
        #expect(
            changes.contains {
                $0.hasPrefix("added X-Copy: [redacted]\nby rule 1 [") || $0.hasPrefix("added X-Copy: Bearer [redacted]")
            })
        let light = text()
        #expect(text().contains("The page at https://app.example can read this response"))
        #expect(text().contains("The page at https://evil.example cannot read this response"))
        #expect(text().contains("410, by the proxy"))
        #expect(number() == 2 && number() == 1)
        #expect(number() == 1)
        #expect(text() != "filter")
        #expect(number() == 1)
        #expect(flag() == true)
        #expect(text() != light)
        for place in ["one exchange", "the list", "the long one", "its rules", "the policy"] {
            #expect(flag() == false, "too wide: \(place)")
        }
        let policy = text()
        #expect(policy.contains("Route 2: everything → upstream app") && policy.contains("X-Api-Key: [redacted]"))
        #expect(!policy.contains("key-of-the-proxy"))
        let document = next.next() as? [Any] ?? []
        #expect(document[0] as? String == "Letterhead inspector" && document[1] as? Int == 0 && document[2] as? Int == 1)
        #expect(next.next() as? [String] == [], "the console is quiet")
    }

    /// What goes over the wire has no secrets either.
    @Test func streamHasNoSecrets() throws {
        let stand = try Self.stand("{ redact: [X-Mine] }")
        try Self.ask(
            stand, "/page?token=in-the-query",
            [("Authorization", "Bearer token-of-the-client"), ("Cookie", "s=cookie-of-the-client"), ("X-Mine", "mine-alone")])
        let text = try Self.events(stand, until: #"data: {"all":1,"#)
        #expect(text.contains(#""target":"/page?token=[redacted]""#), "\(text)")
        #expect(text.contains(#""upstream_address":"127.0.0.1:"#) && text.contains(#""retries":0"#))
        for secret in Self.secrets + ["mine-alone"] { #expect(!text.contains(secret), "\(secret)") }
    }

    /// As exchanges pass, the page shows them, and pausing holds them back.
    @Test func isLive() throws {
        let stand = try Self.stand()
        let proxy = stand.proxy.url
        let rows = "document.querySelectorAll('#list li').length"
        let send = { (path: String) in "fetch('\(proxy)\(path)', { mode: 'no-cors' }).then(() => true)" }
        // The page's own policy lets it ask nobody else: another page has to.
        let results = try Self.browse([
            ["open", stand.proxy.adminURL + "/inspector"], ["wait", "document.getElementById('live').className === 'on'"],
            ["eval", "\(send("/page")).catch(() => 'refused')"], ["eval", rows],
        ]).filter { !($0 is NSNull) }
        #expect(results.first as? String == "refused" && (results[1] as? NSNumber)?.intValue == 0)
        let count = "document.getElementById('count').textContent"
        let live = try Self.browse([
            ["open", stand.proxy.adminURL + "/inspector"], ["get", proxy + "/page"], ["wait", "\(rows) === 1"],
            ["key", "p"], ["get", proxy + "/page"], ["wait", "/, 1 waiting/.test(\(count))"], ["eval", rows],
            ["key", "p"], ["wait", "\(rows) === 2"], ["eval", count],
        ]).filter { !($0 is NSNull) }
        #expect((live[0] as? NSNumber)?.intValue == 1 && live[1] as? String == "2 of 2 kept here")
        #expect(live.last as? [String] == [])
    }

    /// A share of the exchanges, and no more a second than allowed.
    @Test(arguments: [("{ sample: 0% }", 0...0), ("{ rate: 2 }", 1...20), ("{ entries: 5 }", 5...5), ("{ sample: 50% }", 4...36)])
    func looksAtAShare(_ inspector: String, _ range: ClosedRange<Int>) throws {
        let stand = try Self.stand(inspector)
        for _ in 0..<40 { try Self.ask(stand, "/gone") }
        let text = try Self.events(stand, until: #"data: {"all":40,"statuses":[0,0,0,0,40,0]"#)
        let shown = text.split(separator: "\n").count { $0.hasPrefix("id: ") }
        #expect(range.contains(shown), "\(shown)")
    }

    /// What the page gets, to the line that begins like that.
    static func events(_ stand: Stand, until end: String) throws -> String {
        let client = try ChildProcess("curl", ["-sN", "--noproxy", "*", stand.proxy.adminURL + "/inspector/events"])
        defer { client.stop() }
        _ = try client.line(.output) { $0.hasPrefix(end) ? $0 : nil }
        return client.text(.output)
    }
}
