import TestSupport
import Testing

/// Promise 11: an app never sees under WSGI's one key what the proxy dropped, removed or set under another spelling.
@Suite struct AliasTests {
    /// Every spelling that WSGI folds into one key.
    static func aliases(_ name: String) -> [String] {
        let parts = name.split(separator: "-").map(String.init)
        return (0..<(1 << (parts.count - 1))).map { mask in
            parts.indices.dropFirst().reduce(parts[0]) { $0 + ((mask >> ($1 - 1)) & 1 == 1 ? "_" : "-") + parts[$1] }
        }
    }

    static let rules = """
        request_headers:
          - remove: [X-Secret-Key, "X-Internal-*"]
          - set: { X-Role-Name: guest }
          - rename: { X-Old-Name: X-New-Name }
        response_headers:
          - remove: [X-Powered-By, "X-Debug-*"]
          - set: { X-Frame-Options: DENY }
        """
    static let stand = Result {
        let doubled = (aliases("X-Powered-By") + aliases("X-Debug-Token")).map { "\($0): 1\r\n" }.joined()
        return try Stand(rules, answers: ["/doubled": "HTTP/1.1 200 OK\r\n\(doubled)X-Kept: 1\r\nContent-Length: 0\r\n\r\n"])
    }
    static let flask = Result {
        try ProxyProcess("listen: 127.0.0.1:0\nupstreams: { app: \(try Shared.app.get().address) }\n\(rules)\n")
    }

    static let names = [
        "X-Secret-Key", "X-Internal-User", "X-Role-Name", "X-Old-Name", "X-New-Name", "X-Forwarded-For", "X-Forwarded-Proto",
        "X-Forwarded-Host", "X-Request-ID", "Content-Type", "Transfer-Encoding", "Content-Length", "If-None-Match",
    ]

    /// All aliases at once, spelled low and high. The real one stands in the middle where the client may say it.
    @Test(arguments: names, HTTPVersion.allCases)
    func spellings(_ name: String, _ version: HTTPVersion) throws {
        let framing = ["Transfer-Encoding", "Content-Length"].contains(name)
        let spellings = Self.aliases(name).filter { !framing || $0.contains("_") }
        let fields = spellings.flatMap { [($0, "spoof"), ($0.uppercased(), "spoof"), ("_\($0)", "1"), ("\($0)_", "1")] }
            .filter { $0.0.contains("_") || !["x-role-name"].contains($0.0.lowercased()) }
        let ask = Ask(target: "/echo", fields: fields)
        let exchange = try Self.stand.get().ask(ask, version)
        let forwarded = try #require(exchange.forwarded, "\(exchange.response)")
        #expect(!forwarded.fields.names.contains { $0.contains("_") })
        let key = name.lowercased()
        let values = forwarded.fields.all(name)
        switch key {
        case "x-secret-key", "x-internal-user", "x-old-name", "transfer-encoding", "content-length": #expect(values.isEmpty)
        case "x-role-name": #expect(values == ["guest"])
        case "x-request-id": #expect(values.count == 1 && Policy.isRequestID(values.first))
        case "x-forwarded-for": #expect(values == ["127.0.0.1"])
        case "x-forwarded-proto": #expect(values == ["http"])
        case "x-forwarded-host": #expect(values == ["site.example"])
        default: #expect(values.allSatisfy { $0 == "spoof" } && values.count == 2, "the client's own: \(values)")
        }

        // What Flask makes of it: `request.headers` is made from WSGI's keys.
        guard key != "content-type", let response = try ask.send(port: try Self.flask.get().port, version) else { return }
        let seen = try Echo(response)
        if values.isEmpty { #expect(seen.fields.all(name).allSatisfy { !$0.contains("spoof") }, "\(seen.fields)") }
        if key == "x-role-name" { #expect(seen[name] == "guest") }
        if key.hasPrefix("x-forwarded") { #expect(seen[name]?.contains("spoof") == false) }
    }

    @Test(arguments: HTTPVersion.allCases)
    func ofTheApp(_ version: HTTPVersion) throws {
        let response = try Self.stand.get().ask(Ask(target: "/doubled"), version).response
        let left = response.fields.names.filter { $0.lowercased().hasPrefix("x") }.map { $0.lowercased() }
        #expect(left == ["x-kept", "x-frame-options"])
    }

    /// Trailers are fields, too: an app that merges them into the head must not believe them.
    @Test(
        arguments: [
            ("X_Forwarded_For", "6.6.6.6"), ("X-Forwarded-For", "6.6.6.6"), ("Authorization", "x"), ("X_Secret_Key", "1"),
            ("X-Role-Name", "admin"), ("X-Internal-User", "root"), ("X-New-Name", "1"), ("X-Request-ID", "mine"),
            ("True-Client-IP", "6.6.6.6"), ("X-Original-URL", "/admin"),
        ], HTTPVersion.allCases)
    func trailers(_ trailer: (name: String, value: String), _ version: HTTPVersion) throws {
        let origin = try RawOrigin { _ in "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" }
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\nupstreams: { app: http://127.0.0.1:\(origin.port) }\n\(Self.rules)\n")
        if version == .http1 {
            let client = try Connection(port: proxy.port)
            try client.send(
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\(trailer.name): \(trailer.value)\r\n\r\n"
            )
            _ = try client.takeResponse()
        } else {
            let pseudo = [(":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", "/")]
            _ = try HTTP2Relay.exchange(
                port: proxy.port, pseudo, body: "x", trailers: [(trailer.name.lowercased(), trailer.value)])
        }
        let seen = origin.requests.flatMap { $0.trailers.lines }
        #expect(seen.isEmpty, "\(seen)")
    }
}
