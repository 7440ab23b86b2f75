import Foundation
import TestSupport
import Testing

/// Promise 10: no rule can speak of what frames a message, however it is spelled, in whatever action and scope.
@Suite struct FramingTargetTests {
    static let names = [
        "Content-Length", "content-LENGTH", "Content_Length", "Transfer-Encoding", "transfer_encoding", "Connection",
        "Keep-Alive",
        "keep_alive", "Proxy-Connection", "TE", "te", "Trailer", "Upgrade", "HTTP2-Settings", ":status", ":path", ":authority",
        "Content-Length:", "Content-Length ", " Content-Length", "Content-Length\\t", "Content-Length\\0",
    ]
    static let actions = [
        #"set: { "NAME": "1" }"#, #"add: { "NAME": "1" }"#, #"merge: { "NAME": "1" }"#, #"remove: ["NAME"]"#,
        #"rename: { "NAME": X-A }"#, #"rename: { X-A: "NAME" }"#, #"edit: { "NAME": { match: a, replace: b } }"#,
        #"set: { X-Fine: "1", "NAME": "1" }"#,
    ]

    enum Scope: String, Sendable, CaseIterable { case global, listener, route, policy, requests }

    static func configuration(_ rules: [String], _ scope: Scope) -> String {
        func list(_ indent: String) -> String { rules.map { "\(indent)- \($0)\n" }.joined() }
        let upstreams = "upstreams: { app: http://127.0.0.1:9 }\n"
        return switch scope {
        case .global: "listen: 127.0.0.1:0\n\(upstreams)response_headers:\n\(list("  "))"
        case .requests: "listen: 127.0.0.1:0\n\(upstreams)request_headers:\n\(list("  "))"
        case .listener: "listen:\n  - bind: 127.0.0.1:0\n    response_headers:\n\(list("      "))\(upstreams)"
        case .route: "listen: 127.0.0.1:0\n\(upstreams)routes:\n  - upstream: app\n    response_headers:\n\(list("      "))"
        case .policy:
            "listen: 127.0.0.1:0\n\(upstreams)policies:\n  p:\n\(list("    "))response_headers: [{ use: p }]\n"
        }
    }

    /// The lines of the configuration that `check` complains about.
    static func complaints(_ text: String) throws -> (status: Int32, lines: Set<Int>) {
        let file = Places.scratch("framing.yaml")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let finished = try run(Places.letterhead, ["check", "--config", file])
        let lines = (finished.text + finished.errors).split(separator: "\n").compactMap { line -> Int? in
            guard let match = line.firstMatch(of: #/\.yaml:(\d+):\d+: error/#) else { return nil }
            return Int(match.1)
        }
        return (finished.status, Set(lines))
    }

    @Test(arguments: names, Scope.allCases)
    func isAnError(_ name: String, _ scope: Scope) throws {
        let rules = Self.actions.map { $0.replacing("NAME", with: name) }
        let text = Self.configuration(rules, scope)
        let expected = text.split(separator: "\n").enumerated().filter { line in rules.contains { line.element.hasSuffix($0) } }
        let found = try Self.complaints(text)
        #expect(found.status == 2)
        #expect(found.lines == Set(expected.map { $0.offset + 1 }), "\(text)")
    }

    @Test(
        arguments: ["*", "C*", "Con*", "Content-*", "content_l*", "T*", "Transfer-E*", "Upgrade*", "K*", ":*", "H*"],
        Scope.allCases)
    func prefixes(_ prefix: String, _ scope: Scope) throws {
        let found = try Self.complaints(Self.configuration([#"remove: ["\#(prefix)"]"#], scope))
        #expect(found.status == 2 && found.lines.count == 1)
    }

    /// Rules about everything else run, and the framing is right after them: on HTTP/1 and HTTP/2, whatever the app's framing was.
    @Test(
        arguments: [
            "Content-Length: 2\r\n\r\nok", "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "Connection: close\r\n\r\nok",
        ], HTTPVersion.allCases)
    func framingStays(_ rest: String, _ version: HTTPVersion) throws {
        let stand = try Stand(
            """
            response_headers:
              - remove: ["Content-T*", "X*", "Content-Md5"]
              - rename: { Content-Language: X-Content-Length }
              - set: { X-Transfer-Encoding: chunked, Content-Encoding-X: gzip, Content-Lengths: "9" }
            """,
            answers: ["/x": "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nX-Length: 1\r\nContent-Language: en\r\n\(rest)"])
        for _ in 0..<2 {
            let response = try stand.ask(Ask(target: "/x"), version).response
            #expect(
                response.text == "ok" && response.fields["Content-Lengths"] == "9" && response.fields["X-Content-Length"] == "en")
        }
    }
}
