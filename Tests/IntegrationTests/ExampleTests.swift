import Foundation
import TestSupport
import Testing

/// Every file of `config/examples`, run as it is, its variables set to the addresses of real apps; and what it is there to show.
@Suite struct ExampleTests {
    static let folder = "\(Places.repository)/config/examples"
    /// `realistic.yaml` has a suite of its own.
    static let exercised = [
        "behind-load-balancer", "csp-report-only", "flask-gunicorn", "flask-unix-socket", "grpc", "realistic",
        "several-hosts-tls", "several-servers",
        "spa-and-api", "strict-security", "websocket",
    ]

    @Test func everyExampleIsExercised() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".yaml") }
        #expect(files.filter { !$0.hasSuffix(".test.yaml") }.map { $0.replacing(".yaml", with: "") }.sorted() == Self.exercised)
        for file in files {
            let text = try String(contentsOfFile: "\(Self.folder)/\(file)", encoding: .utf8)
            #expect(text.hasPrefix("# yaml-language-server: $schema=../"), "\(file)")
        }
    }

    /// A running example; `check` has nothing to say about it.
    static func start(_ name: String, listeners: Int = 1, _ environment: [String: String]) throws -> ProxyProcess {
        let file = "\(folder)/\(name).yaml"
        let all = ["LISTEN": "127.0.0.1:0", "ADMIN": "127.0.0.1:0"].merging(environment) { $1 }
        let checked = try run(Places.letterhead, ["check", "--config", file], environment: all)
        #expect(checked.status == 0 && checked.errors.isEmpty, "\(checked.errors)")
        return try ProxyProcess(file: file, listeners: listeners, environment: all)
    }

    /// An app that answers every request alike, whatever is asked.
    static func app(_ fields: String = "", type: String = "text/html") throws -> RawOrigin {
        try RawOrigin { request in
            let head = "HTTP/1.1 200 OK\r\nServer: app\r\nX-Powered-By: app\r\nContent-Type: \(type)\r\n\(fields)"
            let body = "\(request.target)\n\(request.fields)"
            return "\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
    }

    @Test func flaskGunicorn() throws {
        let proxy = try Self.start("flask-gunicorn", ["APP": try Shared.app.get().address])
        let boom = try proxy.fetch("/boom", .http2, ["-H", "Origin: https://app.example"])
        #expect(boom.status == 500 && boom.fields["access-control-allow-origin"] == "https://app.example")
        #expect(boom.fields["cache-control"] == "no-store" && boom.fields.all("server").isEmpty)
        let cookies = try proxy.fetch("/cookie")
        #expect(cookies.fields.all("Set-Cookie").allSatisfy { $0.contains("Secure") && $0.contains("SameSite=Lax") })
        let seen = try proxy.fetch("/echo")
        let id = try #require(seen.fields["X-Request-ID"])
        #expect(seen.text.contains(id), "the app has the same id")
        #expect(try fetch(proxy.adminURL + "/readyz").status == 200)
    }

    @Test func flaskUnixSocket() throws {
        let socket = Places.scratch("gunicorn.sock")
        let app = try FlaskApp.gunicorn(socket: socket)
        let proxy = try Self.start("flask-unix-socket", ["APP": "unix:\(socket)"])
        let seen = try proxy.fetch("/shop/echo?a=1")
        #expect(seen.text.contains("\"/echo\"") && seen.text.contains("\"X-Forwarded-Prefix\", \"/shop\""), "\(seen.text)")
        #expect(seen.text.contains("\"Host\", \"app.internal\""))
        #expect(seen.fields["X-Frame-Options"] == "deny")
        #expect(try proxy.fetch("/").fields["Location"]?.hasSuffix("/shop/") == true)
        #expect(try proxy.fetch("/robots.txt").text == "User-agent: *\nDisallow: /shop/admin\n")
        #expect(try proxy.fetch("/other").status == 404)
        withExtendedLifetime(app) {}
    }

    @Test func singlePageAppAndAPI() throws {
        let (pages, api) = (try Self.app(), try Self.app(type: "application/json"))
        let proxy = try Self.start(
            "spa-and-api", ["PAGES": "http://127.0.0.1:\(pages.port)", "API": "http://127.0.0.1:\(api.port)"])
        for origin in ["https://app.example", "https://pr-7.app.example", "http://localhost:5173"] {
            let called = try proxy.fetch("/api/orders", .http1, ["-H", "Origin: \(origin)"])
            #expect(called.fields["Access-Control-Allow-Origin"] == origin && called.fields["Cache-Control"] == "no-store")
        }
        let preflight = try proxy.fetch(
            "/api/orders", .http1,
            ["-X", "OPTIONS", "-H", "Origin: https://app.example", "-H", "Access-Control-Request-Method: PATCH"])
        #expect(preflight.status == 204 && preflight.fields["Access-Control-Max-Age"] == "3600")
        let foreign = try proxy.fetch("/api/orders", .http1, ["-H", "Origin: https://evil.example"])
        #expect(foreign.fields.all("Access-Control-Allow-Origin").isEmpty && foreign.fields["Vary"] == "Origin")
        #expect(try proxy.fetch("/assets/app.1.js").fields["Cache-Control"] == "public, max-age=31536000, immutable")
        let page = try proxy.fetch("/")
        #expect(page.fields["Link"] == "</assets/app.css>; rel=preload; as=style" && page.fields["Cache-Control"] == "no-cache")
        #expect(page.fields["Content-Security-Policy"]?.contains("connect-src 'self' https://api.app.example") == true)
        #expect(page.fields.all("Access-Control-Allow-Origin").isEmpty && page.fields.all("Server").isEmpty)
    }

    @Test func strictSecurity() throws {
        let app = try Self.app("Set-Cookie: __Host-id=1\r\n")
        let proxy = try Self.start("strict-security", ["APP": "http://127.0.0.1:\(app.port)"])
        let page = try proxy.fetch("/")
        let policy = try #require(page.fields["Content-Security-Policy"])
        let nonce = try #require(policy.firstMatch(of: #/'nonce-([^']+)'/#)?.1)
        #expect(page.text.contains("X-CSP-Nonce: \(nonce)"), "the app has the same one")
        #expect(try proxy.fetch("/").fields["Content-Security-Policy"] != policy, "and each response another")
        #expect(
            page.fields["Set-Cookie"] == "__Host-id=1; Secure; HttpOnly; SameSite=Strict; Path=/"
                || page.fields["Set-Cookie"]?.contains("Path=/") == true)
        #expect(page.fields["X-Frame-Options"] == "DENY" && page.fields["Cross-Origin-Embedder-Policy"] == "require-corp")
        #expect(page.fields["Cache-Control"] == "no-store" && page.fields.all("X-Powered-By").isEmpty)
        #expect(try proxy.fetch("/static/a.css").fields.all("Cache-Control").isEmpty)
    }

    @Test func reportOnlyRollOut() throws {
        let app = try Self.app()
        let proxy = try Self.start("csp-report-only", ["APP": "http://127.0.0.1:\(app.port)", "SAMPLE": "100%"])
        let page = try proxy.fetch("/")
        #expect(page.fields["Content-Security-Policy"] == "base-uri 'self'; frame-ancestors 'self'")
        #expect(page.fields["Content-Security-Policy-Report-Only"]?.hasPrefix("default-src 'self'") == true)
        let report =
            #"{"csp-report":{"document-uri":"https://app.example/","violated-directive":"script-src","blocked-uri":"inline"}}"#
        let taken = try proxy.fetch("/csp-reports", .http1, ["-H", "Content-Type: application/csp-report", "-d", report])
        #expect(taken.status == 204, "\(taken)")
        let none = try Self.start("csp-report-only", ["APP": "http://127.0.0.1:\(app.port)", "SAMPLE": "0%"])
        #expect(try none.fetch("/").fields.all("Content-Security-Policy-Report-Only").isEmpty)
    }

    @Test func webSocket() throws {
        let server = try ChildProcess(Places.python("python"), [Places.integration("clients/websocket_server.py")])
        defer { server.stop() }
        let proxy = try Self.start("websocket", ["APP": "http://127.0.0.1:\(try server.line(.output) { Int($0) })"])
        let client = try run(
            Places.python("python"),
            [Places.integration("clients/websocket_client.py"), "ws://127.0.0.1:\(proxy.port)/chat/1", "https://app.example"])
        #expect(client.status == 0 && client.text.contains("echoed 40 messages"), "\(client)")
        #expect(client.text.lowercased().contains("x-content-type-options: nosniff"))
        let app = try Self.app()
        let plain = try Self.start("websocket", ["APP": "http://127.0.0.1:\(app.port)"])
        for (origin, hasCookie) in [("https://app.example", true), ("https://evil.example", false)] {
            let seen = try plain.fetch("/chat/1", .http1, ["-H", "Origin: \(origin)", "-H", "Cookie: session=1"])
            #expect(seen.text.contains("Cookie: session=1") == hasCookie)
        }
    }

    @Test func behindLoadBalancer() throws {
        let app = try Self.app()
        let proxy = try Self.start(
            "behind-load-balancer", listeners: 2,
            ["APP": "http://127.0.0.1:\(app.port)", "LISTEN_TCP": "127.0.0.1:0", "BALANCERS": "127.0.0.0/8"])
        let claims = [
            "-H", "X-Forwarded-For: 192.0.2.7", "-H", "X-Forwarded-Proto: https", "-H", "X-Request-ID: Root=1-abc:def_42",
        ]
        let seen = try proxy.fetch("/", .http1, claims)
        #expect(seen.text.contains("X-Real-IP: 192.0.2.7") && seen.fields["X-Request-ID"] == "Root=1-abc:def_42")
        #expect(seen.fields["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains")
        let connection = try Connection(port: proxy.ports[1])
        try connection.send("PROXY TCP4 192.0.2.9 192.0.2.1 4000 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try connection.takeResponse().text.contains("X-Real-IP: 192.0.2.9"))
        let stranger = try Self.start(
            "behind-load-balancer", listeners: 2, ["APP": "http://127.0.0.1:\(app.port)", "LISTEN_TCP": "127.0.0.1:0"])
        let lie = try stranger.fetch("/", .http1, claims)
        #expect(lie.text.contains("X-Real-IP: 127.0.0.1") && lie.fields.all("Strict-Transport-Security").isEmpty)
    }

    @Test func severalHostsWithTLS() throws {
        let authority = try CertificateAuthority()
        let (shop, blog) = (try authority.site("shop.example"), try authority.site("blog.example", "*.blog.example"))
        let apps = (shop: try Self.app(), blog: try Self.app())
        let proxy = try Self.start(
            "several-hosts-tls", listeners: 2,
            [
                "LISTEN_TLS": "127.0.0.1:0", "SHOP_CERTIFICATE": shop.path, "SHOP_KEY": shop.key, "BLOG_CERTIFICATE": blog.path,
                "BLOG_KEY": blog.key, "SHOP": "http://127.0.0.1:\(apps.shop.port)", "BLOG": "http://127.0.0.1:\(apps.blog.port)",
            ])
        func ask(_ host: String) throws -> RawResponse {
            let arguments = ["--cacert", authority.certificate.path, "--resolve", "\(host):\(proxy.ports[1]):127.0.0.1"]
            return try fetch("https://\(host):\(proxy.ports[1])/", .http1, arguments)
        }
        #expect(try ask("shop.example").fields["X-Frame-Options"] == "deny")
        for host in ["blog.example", "ada.blog.example"] {
            let page = try ask(host)
            #expect(page.fields["X-Frame-Options"] == "SAMEORIGIN")
            #expect(page.fields["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains")
        }
        let stranger = try fetch("https://127.0.0.1:\(proxy.ports[1])/", .http1, ["-k"])
        #expect(stranger.status == 421)
        let plain = try proxy.fetch("/x", .http1, ["-H", "Host: shop.example"])
        #expect(plain.status == 308 && plain.fields["Location"] == "https://shop.example/x")
    }

    @Test func gRPC() throws {
        let server = try ChildProcess(Places.python("python"), [Places.integration("clients/grpc_server.py")])
        defer { server.stop() }
        let proxy = try Self.start("grpc", ["ORDERS": "h2c://127.0.0.1:\(try server.line(.output) { Int($0) })"])
        let call = ["-H", "Content-Type: application/grpc", "-H", "TE: trailers", "--data-binary", "@/dev/null"]
        for path in ["/shop.Orders/List", "/nothing.Here/List"] {
            let answer = try proxy.fetch(path, .http2, call)
            let status = answer.fields["grpc-status"] ?? answer.trailers["grpc-status"]
            #expect(answer.status == 200 && status == "12", "\(answer) \(answer.trailers)")
            #expect(answer.fields["x-request-id"] != nil && answer.fields.all("server").isEmpty)
        }
        let dead = try Self.start("grpc", ["ORDERS": "h2c://127.0.0.1:\(try Shared.deadPort.get().port)"])
        #expect(try dead.fetch("/shop.Orders/List", .http2, call).fields["grpc-status"] == "14")
    }
}
