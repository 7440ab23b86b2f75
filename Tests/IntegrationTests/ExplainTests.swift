import Diagnosis
import Foundation
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import TestSupport
import Testing

/// What `explain` says leaves, leaves: the simulated exchange and the running proxy, field for field.
@Suite struct ExplainTests {
    static let answers: [String: String] = [
        "/ok": "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nServer: gunicorn\r\nContent-Length: 2\r\n\r\nok",
        "/boom":
            "HTTP/1.1 500 Broken\r\nContent-Type: text/plain\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nno",
        "/empty": "HTTP/1.1 204 No Content\r\nX-Powered-By: Flask\r\nSet-Cookie: a=b; Path=/\r\nSet-Cookie: c=d\r\n\r\n",
        "/moved": "HTTP/1.1 302 Found\r\nLocation: http://site.example/x\r\nVary: Cookie\r\nContent-Length: 0\r\n\r\n",
        "/own":
            "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nX-Debug-Time: 1\r\nX-Backend-Version: 3\r\n"
            + "Connection: X-Debug-Time\r\nContent-Length: 2\r\n\r\nok",
        "/csp": "HTTP/1.1 200 OK\r\nContent-Security-Policy: default-src *\r\nContent-Length: 2\r\n\r\nok",
        "/api/x": "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        "/embed/x": "HTTP/1.1 200 OK\r\nX-Frame-Options: DENY\r\nContent-Length: 2\r\n\r\nok",
        "/broken": "nonsense\r\n\r\n",
    ]

    private static let asks: [(String, [(String, String)])] = [
        ("GET", []), ("HEAD", []), ("GET", [("Origin", "https://app.example")]), ("GET", [("Origin", "https://evil.example")]),
        ("GET", [("Origin", "https://app.example"), ("Origin", "https://app.example")]),
        ("POST", [("Accept", "application/json")]),
        ("OPTIONS", []), ("OPTIONS", [("Origin", "https://app.example"), ("Access-Control-Request-Method", "PUT")]),
        ("OPTIONS", [("Origin", "https://evil.example"), ("Access-Control-Request-Method", "PUT")]),
        ("PUT", [("Origin", "https://app.example"), ("Cookie", "a=b"), ("X_Under", "1")]), ("GET", [("Accept", "text/html")]),
    ]

    private static let targets =
        answers.keys.sorted() + ["/internal/x", "/a/../internal/y", "/%2e%2e/b", "/robots.txt", "/old/a%20b?c=d", "/none"]

    static let policies: [(name: String, text: String)] = [
        ("integration", Policy.rules),
        (
            "realistic",
            (try? String(contentsOfFile: Places.repository + "/config/examples/realistic.yaml", encoding: .utf8))?
                .split(separator: "\n").filter { !$0.hasPrefix("listen:") && !$0.hasPrefix("upstreams:") }.joined(separator: "\n")
                ?? ""
        ),
        (
            "everything",
            """
            response_headers:
              - preset: security
              - cors: { allow_origins: ["*"], expose_headers: ["*"] }
              - set: { X-Path: "{path}", X-Query: "{query}", X-Agent: "{request.header.user-agent}", X-Status: "{status}" }
              - merge: { Vary: [Accept, Cookie] }
              - edit: { Location: { match: "^http:", replace: "https:" } }
              - rename: { X-Backend-Version: X-Version }
              - cookies: { http_only: true, same_site: Lax }
              - stop: true
                when: { method: POST }
              - set: { Cache-Control: no-store }
                when: { status: [4xx, 5xx], not: { source: proxy } }
              - remove: [Server, "X-Debug-*", X-Powered-By]
            routes:
              - { path: /robots.txt, respond: { status: 200, content_type: text/plain, body: "User-agent: *\\n" } }
              - { path: /old/**, redirect: { to: "/new/{path.rest}?{query}", status: 308 } }
              - { path: /none, method: DELETE, upstream: app }
              - { path: /internal/**, respond: 403 }
              - { path: /embed/**, upstream: app, response_headers: [{ set: { X-Embed: "{path.rest}" } }] }
              - { path: /none, respond: 410, response_headers: [{ add: { Link: [a, b] } }] }
              - { upstream: app }
            """
        ),
    ]

    @Test(arguments: policies.map(\.name))
    func leavesAsExplained(_ name: String) throws {
        let policy = try #require(Self.policies.first { $0.name == name }).text
        let extra = name == "realistic" ? ["web", "api", "files"] : []
        let origin = try RawOrigin { request in
            Self.answers[String(request.target.prefix { $0 != "?" })]
                ?? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Other: 1\r\n\r\nok"
        }
        let upstreams = (["app"] + extra).map { "\($0): http://127.0.0.1:\(origin.port)" }.joined(separator: ", ")
        let text =
            "listen: 127.0.0.1:0\nupstreams: { \(upstreams) }\n"
            + (policy.contains("routes:") ? "" : "routes: [{ upstream: app }]\n") + policy + "\n"
        let proxy = try ProxyProcess(text)
        let configuration = try CompiledConfiguration(
            ConfigurationLoader(environment: [:]) { _ in [] }.load(text: text, file: "x.yaml"))
        var compared = 0
        for target in Self.targets {
            for (method, fields) in Self.asks {
                let all = [("X-Request-ID", "explained-0123")] + fields
                let ask = Ask(method: method, target: target, fields: all)
                let response = try #require(try ask.send(port: proxy.port, .http1), "\(method) \(target)")
                let explained = try explain(ask, configuration)
                let comment: Comment = "\(name): \(method) \(target) \(fields)"
                #expect(Int(explained.response.status.rawValue) == response.status, comment)
                #expect(
                    Self.comparable(explained.response.fields.pairs.map { ($0.name, $0.value) })
                        == Self.comparable(response.fields.lines.map { ($0.name, $0.value) }), comment)
                compared += 1
            }
        }
        #expect(compared >= 150)
    }

    func explain(
        _ ask: Ask, _ configuration: CompiledConfiguration, version: HTTPModel.HTTPVersion = .http11, answer: String? = nil
    ) throws -> SimulatedExchange {
        var request = SimulatedRequest(method: ask.method, authority: ask.host, target: ask.target)
        request.version = version
        request.fields = ask.fields.map { FieldText($0.0, $0.1) }
        // With a `Host` of its own the request has no other.
        if request.fields.combined("Host") != nil { request.fields.insert(FieldText("Host", ask.host), at: 0) }
        let exchange = try SimulatedExchange(request, on: configuration, unixSeconds: 0, isTraced: true)
        guard exchange.upstream != nil else { return exchange }
        let path = String(ask.target.prefix { $0 != "?" })
        let answer = answer ?? Self.answers[path] ?? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Other: 1\r\n\r\nok"
        let head = RawHead(answer.components(separatedBy: "\r\n\r\n")[0].utf8)
        if head.status == 0 {
            exchange.receive(.fault(.invalidResponse))
        } else {
            exchange.receive(
                .response(
                    status: Status(rawValue: UInt16(head.status)), fields: head.fields.lines.map { FieldText($0.name, $0.value) })
            )
        }
        return exchange
    }

    /// Without what belongs to the connection and to the clock.
    static func comparable(_ fields: [(String, String)]) -> [String] {
        fields.filter { !["connection", "date", "transfer-encoding", "keep-alive"].contains($0.0.lowercased()) }
            .map { "\($0.0): \($0.1)" }
    }

    // MARK: The command

    private func letterhead(_ arguments: String...) throws -> Finished { try run(Places.letterhead, arguments) }

    @Test func explainCommand() throws {
        let file = Places.repository + "/config/examples/realistic.yaml"
        let good = try letterhead(
            "explain", "--config", file, "--url", "/api/x", "--origin", "https://app.example", "--method", "PUT", "--status",
            "500",
            "--response-header", "Server: gunicorn")
        #expect(good.status == 0 && good.text.contains("A preflight was needed for PUT"))
        #expect(good.text.contains("- Server: gunicorn  rule 6 ["))
        let refused = try letterhead("explain", "--config", file, "--origin", "https://other.example")
        #expect(refused.status == 1 && refused.text.contains("write https://other.example into `allow_origins`"))
        #expect(refused.text.contains("realistic.yaml:"))
        let json = try letterhead("explain", "--config", file, "--origin", "https://other.example", "--format", "json")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.text.utf8)) as? [String: Any])
        #expect((object["verdict"] as? [String: Any])?["failure"] as? String == "allow_origin_missing")
        for bad in [["--url", "nonsense"], ["--header", "x"], ["--status", "abc"], ["--listener", "7"], ["--method", "G T"]] {
            #expect(try run(Places.letterhead, ["explain", "--config", file] + bad).status == 2, "\(bad)")
        }
    }

    /// The real app is asked, as the proxy would.
    @Test func explainLive() throws {
        let app = try Shared.app.get()
        let file = Places.scratch("live.yaml")
        try "upstreams: { app: \(app.address) }\nresponse_headers: [{ cors: { allow_origins: [https://app.example] } }]\n"
            .write(toFile: file, atomically: true, encoding: .utf8)
        let boom = try letterhead("explain", "-c", file, "--url", "/boom", "--origin", "https://app.example", "--live")
        #expect(boom.status == 0 && boom.text.contains("500 Internal Server Error, made by the app"), "\(boom.text)")
    }

    /// Where the app fails, the reason is the proxy's.
    @Test(arguments: [
        ("", "upstream_closed"), ("HTTP/1.1 200 OK\r\nContent-Le", "upstream_closed"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "upstream_closed"), ("SSH-2.0-x\r\n\r\n", "invalid_response"),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "invalid_response"), (nil, "upstream_tls_failed"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello, no", "invalid_response"),
    ])
    func explainLiveFails(_ answer: String?, _ reason: String) throws {
        let origin = try RawOrigin { connection, _, origin in
            _ = try origin.request(on: connection)
            if let answer, !answer.isEmpty { try connection.send(answer) }
        }
        defer { origin.stop() }
        var app = "http://127.0.0.1:\(origin.port)"
        let secured = answer == nil ? try Secured([Secured.authority.get().site("localhost")], rules: "") : nil
        if let secured { app = "https://localhost:\(secured.proxy.port)" }
        let text =
            "upstreams: { app: \"\(app)\" }\naccess_log: json\n"
            + "response_headers: [{ cors: { allow_origins: [https://app.example] } }]\n"
        let file = Places.scratch("fails.yaml")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let said = try letterhead("explain", "-c", file, "--url", "/x", "--live", "--format", "json")
        let told = try #require(try JSONSerialization.jsonObject(with: Data(said.text.utf8)) as? [String: Any])
        let exchange = try #require((told["exchanges"] as? [[String: Any]])?.first)
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\n" + text)
        _ = try curl(proxy.url + "/x", .http1)
        let line = try proxy.accessLog(["path": "/x"])
        #expect(exchange["reason"] as? String == reason && line["reason"] == reason, "\(said) \(line)")
        #expect((exchange["status"] as? Int).map(String.init) == line["status"])
        let words = try letterhead("explain", "-c", file, "--url", "/x", "--live").text
        #expect(words.contains("(\(reason))"), "\(words)")
        // The page has a head, if one came, and fails to read the body.
        let page = try letterhead(
            "explain", "-c", file, "--url", "/x", "--origin", "https://app.example", "--live", "--format", "json")
        let isBroken = line["status"] == "200"
        #expect(page.status == (isBroken ? 1 : 0) && page.text.contains(#""kind": "body_broken""#) == isBroken, "\(page.text)")
    }

    /// The app is asked by the host that the client names, as the proxy asks it.
    @Test func explainLiveAsksByHost() throws {
        let origin = try RawOrigin { request in
            "HTTP/1.1 200 OK\r\nX-Asked: \(request.fields["Host"] ?? "")\r\nContent-Length: 0\r\n\r\n"
        }
        defer { origin.stop() }
        let file = Places.scratch("host.yaml")
        let app = "upstreams: { app: http://127.0.0.1:\(origin.port) }\n"
        try app.write(toFile: file, atomically: true, encoding: .utf8)
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\n" + app)
        for host in ["q", "q.example:81"] {
            let said = try letterhead("explain", "-c", file, "--url", "/", "-H", "Host: \(host)", "--live")
            #expect(said.text.contains("X-Asked: \(host)  app"), "\(said.text)")
            #expect(try curl(proxy.url, .http1, ["-H", "Host: \(host)"]).response?.fields["X-Asked"] == host)
        }
    }

    /// What the app says is bounded, steers no terminal, and keeps its secrets.
    @Test(arguments: ["text", "json"]) func explainLiveIsCareful(_ format: String) throws {
        let origin = try RawOrigin { _ in
            "HTTP/1.1 200 OK\r\nX-Evil: \u{9B}31m\u{202E}gnp\u{200B}\r\nSet-Cookie: sid=s3cret-cookie; Path=/\r\nX-Copy: s3cret-cookie\r\n"
                + "Location: /cb#access_token=s3cret-token\r\nX-Long: \(String(repeating: "x", count: 3_000))\r\n\r\n"
                + String(repeating: "b", count: 4 << 20)
        }
        defer { origin.stop() }
        let file = Places.scratch("careful.yaml")
        try
            "upstreams: { app: http://127.0.0.1:\(origin.port) }\nrequest_headers: [{ set: { X-Key: \"key-of-the-app\", X-Api-Key: \"key-of-the-app\" } }]\n"
            .write(toFile: file, atomically: true, encoding: .utf8)
        let said = try letterhead(
            "explain", "-c", file, "--url", "/?code=s3cret-code", "-H", "Authorization: Bearer s3cret-token", "--live",
            "--format", format)
        #expect(said.status == 0, "\(said.errors)")
        for secret in ["s3cret", "key-of-the-app"] { #expect(!said.text.contains(secret), "\(said.text)") }
        #expect(said.text.contains("sid=[redacted]; Path=/") && said.text.contains("/cb#access_token=[redacted]"))
        #expect(said.text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.breaksText })
    }
}
