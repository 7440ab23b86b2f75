import Foundation
import TestSupport
import Testing

/// What the inspector's page shows of one exchange, and how one comes to it and away.
@Suite struct InspectorDetailTests {
    private static let origin = "https://app.example"

    /// The `cors` rule is on line 7 of the file.
    private static func stand() throws -> Stand {
        try Stand(
            """
            admin: 127.0.0.1:0
            inspector: {}
            workers: 1
            response_headers:
              - cors: { allow_origins: [\(origin)], allow_methods: [GET, PUT] }
                when: { not: { path: /keyed } }
              - cors: { allow_origins: [\(origin)] }
                when: { request_header: { X-Api-Key: key-of-the-proxy } }
              - { set: { X-Soon: tried }, shadow: true }
            routes:
              - { upstream: app }
            """)
    }

    private static func ask(_ stand: Stand, _ method: String, _ target: String, _ fields: [(String, String)] = []) throws {
        _ = try stand.ask(Ask(method: method, target: target, host: "127.0.0.1:\(stand.proxy.port)", fields: fields), .http1)
    }

    private static func preflight(_ stand: Stand, _ target: String, for method: String) throws {
        try ask(stand, "OPTIONS", target, [("Origin", origin), ("Access-Control-Request-Method", method)])
    }

    private static let hostile = #"it's "$(touch /tmp/never)" \ `id` !x; # %s"#

    /// 34 exchanges: the newest is a refused preflight, then a request with its preflight, and one that came between them.
    private static func fill(_ stand: Stand) throws {
        for number in 1...30 { try ask(stand, "GET", "/page/\(number)") }
        try preflight(stand, "/item", for: "PUT")
        try ask(stand, "GET", "/between", [("X-Hostile", hostile)])
        try ask(stand, "PUT", "/item", [("Origin", origin), ("Authorization", "Bearer token-of-the-client")])
        try preflight(stand, "/item", for: "DELETE")
    }

    private static let detail = "document.getElementById('detail').innerText"
    private static let chosen = "[...document.querySelectorAll('.row')].indexOf(document.querySelector('[aria-current]'))"
    private static func choose(_ number: Int) -> [Any] { ["eval", "document.querySelectorAll('.row')[\(number)].click()"] }
    private static let overflow = "document.documentElement.scrollWidth > innerWidth"

    @Test func leadsThroughTheExchanges() throws {
        let stand = try Self.stand()
        try Self.fill(stand)
        let events = try InspectorPageTests.events(stand, until: #"data: {"all":34,"#)
        let id = try #require(events.firstMatch(of: #/{"number":34,"time":\d+,"id":"([^"]+)"/#)?.output.1)
        let url = stand.proxy.adminURL + "/inspector"
        let results = try InspectorPageTests.browse([
            // A link opens its exchange; Escape clears it.
            ["size", ["width": 1_280, "height": 700]], ["open", "\(url)#34-\(id)"],
            ["wait", "document.querySelectorAll('#list li').length === 34"], ["eval", Self.detail],
            ["key", "Escape"], ["eval", Self.detail], ["eval", "location.hash"],
            ["eval", "void (location.hash = '#34-\(id)')"], ["wait", "\(Self.chosen) === 0"],
            ["eval", "void (location.hash = '#34-another')"], ["wait", "\(Self.chosen) === -1"], ["eval", Self.detail],
            // A preflight stands below its request.
            ["eval", "[...document.querySelectorAll('.row')].slice(0, 4).map((row) => row.querySelector('.what').textContent)"],
            ["eval", "document.querySelectorAll('.asked + .asking').length"],
            Self.choose(1), ["eval", Self.detail], ["eval", "document.querySelector('.facts button').click()"],
            ["eval", Self.chosen], ["eval", Self.detail], ["key", "k"], ["eval", Self.chosen],
            // The list scrolls, and the chosen exchange stays in view.
            ["eval", "void (document.getElementById('overview').scrollTop = 1e6)"], Self.choose(33),
            [
                "eval",
                """
                (() => {
                  const heading = document.querySelector('#detail h2').getBoundingClientRect();
                  const page = document.documentElement;
                  return [heading.top > 0 && heading.bottom < innerHeight, page.scrollHeight <= innerHeight,
                    document.getElementById('overview').scrollTop > 100, document.getElementById('detail').scrollTop === 0];
                })()
                """,
            ],
            [
                "eval",
                """
                new Promise((done) => {
                  const icon = new Image();
                  icon.onload = () => done(icon.naturalWidth > 0);
                  icon.onerror = () => done(false);
                  icon.src = document.querySelector('link[rel=icon]').href;
                })
                """,
            ],
            // The filter: Enter leads to what it found, Escape ends it.
            ["key", "/"], ["type", "method:put"], ["key", "Enter"], ["eval", "document.activeElement.innerText"],
            ["key", "/"], ["key", "Escape"], ["eval", "document.querySelectorAll('#list li').length"],
            // A phone.
            ["size", ["width": 360, "height": 740]], Self.choose(0), ["eval", Self.overflow], Self.choose(1),
            ["eval", Self.overflow], ["eval", "void (location.hash = '#999-gone')"], ["wait", "\(Self.chosen) === -1"],
            ["eval", "document.getElementById('detail').offsetHeight > 0"], ["eval", Self.overflow],
        ]).filter { !($0 is NSNull) }

        var next = results.makeIterator()
        func text() -> String { next.next() as? String ?? "" }
        func number() -> Int { (next.next() as? NSNumber)?.intValue ?? -2 }
        let linked = text()
        #expect(linked.hasPrefix("OPTIONS http://127.0.0.1:\(stand.proxy.port)/item\n"), "\(linked)")
        #expect(linked.contains("Change: write DELETE into allow_methods ["), "\(linked)")
        #expect(linked.contains(#/Change: [^\n]+:7\]/#), "the line to change: \(linked)")
        #expect(text().hasPrefix("Nothing is chosen\n"))
        #expect(next.next() as? String == "")
        #expect(text().hasPrefix("This exchange is not here\n"))
        #expect(next.next() as? [String] == ["OPTIONS /item", "PUT /item", "OPTIONS /item", "GET /between"])
        #expect(number() == 1)
        let put = text()
        #expect(put.contains(#/Preflight\nOPTIONS, 204, /#) && put.contains(#/until the app answered: \S.* ms/#), "\(put)")
        #expect(put.contains(#/proxy and bodies: \S.* ms/#), "\(put)")
        #expect(
            put.contains(#/In shadow\n[^\n]*1 added, 0 gone\s+as it was\s+if those rules were enforced\s+X-Soon: tried/#),
            "\(put)")
        #expect(number() == 2)
        let preflight = text()
        #expect(preflight.contains(#/Preflight of\nPUT, 200, /#), "\(preflight)")
        #expect(number() == 1)
        #expect(next.next() as? [Bool] == [true, true, true, true])
        #expect(next.next() as? Bool == true, "the icon")
        #expect(text().contains("PUT /item"))
        #expect(number() == 34)
        #expect(next.next() as? Bool == false && next.next() as? Bool == false, "too wide")
        #expect(next.next() as? Bool == true && next.next() as? Bool == false, "what is not there")
        #expect(next.next() as? [String] == [], "the console is quiet")
    }

    /// What is copied comes out of the clipboard, and the command asks the same again.
    @Test func copies() throws {
        let stand = try Self.stand()
        try Self.fill(stand)
        let press = { (number: Int) -> [[Any]] in
            [
                ["eval", "void (document.querySelector('#detail output').textContent = '')"],
                ["eval", "document.querySelectorAll('.copies button')[\(number)].focus()"], ["key", "Enter"],
                ["wait", "document.querySelector('#detail output').textContent.startsWith('Copied')"],
                ["eval", "document.getElementById('filter').focus()"], ["paste", true],
                ["eval", "document.getElementById('filter').value"], ["key", "Escape"],
            ]
        }
        let url = stand.proxy.adminURL + "/inspector"
        let results = try InspectorPageTests.browse(
            [["open", url], ["wait", "document.querySelectorAll('#list li').length === 34"], Self.choose(3)]
                + press(0) + press(1) + press(2) + [["eval", "[view.chosen.id, location.href]"], Self.choose(1)] + press(0)
        ).filter { !($0 is NSNull) }
        let command = try #require(results[0] as? String)
        #expect(results[3] as? [String] == results[1...2].compactMap { $0 as? String })
        let put = results[4] as? String ?? ""
        #expect(put.contains("-X 'PUT'") && put.contains("-H 'Authorization: Bearer [redacted]'"), "\(put)")
        let finished = try run("/bin/sh", ["-c", command], environment: ["no_proxy": "*"], within: 30)
        #expect(String(decoding: finished.output, as: UTF8.self).contains("HTTP/1.1 200"), "\(command) \(finished.errors)")
        let asked = try #require(stand.origin.requests.last)
        #expect(asked.target == "/between" && asked.fields["X-Hostile"] == Self.hostile)
        #expect(results.last as? [String] == [])
    }

    /// The test that kept a rule from running may know a secret.
    @Test func adviceHasNoSecrets() throws {
        let stand = try Self.stand()
        try Self.ask(stand, "GET", "/keyed", [("Origin", Self.origin), ("X-Api-Key", "key-of-the-client")])
        let text = try InspectorPageTests.events(stand, until: #"data: {"all":1,"#)
        let advice = "the `cors` rule did not run: it says `when: request_header X-Api-Key equals [redacted]`"
        #expect(text.contains(advice), "\(text)")
        for secret in ["key-of-the-proxy", "key-of-the-client"] { #expect(!text.contains(secret), "\(secret)") }
    }
}
