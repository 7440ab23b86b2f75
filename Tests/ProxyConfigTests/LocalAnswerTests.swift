import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import Testing

/// What the proxy answers by itself: whether a cache may keep it, what it depends on, and what a 405 allows.
@Suite struct LocalAnswerTests {
    static let routes = """
        routes:
          - { path: /get, method: [GET, HEAD], upstream: app }
          - { path: /put, method: PUT, upstream: app }
          - { path: /put, method: [PROPFIND, TRACE], upstream: app }
          - { path: /refused, method: POST, upstream: app }
          - { path: /refused, respond: { status: 405 } }
          - { path: /never, respond: { status: 405 } }
          - { path: /gone, respond: { status: 410 } }
          - { path: /fine, respond: { status: 200, body: x } }
          - { path: /report, reports: {} }
          - { path: /to-user, redirect: { to: "/users/{request.cookie.user}/{request.header.X-Kind}", status: 302 } }
          - { path: /to-scheme, redirect: { to: "{scheme}://other.example/" } }
          - { path: /to, redirect: { to: "/new?{query}" } }
          - { path: /caught/only, method: GET, upstream: app }
          - { path: /caught/**, upstream: app }
          - { host: other.example, path: /elsewhere, method: DELETE, upstream: app }
          - { path: /app/**, upstream: app }
        """

    static func exchange(
        _ request: SimulatedRequest, _ more: String = "", app: SimulatedAnswer? = nil
    ) throws -> SimulatedExchange {
        let loader = ConfigurationLoader(environment: [:]) { _ in [] }
        let text = "upstreams: { app: http://127.0.0.1:1 }\n\(more)\n\(routes)\n"
        let configuration = try CompiledConfiguration(loader.load(text: text, file: "x.yaml"))
        let exchange = try SimulatedExchange(request, on: configuration, unixSeconds: 784_111_777)
        if let app { exchange.receive(app) }
        return exchange
    }

    static func ask(
        _ method: String, _ target: String, _ version: HTTPVersion = .http11, _ fields: [(String, String)] = [],
        host: String = "site.example"
    ) -> SimulatedRequest {
        var request = SimulatedRequest(method: method, authority: host, target: target)
        request.version = version
        request.fields = fields.map { FieldText($0.0, $0.1) }
        return request
    }

    static func value(_ name: String, _ response: ResponseHead) -> String? {
        let values = response.fields.pairs.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: " | ")
    }

    /// Method, path, status, `Allow`.
    @Test(
        arguments: [
            ("POST", "/get", 405, "GET, HEAD"), ("OPTIONS", "/get", 405, "GET, HEAD"), ("PURGE", "/get", 405, "GET, HEAD"),
            ("GET", "/put", 405, "PUT, PROPFIND, TRACE"), ("GET", "/refused", 405, "POST"), ("GET", "/never", 405, ""),
            ("GET", "/report", 405, "POST"), ("GET", "/nothing", 404, nil), ("POST", "/caught/only", 200, nil),
            ("GET", "/elsewhere", 404, nil), ("DELETE", "/elsewhere", 404, nil), ("GET", "/gone", 410, nil),
        ] as [(method: String, path: String, status: UInt16, allow: String?)], [HTTPVersion.http11, .http2])
    func allowed(_ row: (method: String, path: String, status: UInt16, allow: String?), _ version: HTTPVersion) throws {
        let answer = SimulatedAnswer.response(status: 200, fields: [])
        let exchange = try Self.exchange(Self.ask(row.method, row.path, version), app: answer)
        #expect(exchange.response.status.rawValue == row.status)
        #expect(Self.value("Allow", exchange.response) == row.allow)
    }

    /// The peer of a Unix socket has no address, in a simulation as in the running proxy.
    @Test(arguments: [
        ("[]", "http", "http"), ("unix", "https 9.9.9.9", "https"), ("private", "https 9.9.9.9", "https"),
        ("[127.0.0.1, \"::/0\", 0.0.0.0/0]", "http", "http"),
    ])
    func unixListener(_ trusted: String, _ seen: String, _ told: String) throws {
        let fields = [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "9.9.9.9")]
        let exchange = try Self.exchange(
            Self.ask("GET", "/app/x", .http11, fields),
            """
            listen: unix:/nowhere
            trusted_proxies: \(trusted)
            response_headers: [{ set: { X-Seen: "{scheme} {client.ip}" } }]
            """, app: .response(status: 200, fields: []))
        #expect(Self.value("X-Seen", exchange.response) == seen)
        #expect(exchange.forwarded.pairs.first { $0.name == "X-Forwarded-Proto" }?.value == told)
    }

    /// Browsers ask before they send a report from a page of another origin; what they send is not read by the page.
    @Test func reportsOfOtherOrigins() throws {
        let asked = [
            ("Origin", "https://page.example"), ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type"),
        ]
        let exchange = try Self.exchange(Self.ask("OPTIONS", "/report", .http11, asked))
        #expect(exchange.response.status == 204)
        #expect(Self.value("Access-Control-Allow-Origin", exchange.response) == "*")
        #expect(Self.value("Access-Control-Allow-Headers", exchange.response) == "Content-Type")
        // A policy of the file's own has the last word.
        let refused = try Self.exchange(
            Self.ask("OPTIONS", "/report", .http11, asked),
            "response_headers: [{ cors: { allow_origins: [https://app.example] } }]")
        #expect(Self.value("Access-Control-Allow-Origin", refused.response) == nil)
    }

    @Test func hostsCount() throws {
        let exchange = try Self.exchange(Self.ask("GET", "/elsewhere", host: "other.example"))
        #expect(exchange.response.status == 405 && Self.value("Allow", exchange.response) == "DELETE")
    }

    /// No cache keeps an error, whoever asks for it and however; what the form depends on is named.
    @Test(
        arguments: [
            ("GET", "/nothing", "Accept"), ("HEAD", "/nothing", "Accept"), ("POST", "/get", "Accept"),
            ("GET", "/app/x", "Accept"),
            ("POST", "/app/x", "Accept"), ("GET", "/report", "Accept"), ("GET", "/gone", nil), ("GET", "/never", nil),
        ] as [(method: String, path: String, vary: String?)], [HTTPVersion.http10, .http11, .http2])
    func errorsAreNotKept(_ row: (method: String, path: String, vary: String?), _ version: HTTPVersion) throws {
        for type in [nil, "application/grpc", "application/json"] { try expectNotKept(row, version, type) }
    }

    private func expectNotKept(
        _ row: (method: String, path: String, vary: String?), _ version: HTTPVersion, _ type: String?
    ) throws {
        let fields = type.map { [("Content-Type", $0), ("TE", "trailers")] } ?? []
        let exchange = try Self.exchange(Self.ask(row.method, row.path, version, fields), app: .fault(.connectFailed))
        let isGRPC = row.method == "POST" && version == .http2 && type == "application/grpc"
        let mayBeGRPC = row.method == "POST" && version == .http2
        #expect((exchange.response.status == 200) == isGRPC, "\(exchange.response.status)")
        #expect((Self.value("grpc-status", exchange.response) != nil) == isGRPC)
        #expect(Self.value("Cache-Control", exchange.response) == "no-store")
        #expect(Self.value("Vary", exchange.response) == (mayBeGRPC && row.vary != nil ? "Accept, Content-Type" : row.vary))
        #expect(Self.value("Date", exchange.response) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    /// A rule has the last word on whether it is kept, and none on what it depends on.
    @Test func rulesHaveTheLastWord() throws {
        let rules = "response_headers: [{ set: { Cache-Control: max-age=60 }, when: { status: 404 } }, { set: { Vary: DPR } }]"
        let exchange = try Self.exchange(Self.ask("GET", "/nothing"), rules)
        #expect(Self.value("Cache-Control", exchange.response) == "max-age=60")
        #expect(Self.value("Vary", exchange.response) == "DPR, Accept")
    }

    /// What a redirect's place depends on; what the app answers depends on no more than its rules.
    @Test(
        arguments: [
            ("/to-user", "", "Cookie, X-Kind"), ("/to", "", nil), ("/to-scheme", "", nil), ("/fine", "", nil),
            ("/app/x", "", nil),
            ("/to-scheme", "trusted_proxies: [10.0.0.0/8]", "X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Forwarded"),
            (
                "/app/x", "listen: { bind: \"127.0.0.1:0\", redirect_to_https: true }\ntrusted_proxies: [10.0.0.0/8]",
                "X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Forwarded"
            ),
            ("/app/x", "listen: { bind: \"127.0.0.1:0\", redirect_to_https: true }", nil),
            ("/app/x", "debug: { secret: 0123456789abcdef }", nil),
            ("/app/x", "debug: { allow_from: [127.0.0.0/8] }", nil),
        ] as [(path: String, more: String, vary: String?)])
    func dependence(_ row: (path: String, more: String, vary: String?)) throws {
        for scheme in [Scheme.http, .https] {
            var request = Self.ask("GET", row.path)
            request.scheme = scheme
            let exchange = try Self.exchange(request, row.more, app: .response(status: 200, fields: []))
            #expect(Self.value("Vary", exchange.response) == row.vary, "\(row) \(exchange.response.status)")
        }
    }

    /// `Date` is there once, and the app's own is kept.
    @Test(
        arguments: [
            ([], "Sun, 06 Nov 1994 08:49:37 GMT"), ([("date", "Thu, 01 Jan 1970 00:00:00 GMT")], "Thu, 01 Jan 1970 00:00:00 GMT"),
            ([("Date", "first"), ("X-A", "1"), ("DATE", "second")], "first"),
        ] as [([(String, String)], String)])
    func date(_ app: [(String, String)], _ expected: String) throws {
        let answer = SimulatedAnswer.response(status: 200, fields: app.map { FieldText($0.0, $0.1) })
        #expect(Self.value("Date", try Self.exchange(Self.ask("GET", "/app/x"), app: answer).response) == expected)
        let removed = try Self.exchange(Self.ask("GET", "/app/x"), "response_headers: [{ remove: Date }]", app: answer)
        #expect(Self.value("Date", removed.response) == nil)
    }
}
