import Foundation
import TestSupport
import Testing

/// A page with everything that a policy speaks of, in a real browser: what it reports becomes a policy, under which it works.
@Suite struct BrowserPolicyTests {
    private static let page = """
        <!doctype html><base href="/sub/"><title>all of it</title>
        <script>var seen = ['inline']; addEventListener('message', (event) => seen.push(event.data));</script>
        <link rel=stylesheet href="{foreign}/style.css">
        <style>#inline { color: rgb(1, 2, 3) }</style>
        <p id=inline>a</p><p id=sheet style="margin: 7px">b</p><p style="font-family: f">c</p>
        <img id=picture src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"><img id=other src="{foreign}/a.svg">
        <audio src="{foreign}/a.wav" autoplay></audio>
        <iframe src="{foreign}/frame"></iframe><iframe name=target></iframe>
        <object onload="seen.push('object')" type="image/svg+xml" data="{foreign}/b.svg"></object>
        <form id=form action="/form" method=post target=target></form>
        <button id=button onclick="seen.push('handler')"></button>
        <script src="{foreign}/a.js"></script>
        <script>
          const asked = fetch('/asked').then((answer) => answer.text()).then((text) => seen.push(text)).catch(() => {});
          try { new Worker('/worker.js').onmessage = (event) => seen.push(event.data); } catch (error) {}
          document.getElementById('button').click();
          document.getElementById('form').submit();
          const style = (id) => getComputedStyle(document.getElementById(id));
          const works = () => [...new Set(seen)].sort().join() + ' ' + style('inline').color + style('sheet').color + style('sheet').margin
            + document.getElementById('picture').naturalWidth + document.getElementById('other').naturalWidth + document.baseURI.slice(-5);
          const ends = () => { document.createElement('img').src = 'http://127.0.0.2:9/the-end'; return true; };
        </script>
        """

    private static let wanted = "asked,foreign,frame,handler,inline,object,worker rgb(1, 2, 3)rgb(4, 5, 6)7px11/sub/"

    private static let files: [String: (type: String, text: String)] = [
        "/style.css": ("text/css", "@font-face { font-family: f; src: url(/f.woff2) } #sheet { color: rgb(4, 5, 6) }"),
        "/a.svg": ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>"),
        "/b.svg": ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>"),
        "/a.js": ("text/javascript", "seen.push('foreign')"),
        "/frame": ("text/html", "<script>parent.postMessage('frame', '*')</script>"),
        "/a.wav": ("audio/wav", ""), "/f.woff2": ("font/woff2", ""), "/asked": ("text/plain", "asked"),
        "/worker.js": ("text/javascript", "postMessage('worker')"), "/form": ("text/html", "sent"),
    ]

    private static func answer(_ text: String, _ type: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
    }

    /// The page's proxy, with that rule for the policy.
    private static func proxy(_ app: Int, _ rule: String) throws -> ProxyProcess {
        try ProxyProcess(
            """
            listen: 127.0.0.1:0
            admin: 127.0.0.1:0
            workers: 1
            upstreams: { app: http://127.0.0.1:\(app) }
            routes:
              - { path: /csp-reports, reports: { rate: 100 } }
              - path: /
                upstream: app
                response_headers: [ \(rule) ]
              - { upstream: app }

            """)
    }

    /// Opens the page, waits until it is through, and until its last violation has come: whatever it reports is there then.
    private static func visit(_ proxy: ProxyProcess) throws -> (works: String, reports: [[String: Any]]) {
        let steps: [[Any]] = [
            ["open", proxy.url + "/"], ["wait", "works().startsWith('\(wanted.prefix { $0 != " " })')"], ["eval", "works()"],
            ["eval", "ends()"],
            ["wait", "new Promise((done) => setTimeout(() => done(true), 200))"],
        ]
        let finished = try run(
            Places.python("python"), [Places.integration("clients/browser.py")],
            input: Array(try JSONSerialization.data(withJSONObject: steps)), within: 90)
        let results = (try? JSONSerialization.jsonObject(with: Data(finished.output))) as? [Any] ?? []
        let works = results.compactMap { $0 as? String }.first ?? finished.errors
        let end = Date.now + patience
        while true {
            let text = try fetch(proxy.adminURL + "/-/csp-reports").text
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            let reports = object?["violations"] as? [[String: Any]] ?? []
            if reports.contains(where: { "\($0["blocked"] ?? "")".contains("127.0.0.2") }) || Date.now > end {
                return (works, reports)
            }
            usleep(20_000)
        }
    }

    @Test func suggestedPolicyWorks() throws {
        let foreign = try RawOrigin { request in
            let file = Self.files[String(request.target.prefix { $0 != "?" })] ?? ("text/plain", "")
            return Self.answer(file.text, file.type)
        }
        let content = Self.page.replacing("{foreign}", with: "http://127.0.0.1:\(foreign.port)")
        let app = try RawOrigin { request in
            let file = Self.files[request.target] ?? ("text/html", request.target == "/" ? content : "")
            return Self.answer(file.text, file.type)
        }
        let rule =
            "{ set: { Content-Security-Policy: \"default-src 'none'; form-action 'none'; base-uri 'none'; report-uri /csp-reports\" }, report_only: true }"
        let before = try Self.proxy(app.port, rule)
        let first = try Self.visit(before)
        #expect(first.works == Self.wanted)
        let directives = Set(first.reports.compactMap { $0["directive"] as? String })
        let expected: Set = [
            "script-src-elem", "script-src-attr", "style-src-elem", "style-src-attr", "img-src", "font-src", "connect-src",
            "media-src", "frame-src",
            "worker-src", "object-src", "form-action", "base-uri",
        ]
        #expect(directives == expected, "\(first.reports)")

        let file = Places.scratch("reports.json")
        try fetch(before.adminURL + "/-/csp-reports").text.write(toFile: file, atomically: true, encoding: .utf8)
        let asked = try run(
            Places.letterhead, ["csp", "suggest", "--admin", "127.0.0.1:\(before.adminPort ?? 0)", "--format", "json"])
        let suggested = try JSONSerialization.jsonObject(with: Data(asked.output)) as? [String: Any]
        let policy = try #require(suggested?["policy"] as? String, "\(asked.errors)")
        #expect(try run(Places.letterhead, ["csp", "suggest", "--reports", file, "--format", "json"]).text == asked.text)
        #expect(try run(Places.letterhead, ["csp", "suggest", "--reports", file, "--against", policy]).status == 0)
        #expect(try run(Places.letterhead, ["csp", "suggest", "--reports", file, "--against", "default-src 'none'"]).status == 1)

        // The last one is the test's own.
        let narrow = policy.replacing(" http://127.0.0.2:9", with: "")
        let after = try Self.proxy(app.port, "{ set: { Content-Security-Policy: \"\(narrow); report-uri /csp-reports\" } }")
        let second = try Self.visit(after)
        #expect(second.works == Self.wanted, "\(narrow)")
        #expect(second.reports.count == 1, "\(narrow)\n\(second.reports)")
        for path in ["/f.woff2", "/a.wav"] {
            #expect(foreign.requests.count { $0.target == path } >= 2, "\(path)")
        }
    }
}
