import Foundation
import TestSupport
import Testing

/// `letterhead diff` says what two running proxies do.
@Suite struct DiffTests {
    private static func policy(_ rules: String, _ app: String, listen: String = "127.0.0.1:0") -> String {
        """
        listen: \(listen)
        upstreams: { app: \(app), down: http://127.0.0.1:1 }
        \(rules)
        routes:
          - { path: /down, upstream: down }
          - { path: /gone/**, redirect: { to: "/new/{path.rest}" } }
          - { upstream: app }

        """
    }

    private static let before = """
        request_headers: [{ set: { X-Client: "{client.ip}" } }]
        response_headers:
          - cors: { allow_origins: [https://app.example], allow_credentials: true, allow_methods: [GET, PUT] }
          - set: { X-Frame-Options: DENY, X-Where: "{path}" }
          - set: { Cache-Control: no-store }
            when: { status: 5xx }
          - remove: Server
          - cookies: { secure: true }
        """

    private static let after = """
        request_headers: [{ remove: Accept }]
        response_headers:
          - cors: { allow_origins: [https://other.example], allow_methods: [GET] }
          - add: { X-Frame-Options: SAMEORIGIN }
          - set: { x-where: "{path}" }
          - set: { Cache-Control: no-cache }
            when: { source: upstream }
          - merge: { Vary: Accept-Encoding }
          - cookies: { same_site: Strict }
        """

    private static let fields = [
        ("Content-Type", "text/html"), ("Content-Length", "0"), ("Server", "app"), ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2; Secure"),
        ("X-Frame-Options", "ALLOW"), ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ]

    private struct Change: Hashable {
        var part: String
        var field: String
        var old: [String]
        var new: [String]
    }

    /// What is told of each request is what both send, line by line, to the client and to the app.
    @Test func predictedIsObserved() throws {
        let head = Self.fields.map { "\($0): \($1)\r\n" }.joined()
        let app = try RawOrigin(answering: { "HTTP/1.1 \($0.target == "/broken" ? "500 No" : "200 OK")\r\n\(head)\r\n" })
        let address = "http://127.0.0.1:\(app.port)"
        let proxies = try [Self.before, Self.after].map { try ProxyProcess(Self.policy($0, address)) }
        let files = try [Self.before, Self.after].map { rules in
            let file = Places.scratch("policy.yaml")
            try Self.policy(rules, address, listen: "127.0.0.1:8080").write(toFile: file, atomically: true, encoding: .utf8)
            return file
        }
        let cases: [(method: String, path: String, fields: [String])] = [
            ("GET", "/", []), ("GET", "/broken", ["Origin: https://app.example"]),
            ("PUT", "/x", ["Origin: https://other.example"]),
            ("OPTIONS", "/x", ["Origin: https://app.example", "Access-Control-Request-Method: PUT"]),
            ("GET", "/gone/x", ["Origin: https://app.example"]), ("GET", "/down", []),
        ]
        for (method, path, lines) in cases {
            let asked = app.requests.count
            let seen = try proxies.map { proxy in
                try proxy.fetch(path, .http1, ["-X", method] + lines.flatMap { ["-H", $0] })
            }
            let common = ["Host: 127.0.0.1", "User-Agent: test", "Accept: */*"]
            var observed = Self.changes("response", seen[0].fields.lines, seen[1].fields.lines)
            if method == "OPTIONS" {
                observed = Set(observed.map { Change(part: "preflight", field: $0.field, old: $0.old, new: $0.new) })
            }
            let got = app.requests.dropFirst(asked).map(\.fields.lines)
            if got.count == 2 { observed.formUnion(Self.changes("request", got[0], got[1])) }

            let answer =
                Self.fields.filter { $0.0 != "Set-Cookie" }.map { "\($0): \"\($1)\"" } + ["Set-Cookie: [a=1, b=2; Secure]"]
            let headers = (common.dropFirst() + lines).map { line in
                line.replacing(": ", with: ": \"", maxReplacements: 1) + "\""
            }
            let request = """
                tests:
                  - request: { method: \(method), url: \(path), headers: { \(headers.joined(separator: ", ")) } }
                    upstream: \(path == "/down" ? "down" : "{ status: \(path == "/broken" ? 500 : 200), headers: { \(answer.joined(separator: ", ")) } }")

                """
            let file = Places.scratch("requests.yaml")
            try request.write(toFile: file, atomically: true, encoding: .utf8)
            let told = try letterhead(["diff"] + files + ["--requests", file, "--format", "json"])
            #expect(told.status == 1 && told.errors.isEmpty, "\(told.errors)")
            var predicted = try Self.predicted(told.text)
            // Nobody sees what an app that is not there would have got.
            if got.isEmpty { predicted = predicted.filter { $0.part != "request" } }
            #expect(predicted == observed, "\(method) \(path): \(predicted.symmetricDifference(observed))")
        }
        withExtendedLifetime(proxies) {}
    }

    private static func changes(_ part: String, _ old: [FieldList.Line], _ new: [FieldList.Line])
        -> Set<Change>
    {
        // What a request has by itself, and the second in which it is answered, differ from one to the next; or they are the harness's.
        let own = ["date", "x-request-id", "host", "user-agent", "x-forwarded-host", "x-forwarded-port"]
        let names = Set((old + new).map { $0.name.lowercased() }).subtracting(own)
        return Set(
            names.compactMap { name in
                let (left, right) = (old.filter { $0.name.lowercased() == name }, new.filter { $0.name.lowercased() == name })
                guard left.map(\.name) != right.map(\.name) || left.map(\.value) != right.map(\.value) else { return nil }
                let isSpelling = left.map(\.value) == right.map(\.value)
                func lines(_ all: [FieldList.Line]) -> [String] {
                    all.map { isSpelling ? "\($0.name): \($0.value)" : $0.value }
                }
                return Change(part: part, field: name, old: lines(left), new: lines(right))
            })
    }

    private static func predicted(_ text: String) throws -> Set<Change> {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let differences = object["differences"] as? [[String: Any]] ?? []
        return Set(
            differences.compactMap { difference in
                guard let part = difference["part"] as? String, let field = difference["field"] as? String, !field.hasPrefix(":"),
                    let example = (difference["examples"] as? [[String: Any]])?.first
                else { return nil }
                return Change(
                    part: part, field: field.lowercased(), old: example["old"] as? [String] ?? [],
                    new: example["new"] as? [String] ?? [])
            })
    }

    /// Exit codes, forms, and what is allowed.
    @Test func command() throws {
        let files = try ["DENY", "SAMEORIGIN"].map { value in
            let file = Places.scratch("\(value).yaml")
            try "response_headers: [{ set: { X-Frame-Options: \(value) } }]\nroutes: [{ respond: 200 }]\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            return file
        }
        let text = try letterhead(["diff"] + files)
        #expect(text.status == 1 && text.text.contains("~ X-Frame-Options: DENY → SAMEORIGIN"), "\(text.text)\(text.errors)")
        #expect(try letterhead(["diff", files[0], files[0]]).status == 0)
        for allowed in ["x-frame-options", "X-*", "X-Frame-Options@/**"] {
            let finished = try letterhead(["diff"] + files + ["--allow", allowed])
            #expect(finished.status == 0 && finished.text.contains("1 difference allowed"), "\(finished.text)")
        }
        // A rule that nothing shows is no rule that changes nothing.
        let slow = Places.scratch("slow.yaml")
        try
            "response_headers: [{ set: { X-Frame-Options: DENY } }, { set: { X-A: a }, when: { status: 408 } }]\nroutes: [{ respond: 200 }]\n"
            .write(toFile: slow, atomically: true, encoding: .utf8)
        let unseen = try letterhead(["diff", files[0], slow])
        #expect(unseen.status == 1 && unseen.text.contains("? set X-A: a when status 408"), "\(unseen.text)\(unseen.errors)")
        #expect(try letterhead(["diff", files[0], slow, "--allow", "X-A"]).status == 0)
        let markdown = try letterhead(["diff"] + files + ["--format", "markdown"])
        #expect(markdown.status == 1 && markdown.text.contains("| changed | <code>X-Frame-Options</code>"))
        for bad in [
            [files[0]], [files[0], "/nowhere.yaml"], files + ["--allow", "a b"], files + ["--requests", "/nowhere.yaml"],
            files + ["--format", "xml"],
        ] {
            let finished = try letterhead(["diff"] + bad)
            #expect(finished.status == 2 && !finished.errors.isEmpty && finished.text.isEmpty, "\(bad)")
        }
    }

    /// What was recorded is played again, and its secrets are not told.
    @Test func traffic() throws {
        let files = try ["https://app.example", "https://other.example"].map { origin in
            let file = Places.scratch("policy.yaml")
            try "upstreams: { app: http://127.0.0.1:1 }\nresponse_headers: [{ cors: { allow_origins: [\(origin)] } }]\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            return file
        }
        let entry = """
            {"startedDateTime":"2026-01-01T00:00:00Z","time":1,"cache":{},"timings":{"send":0,"wait":1,"receive":0},
            "request":{"method":"GET","url":"https://api.example/x?token=geheim12","httpVersion":"HTTP/1.1","cookies":[],"queryString":[],
            "headers":[{"name":"Origin","value":"https://app.example"}],"headersSize":-1,"bodySize":0},
            "response":{"status":200,"statusText":"OK","httpVersion":"HTTP/1.1","cookies":[],"redirectURL":"","headersSize":-1,"bodySize":0,
            "headers":[{"name":"Content-Type","value":"text/html"}],"content":{"size":0,"mimeType":"text/html"}}}
            """
        let har = Places.scratch("traffic.har")
        try #"{"log":{"version":"1.2","creator":{"name":"t","version":"1"},"entries":[\#(entry)]}}"#.write(
            toFile: har, atomically: true, encoding: .utf8)
        let told = try letterhead(["diff"] + files + ["--traffic", har])
        #expect(told.status == 1 && told.text.contains("! :verdict: readable → refused (allow_origin_missing)"), "\(told)")
        #expect(!told.text.contains("geheim") && told.text.contains("https://api.example/x"), "\(told.text)")
        #expect(try letterhead(["diff", files[0], files[0], "--traffic", har]).status == 0)
        try "{".write(toFile: har, atomically: true, encoding: .utf8)
        #expect(try letterhead(["diff"] + files + ["--traffic", har]).status == 2)
    }

    private func letterhead(_ arguments: [String]) throws -> Finished { try run(Places.letterhead, arguments) }
}
