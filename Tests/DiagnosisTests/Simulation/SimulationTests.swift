import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import Testing

/// A made-up exchange ends as a real one: what the parsers refuse, and what the listener cannot see.
@Suite struct SimulationTests {
    private static let policy = """
        upstreams: { app: http://127.0.0.1:2, two: h2c://127.0.0.1:2 }
        response_headers: [{ set: { X-Policy: "{scheme}" } }]
        routes: [{ path: /two, upstream: two }, { upstream: app }]

        """

    private static func exchange(
        _ request: SimulatedRequest, _ more: String = "", answer: SimulatedAnswer? = nil
    ) throws -> SimulatedExchange {
        let loader = ConfigurationLoader(environment: [:]) { _ in [] }
        let configuration = try CompiledConfiguration(loader.load(text: more + policy, file: "x.yaml"))
        let exchange = try SimulatedExchange(request, on: configuration, unixSeconds: 0)
        if let answer { exchange.receive(answer) }
        return exchange
    }

    /// Reason, status, version, method, lines.
    @Test(
        arguments: [
            ("unknown_coding", 501, .http11, "POST", ["Transfer-Encoding: gzip"]),
            ("duplicate_coding", 400, .http11, "POST", ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"]),
            ("coding_in_http_1_0", 400, .http10, "POST", ["Transfer-Encoding: chunked"]),
            ("length_and_coding", 400, .http11, "POST", ["Transfer-Encoding: chunked", "Content-Length: 1"]),
            ("duplicate_length", 400, .http11, "POST", ["Content-Length: 1", "Content-Length: 2"]),
            ("invalid_length", 400, .http11, "POST", ["Content-Length: +1"]),
            ("duplicate_host", 400, .http11, "GET", ["Host: a", "Host: a"]), ("invalid_host", 400, .http11, "GET", ["Host: a b"]),
            ("invalid_host", 400, .http11, "GET", ["Host: "]),
            ("method_too_long", 501, .http11, String(repeating: "M", count: 33), []),
            ("invalid_target", 400, .http11, "CONNECT", []), ("unexpected_body", 400, .http11, "TRACE", ["Content-Length: 1"]),
            ("unknown_expectation", 417, .http11, "GET", ["Expect: magic"]), ("invalid_name", 400, .http11, "GET", ["X(: 1"]),
            ("blank_in_name", 400, .http11, "GET", ["X : 1"]), ("empty_name", 400, .http11, "GET", [": 1"]),
            ("control_byte", 400, .http11, "GET", ["X: \u{1}"]), ("header_too_large", 431, .http11, "GET", ["\(long): 1"]),
            ("connection_specific_field", 400, .http2, "GET", ["Connection: close"]),
            ("connection_specific_field", 400, .http2, "POST", ["Transfer-Encoding: chunked"]),
            ("bad_te", 400, .http2, "GET", ["TE: gzip"]),
            ("bad_content_length", 400, .http2, "POST", ["Content-Length: 1", "Content-Length: 1"]),
            ("authority_mismatch", 400, .http2, "GET", ["Host: a", "Host: b"]), ("bad_field_name", 400, .http2, "GET", ["X(: 1"]),
            ("bad_field_value", 400, .http2, "GET", ["X: \u{1}"]), ("bad_authority", 400, .http2, "GET", ["Host: a b"]),
            ("bad_connect", 400, .http2, "CONNECT", []), ("unknown_expectation", 417, .http2, "GET", ["Expect: magic"]),
        ] as [(String, Int, HTTPVersion, String, [String])])
    func unreadable(_ reason: String, _ status: Int, _ version: HTTPVersion, _ method: String, _ lines: [String]) throws {
        var request = SimulatedRequest(method: method, authority: "site.example", target: "/")
        request.version = version
        request.fields = lines.map { line in
            let colon = line.dropFirst().firstIndex(of: ":") ?? line.startIndex
            return FieldText(String(line[..<colon]), String(line[colon...].dropFirst(2)))
        }
        let exchange = try Self.exchange(request)
        #expect(exchange.isAnswered && exchange.upstream == nil)
        #expect(exchange.facts.reason?.rawValue == reason)
        #expect(Int(exchange.response.status.rawValue) == status)
        #expect(exchange.response.fields.texts.combined("X-Policy") == "http" && exchange.cause != nil)
    }

    private static let long = String(repeating: "n", count: 70_000)

    /// What an app of HTTP/2 and one of HTTP/1 may not send.
    @Test(
        arguments: [
            ("/two", ["Connection: close"], "connection_specific_field"), ("/two", ["Content-Length: x"], "bad_content_length"),
            ("/two", ["X(: 1"], "bad_field_name"), ("/two", ["X-A: 1"], nil),
            ("/two", ["X-Long: \(tooLong)"], "header_too_large"),
            ("/two", ["X-Long: \(tooLong)x"], "compression_error"),
            ("/", ["Connection: close"], nil), ("/", ["X(: 1"], "invalid_name"),
            ("/", ["Content-Length: 1", "Transfer-Encoding: chunked"], "length_and_coding"),
            ("/", ["Transfer-Encoding: gzip"], "unknown_coding"), ("/", ["X: \u{1}"], "control_byte"),
        ] as [(String, [String], String?)])
    func unreadableAnswer(_ target: String, _ lines: [String], _ fault: String?) throws {
        let fields = lines.map { line in
            let parts = line.split(separator: ": ").map(String.init)
            return FieldText(parts[0], parts[1])
        }
        let exchange = try Self.exchange(
            SimulatedRequest(authority: "site.example", target: target), answer: .response(status: 200, fields: fields))
        #expect(exchange.response.status == (fault == nil ? 200 : 502))
        #expect(fault.map { exchange.cause?.contains("(\($0))") == true } ?? (exchange.cause == nil), "\(exchange.cause ?? "")")
        #expect(exchange.response.fields.texts.combined("X-Policy") == "http")
    }

    private static let tooLong = String(repeating: "x", count: 65_536)

    /// `Trailer` goes where trailers go: the app, the client's version, the app's lines.
    @Test(
        arguments: [
            ("/", .http11, ["Transfer-Encoding: chunked"], true), ("/", .http2, ["Transfer-Encoding: chunked"], true),
            ("/", .http10, ["Transfer-Encoding: chunked"], false), ("/", .http11, ["Content-Length: 1"], false),
            ("/", .http11, [], false),
            ("/two", .http11, [], true), ("/two", .http10, [], false), ("/two", .http11, ["Content-Length: 1"], false),
            ("/two", .http2, ["Content-Length: 1"], true),
        ] as [(String, HTTPVersion, [String], Bool)])
    func trailers(_ target: String, _ version: HTTPVersion, _ lines: [String], _ passes: Bool) throws {
        var request = SimulatedRequest(authority: "site.example", target: target)
        request.version = version
        let fields = (lines + ["Trailer: X-Sum"]).map { line in
            let parts = line.split(separator: ": ").map(String.init)
            return FieldText(parts[0], parts[1])
        }
        let exchange = try Self.exchange(request, answer: .response(status: 200, fields: fields))
        #expect(exchange.response.status == 200 && (exchange.response.fields.texts.combined("Trailer") != nil) == passes)
    }

    /// And so on the way to the app: the client's version, its lines.
    @Test(
        arguments: [
            ("/", .http11, ["Transfer-Encoding: chunked"], true), ("/", .http11, ["Content-Length: 1"], false),
            ("/", .http11, [], false),
            ("/two", .http11, ["Transfer-Encoding: chunked"], true), ("/two", .http2, ["Content-Length: 1"], true),
            ("/", .http2, ["Content-Length: 1"], false), ("/two", .http2, [], false),
        ] as [(String, HTTPVersion, [String], Bool)])
    func requestTrailers(_ target: String, _ version: HTTPVersion, _ lines: [String], _ passes: Bool) throws {
        var request = SimulatedRequest(method: "POST", authority: "site.example", target: target)
        request.version = version
        request.fields = (lines + ["Trailer: X-Sum"]).map { line in
            let parts = line.split(separator: ": ").map(String.init)
            return FieldText(parts[0], parts[1])
        }
        let exchange = try Self.exchange(request)
        #expect(exchange.upstream != nil && (exchange.forwarded.texts.combined("Trailer") != nil) == passes)
    }

    /// Listener, URL, version, status, what the rules see.
    @Test(
        arguments: [
            ("listen: 127.0.0.1:1\n", "https://a/", .http11, 200, "http"),
            ("listen: 127.0.0.1:1\n", "http://a/", .http11, 200, "http"),
            ("listen: 127.0.0.1:1\ntrusted_proxies: [127.0.0.1]\n", "https://a/", .http11, 200, "https"),
            ("listen: 127.0.0.1:1\ntrusted_proxies: [127.0.0.1]\n", "http://a/", .http2, 200, "http"),
            (tls, "https://a/", .http11, 200, "https"),
            (tls, "https://a/", .http2, 200, "https"), (tls, "http://a/", .http11, 400, "http"),
            (tls, "http://a/", .http2, 400, "http"),
            ("listen: { bind: \"127.0.0.1:1\", redirect_to_https: true }\n", "https://a/", .http11, 308, "http"),
        ] as [(String, String, HTTPVersion, Int, String)])
    func schemes(_ listener: String, _ url: String, _ version: HTTPVersion, _ status: Int, _ scheme: String) throws {
        var request = try #require(SimulatedRequest(url: url))
        request.version = version
        let exchange = try Self.exchange(request, listener, answer: .response(status: 200, fields: []))
        #expect(Int(exchange.response.status.rawValue) == status)
        #expect(exchange.response.fields.texts.combined("X-Policy") == scheme)
        #expect((exchange.schemeNote != nil) == (url.hasPrefix("https") && scheme == "http"))
        if status == 400, version == .http11 { #expect(exchange.facts.reason?.rawValue == "plain_http") }
    }

    private static let tls =
        "listen: { bind: \"127.0.0.1:1\", tls: { certificates: [{ certificate: /a.pem, key: /a.pem }] } }\n"

    /// The connection is for the URL's host; HTTP/2 says the other one as `:authority`.
    @Test func misdirected() throws {
        var request = try #require(SimulatedRequest(url: "https://a.example/"))
        request.fields = [FieldText("Host", "b.example")]
        #expect(try Self.exchange(request, Self.tls, answer: .response(status: 200, fields: [])).response.status == 200)
        request.version = .http2
        #expect(try Self.exchange(request, Self.tls).response.status == 421)
    }

    /// `Host` is `:authority` over HTTP/2, and counts once.
    @Test(arguments: [false, true]) func hostCountsOnce(_ isTooMuch: Bool) throws {
        var request = SimulatedRequest(authority: String(repeating: "s", count: 200), target: "/")
        request.version = .http2
        let host = "h.example"
        let pseudo = [(":method", "GET"), (":scheme", "http"), (":authority", host)].map { $0.0.utf8.count + $0.1.utf8.count + 4 }
        let left = 2_000 - pseudo.reduce(0, +) - ":path".utf8.count - 4 - "x".utf8.count - 4
        request.fields = [
            FieldText("Host", host), FieldText("X", String(repeating: "v", count: left + (isTooMuch ? 1 : 0))),
        ]
        let exchange = try Self.exchange(
            request, "limits: { request_headers: 2000 }\n", answer: .response(status: 200, fields: []))
        #expect(exchange.response.status == (isTooMuch ? 431 : 200))
    }

    /// An app that speaks HTTP/1 is offered what the client offers, but for `h2c`.
    @Test(arguments: [("/", "h2c, echo", "echo"), ("/two", "echo", nil), ("/", "h2c", nil)])
    func upgrades(_ target: String, _ offers: String, _ forwarded: String?) throws {
        var request = SimulatedRequest(authority: "site.example", target: target)
        request.fields = [FieldText("Connection", "upgrade"), FieldText("Upgrade", offers)]
        #expect(try Self.exchange(request).forwarded.texts.combined("Upgrade") == forwarded)
    }

    /// What is offered is seen by routes, conditions and placeholders, and forwarded once.
    @Test(arguments: [("Upgrade", "websocket", 403), ("Upgrade", "h2c", 200), ("X-Other", "websocket", 200)])
    func upgradesAreSeen(_ name: String, _ offer: String, _ status: Int) throws {
        let text = """
            upstreams: { app: http://127.0.0.1:2 }
            request_headers: [{ set: { X-Offer: "{request.header.Upgrade}" }, when: { request_header: { Upgrade: websocket } } }]
            routes: [{ path: /ws/**, when: { request_header: { Upgrade: present } }, respond: 403 }, { upstream: app }]

            """
        let loader = ConfigurationLoader(environment: [:]) { _ in [] }
        let configuration = try CompiledConfiguration(loader.load(text: text, file: "x.yaml"))
        for target in ["/ws/chat", "/other"] {
            var request = SimulatedRequest(authority: "site.example", target: target)
            request.fields = [FieldText("Connection", "upgrade"), FieldText(name, offer)]
            let exchange = try SimulatedExchange(request, on: configuration, unixSeconds: 0)
            if exchange.upstream != nil { exchange.receive(.response(status: 200, fields: [])) }
            #expect(Int(exchange.response.status.rawValue) == (target == "/other" ? 200 : status))
            let isOffered = target == "/other" && status == 403
            #expect(exchange.forwarded.texts.combined("X-Offer") == (isOffered ? offer : nil))
            #expect(exchange.forwarded.texts.count { $0.name == "Upgrade" } == (isOffered ? 1 : 0))
        }
    }

    /// Whether a `cors` rule that asks for fields of the answer holds is known too late for a preflight.
    @Test(
        arguments: [
            ("{ response_header: { X-A: absent } }", true), ("{ response_header: X-A }", true),
            ("{ not: { content_type: text/html } }", true), ("{ status: 2xx }", false), ("{ path: /** }", false),
        ])
    func preflightsOfConditions(_ condition: String, _ isForwarded: Bool) throws {
        let text = """
            upstreams: { app: http://127.0.0.1:2 }
            response_headers: [{ set: { X-A: a } }, { cors: { allow_origins: ["https://a.example"] }, when: \(condition) }]

            """
        let loader = ConfigurationLoader(environment: [:]) { _ in [] }
        let configuration = try CompiledConfiguration(loader.load(text: text, file: "x.yaml"))
        var request = SimulatedRequest(method: "OPTIONS", authority: "site.example", target: "/")
        request.fields = [FieldText("Origin", "https://a.example"), FieldText("Access-Control-Request-Method", "PUT")]
        let exchange = try SimulatedExchange(request, on: configuration, unixSeconds: 0)
        #expect((exchange.upstream != nil) == isForwarded)
    }

    /// Two lines in one cannot be sent as a field.
    @Test func twoLines() {
        var request = SimulatedRequest(authority: "site.example", target: "/")
        request.fields = [FieldText("X", "1\r\nY: 2")]
        #expect(throws: SimulationError.self) { try Self.exchange(request) }
    }
}
