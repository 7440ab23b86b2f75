import TestSupport
import Testing

/// What the app learns of the client: what Werkzeug's `ProxyFix` reads, and nothing that the client made up.
@Suite struct ForwardingTests {
    static let app = Result { try FlaskApp.gunicorn("behind_proxy:app") }

    static let spoofed = [
        "-H", "X-Forwarded-For: 6.6.6.6", "-H", "X-Forwarded-Host: evil.example", "-H", "X-Forwarded-Proto: https",
        "-H", "X-Forwarded-Prefix: /evil", "-H", "X-Forwarded-Port: 1", "-H", "Forwarded: for=6.6.6.6",
    ]

    @Test(arguments: HTTPVersion.allCases)
    func strangersAreOverwritten(_ version: HTTPVersion) throws {
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: \(try Self.app.get().address) }

            """)
        let seen = try Echo(fetch(proxy.url + "/echo?a=b", version, Self.spoofed + ["-H", "Host: shop.example"]))
        #expect(seen.remoteAddress == "127.0.0.1")
        #expect(seen.url == "http://shop.example/echo?a=b")
        #expect(!seen.fields.description.contains("6.6.6.6") && !seen.fields.description.contains("evil"))
    }

    @Test(arguments: HTTPVersion.allCases)
    func trustedProxiesAreExtended(_ version: HTTPVersion) throws {
        let origin = try RawOrigin { _ in "HTTP/1.1 204 No Content\r\n\r\n" }
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            trusted_proxies: [127.0.0.0/8]
            upstreams: { app: \(try Self.app.get().address), raw: http://127.0.0.1:\(origin.port) }
            routes: [{ path: /raw, upstream: raw }, { upstream: app }]

            """)
        _ = try fetch(
            proxy.url + "/raw", version,
            ["-H", "X-Forwarded-For: 9.9.9.9", "-H", "X-Forwarded-Proto: https", "-H", "X-Forwarded-Host: shop.example"])
        let fields = try #require(origin.requests.first).fields
        #expect(fields["X-Forwarded-For"] == "9.9.9.9, 127.0.0.1")
        #expect(fields["X-Forwarded-Proto"]?.hasPrefix("https") == true)
    }

    /// HTTP/1.0 lets a client name no host, as simple health checks do, and many apps refuse an empty one.
    @Test(arguments: ["", ", host: shop.internal"])
    func namesAHost(_ host: String) throws {
        let origin = try RawOrigin { _ in "HTTP/1.1 204 No Content\r\n\r\n" }
        let proxy = try ProxyProcess(
            "listen: 127.0.0.1:0\nupstreams: { app: { servers: \"http://127.0.0.1:\(origin.port)\"\(host) } }\n")
        let client = try Connection(port: proxy.port)
        try client.send("GET / HTTP/1.0\r\n\r\n")
        #expect(try client.takeResponse().status == 204)
        #expect(origin.requests.first?.fields.all("Host") == [host.isEmpty ? "localhost" : "shop.internal"])
    }

    /// WSGI reads `X_Request_ID` and `X-Request-ID` as one key.
    @Test(arguments: HTTPVersion.allCases)
    func underscoresAreDropped(_ version: HTTPVersion) throws {
        let origin = try RawOrigin { _ in "HTTP/1.1 204 No Content\r\n\r\n" }
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: http://127.0.0.1:\(origin.port) }
            request_headers: [{ remove: X-Secret }]

            """)
        let arguments = ["-H", "X_Forwarded_For: 6.6.6.6", "-H", "X_Secret: 1", "-H", "X-Secret: 1", "-H", "X_Fine: 1"]
        _ = try fetch(proxy.url, version, arguments)
        let names = try #require(origin.requests.first).fields.names.map { $0.lowercased() }
        #expect(!names.contains { $0.contains("_") || $0 == "x-secret" })
    }

    @Test func theHostOfTheClientIsKept() throws {
        let origin = try RawOrigin { _ in "HTTP/1.1 204 No Content\r\n\r\n" }
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\nupstreams: { app: http://127.0.0.1:\(origin.port) }\n")
        for version in HTTPVersion.allCases {
            _ = try fetch(proxy.url + "/a%2Fb//c;d?e=f&g=/../h", version, ["--path-as-is", "-H", "Host: shop.example:81"])
            let request = try #require(origin.requests.last)
            #expect(request.fields.lines.first == FieldList([("Host", "shop.example:81")]).lines[0])
            #expect(request.version == "HTTP/1.1")
        }
    }
}
