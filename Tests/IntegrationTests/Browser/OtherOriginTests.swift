import Foundation
import TestSupport
import Testing

/// A page of another origin in a real browser, on the machine of somebody who may use the admin listener: it changes nothing, reads
/// nothing and frames nothing.
@Suite struct OtherOriginTests {
    private static func browse(_ steps: [[Any]], _ arguments: [String] = []) throws -> [Any] {
        let input = Array(try JSONSerialization.data(withJSONObject: steps))
        let finished = try run(
            Places.python("python"), [Places.integration("clients/browser.py")] + arguments, input: input, within: 90)
        guard let results = try? JSONSerialization.jsonObject(with: Data(finished.output)) as? [Any] else {
            throw Disappointment("the browser: \(finished.errors)")
        }
        return results
    }

    private static func proxy() throws -> ProxyProcess {
        try ProxyProcess(
            """
            listen: 127.0.0.1:0
            admin: 127.0.0.1:0
            inspector: {}
            routes: [{ path: /passed, respond: 204 }]

            """)
    }

    /// Nothing has come of what a page asked for.
    private static func expectUntouched(_ proxy: ProxyProcess) throws {
        #expect(try fetch(proxy.adminURL + "/-/log-level").text == "info\n")
        #expect(try fetch(proxy.adminURL + "/readyz?verbose").text.contains("reloads: 0 good, 0 bad"))
    }

    /// Another port is another origin of the same site; `localhost` is another site.
    @Test(arguments: ["127.0.0.1", "localhost"]) func changesReadsAndFramesNothing(_ host: String) throws {
        let proxy = try Self.proxy()
        _ = try proxy.fetch("/passed")
        let page = "<!doctype html><title>evil</title><body></body>"
        let origin = try RawOrigin { _ in
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: \(page.utf8.count)\r\n\r\n\(page)"
        }
        let admin = proxy.adminURL
        let framed = ["/inspector", "/healthz", "/-/upstreams", "/metrics", "/nowhere", "/inspector/events"]
        func attempt(_ path: String, _ options: String) -> [Any] {
            ["eval", "fetch('\(admin)\(path)', \(options)).then((r) => r.text().then((t) => r.type + t)).catch(() => 'refused')"]
        }
        func form(_ path: String, _ body: String) -> [Any] {
            [
                "eval",
                """
                new Promise((done) => {
                  const frame = document.createElement('iframe');
                  frame.name = 'target' + document.forms.length;
                  document.body.append(frame);
                  const form = document.body.appendChild(document.createElement('form'));
                  Object.assign(form, { method: 'post', action: '\(admin)\(path)', target: frame.name, enctype: 'text/plain' });
                  const input = form.appendChild(document.createElement('input'));
                  Object.assign(input, { name: '\(body)', value: '' });
                  frame.onload = () => done('sent');
                  form.submit();
                })
                """,
            ]
        }
        let frames = framed.map { path in
            [
                "eval",
                """
                new Promise((done) => {
                  const frame = document.createElement('iframe');
                  frame.onload = () => done('loaded');
                  frame.onerror = () => done('failed');
                  frame.src = '\(admin)\(path)';
                  document.body.append(frame);
                })
                """,
            ] as [Any]
        }
        let steps: [[Any]] =
            [["open", "http://\(host):\(origin.port)/"]]
            + [
                attempt("/-/reload", "{ method: 'POST', mode: 'no-cors' }"), attempt("/-/reload", "{ method: 'POST' }"),
                attempt("/-/log-level", "{ method: 'POST', mode: 'no-cors', body: 'debug' }"),
                attempt("/-/log-level", "{ method: 'POST', body: 'debug' }"), attempt("/inspector/events", "{ mode: 'no-cors' }"),
                attempt("/inspector/policy", "{}"), attempt("/metrics", "{}"), attempt("/metrics", "{ mode: 'no-cors' }"),
                attempt("/healthz", "{}"),
            ] + [
                [
                    "eval",
                    """
                    new Promise((done) => {
                      const events = new EventSource('\(admin)/inspector/events');
                      events.onmessage = (event) => done('read ' + event.data);
                      events.onerror = () => { events.close(); done('refused'); };
                    })
                    """,
                ], form("/-/reload", "x"), form("/-/log-level", "debug"),
            ] + frames
        let results = try Self.browse(steps)
        origin.stop()
        let texts = results.compactMap { $0 as? String }
        // What may be sent, the page learns nothing of.
        for text in texts.prefix(10) { #expect(text == "refused" || text == "opaque", "\(text)") }
        let complaints = results.last as? [String] ?? []
        for path in framed.dropLast() {
            let isSaid = complaints.contains { $0.contains(admin) && $0.contains("fram") }
            #expect(isSaid, "\(path): \(complaints)")
        }
        #expect(complaints.count { $0.contains("frame") } >= framed.count - 1, "\(complaints)")
        try Self.expectUntouched(proxy)
    }

    /// A name of the page's own that now resolves to this machine.
    @Test func rebinding() throws {
        let proxy = try Self.proxy()
        let port = proxy.adminPort ?? 0
        func status(_ path: String, _ options: String) -> [Any] {
            ["eval", "fetch('\(path)', \(options)).then((r) => r.status).catch(() => 0)"]
        }
        let results = try Self.browse(
            [
                ["open", "http://evil.example:\(port)/inspector"], ["eval", "document.body.innerText"], status("/metrics", "{}"),
                status("/inspector/events", "{}"), status("/inspector/policy", "{}"), status("/-/upstreams", "{}"),
                status("/-/log-level", "{ method: 'POST', body: 'debug' }"), status("/-/reload", "{ method: 'POST' }"),
            ], ["--host-resolver-rules=MAP evil.example 127.0.0.1"]
        ).filter { !($0 is NSNull) }
        #expect((results.first as? String)?.contains("Exchanges") == false)
        for answer in results.dropFirst().dropLast() { #expect([0, 403, 421].contains((answer as? NSNumber)?.intValue ?? -1)) }
        try Self.expectUntouched(proxy)
    }

    /// Every answer of the admin listener, whatever it is to.
    @Test(arguments: [
        "GET /healthz", "GET /nowhere", "POST /healthz", "GET /metrics", "GET /inspector", "GET /inspector/policy",
        "GET /inspector/events", "GET /inspector/nowhere", "GET /-/upstreams", "GET /-/log-level", "POST /-/reload",
        "POST /-/log-level", "HEAD /readyz", "BAD REQUEST", "GET /healthz?\u{7F}",
    ])
    func everyAnswerIsProtected(_ line: String) throws {
        let proxy = try Self.proxy()
        let connection = try Connection(port: proxy.adminPort ?? 0)
        try connection.send("\(line) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        let head = try connection.takeHead()
        for (name, value) in [("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY")] {
            #expect(head.fields.all(name) == [value], "\(name)")
        }
        let policies = head.fields.all("Content-Security-Policy")
        #expect(policies.count == 1 && policies[0].contains("frame-ancestors 'none'"), "\(policies)")
    }
}
