import TestSupport
import Testing

/// Promise 4: global, listener, route, from top to bottom, each rule on what those before it left; nothing is lost.
@Suite struct OrderTests {
    /// The app's lines, and the whole list that leaves (but `Connection` and `Date`).
    static let rows: [(path: String, app: [(String, String)], expected: [(String, String)])] = [
        ("/plain", [], tail(last: [("X-Route", "route")])),
        (
            "/doubled", [("x-global", "app"), ("X-Keep", "1"), ("X-GLOBAL", "app"), ("x-KEEP", "2")],
            [("X-Keep", "1"), ("x-KEEP", "2")] + tail(last: [("X-Route", "route")])
        ),
        (
            "/renamed", [("X-Legacy", "a"), ("X-Between", "1"), ("x-legacy", "b")],
            [("X-Modern", "a"), ("X-Between", "1"), ("X-Modern", "b")] + tail(last: [("X-Route", "route")], modern: ["a", "b"])
        ),
        (
            "/gone", [("X-Debug-A", "1"), ("x-debug-", "2"), ("X-Debug", "3"), ("X-Debugger", "4")],
            [("X-Debug", "3"), ("X-Debugger", "4")] + tail(last: [("X-Route", "route")])
        ),
        (
            "/empty", [("X-Empty", ""), ("X-Space", " \t ")],
            [("X-Empty", ""), ("X-Space", "")] + tail(last: [("X-Route", "route")])
        ),
        (
            "/fallback", [("X-Fallback", "")],
            [("X-Fallback", "")]
                + tail(last: [("X-Route", "route")]).filter { $0.0 != "X-Fallback" }
        ),
    ]

    static func tail(last: [(String, String)], modern: [String] = []) -> [(String, String)] {
        [("X-Global", "1"), ("X-Fallback", "global"), ("X-Listener", "sees 1"), ("X-Twice", "a"), ("X-Twice", "b")] + last
            + [("X-sCOPE", "route"), ("X-Saw", "listener then route")]
    }

    static let stand = Result {
        var answers: [String: String] = [:]
        for row in rows {
            answers[row.path] =
                "HTTP/1.1 200 OK\r\n" + row.app.map { "\($0.0): \($0.1)\r\n" }.joined() + "Content-Length: 0\r\n\r\n"
        }
        let all = answers
        let origin = try RawOrigin { request in all[String(request.target.prefix { $0 != "?" })] ?? UpstreamTests.ok }
        let proxy = try ProxyProcess(
            """
            listen:
              - bind: 127.0.0.1:0
                response_headers:
                  - set: { X-Listener: "sees {response.header.X-Global}" }
                  - set: { X-Scope: listener }
                  - add: { X-Twice: [a, b] }
            upstreams: { app: http://127.0.0.1:\(origin.port) }
            response_headers:
              - set: { X-Global: 1, X-Scope: global }
              - rename: { X-Legacy: X-Modern }
              - set: { X-Fallback: global }
                if: absent
              - remove: ["X-Debug-*"]
            routes:
              - path: /**
                upstream: app
                response_headers:
                  - set: { X-Saw: "{response.header.X-Scope} then" }
                  - set: { X-Route: route }
                  - set: { X-sCOPE: route }
                  - set: { X-Saw: "{response.header.X-Saw} {response.header.x-scope}" }

            """)
        return (origin, proxy)
    }

    @Test(arguments: rows.indices, HTTPVersion.allCases)
    func wholeLists(_ index: Int, _ version: HTTPVersion) throws {
        let row = Self.rows[index]
        let response = try #require(try Ask(target: row.path).send(port: try Self.stand.get().1.port, version))
        let found = FieldList(
            response.fields.lines.filter { !["connection", "date", "content-length"].contains($0.name.lowercased()) }
                .map { ($0.name, $0.value) })
        #expect(found == FieldList(row.expected).spelled(for: version))
    }
}
