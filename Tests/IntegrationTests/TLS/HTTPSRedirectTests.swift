import TestSupport
import Testing

/// `redirect_to_https`: everything goes to the same place by https, with the policy; challenges of ACME stay.
@Suite struct HTTPSRedirectTests {
    static let proxy = Result {
        let origin = try RawOrigin { _ in "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\napp\n" }
        return (
            try ProxyProcess(
                """
                listen:
                  - { bind: 127.0.0.1:0, redirect_to_https: true }
                  - { bind: 127.0.0.1:0, redirect_to_https: { port: 8443, status: 301 } }
                upstreams: { app: http://127.0.0.1:\(origin.port) }
                trusted_proxies: [127.0.0.1]
                \(Policy.rules)
                routes:
                  - { host: [a.example, "[::1]"], upstream: app }
                """, listeners: 2), origin
        )
    }

    @Test(arguments: [
        ("/a/b?c=d%20e", "a.example", "https://a.example/a/b?c=d%20e"), ("/", "a.example:8080", "https://a.example/"),
        ("//evil.example/x", "a.example", "https://a.example//evil.example/x"), ("/", "[::1]:80", "https://[::1]/"),
        ("/", "elsewhere.example", "https://elsewhere.example/"),
    ])
    func redirects(_ path: String, _ host: String, _ location: String) throws {
        let (proxy, _) = try Self.proxy.get()
        for version in HTTPVersion.allCases {
            let options = ["--path-as-is", "-H", "Host: \(host)", "-H", "Origin: \(Policy.origin)"]
            let response = try proxy.fetch(path, version, options)
            #expect(response.status == 308 && response.fields["Location"] == location, "\(response)")
            Policy.expect(on: response, for: .allowedOrigin, version)
            let other = try TestSupport.fetch("http://127.0.0.1:\(proxy.ports[1])\(path)", version, options)
            let name = location.dropFirst(8).prefix { $0 != "/" }
            #expect(
                other.status == 301
                    && other.fields["Location"] == location.replacing("https://\(name)", with: "https://\(name):8443"))
        }
    }

    @Test func whatStays() throws {
        let (proxy, _) = try Self.proxy.get()
        let host = ["-H", "Host: a.example"]
        #expect(try proxy.fetch("/.well-known/acme-challenge/token", .http1, host).status == 200)
        #expect(try proxy.fetch("/.well-known/acme-challenge/token", .http1, ["-H", "Host: b.example"]).status == 308)
        #expect(try proxy.fetch("/.well-known/acme-challenge/../../x", .http1, host + ["--path-as-is"]).status == 308)
        // It came by https, says a proxy that is believed.
        #expect(try proxy.fetch("/", .http1, host + ["-H", "X-Forwarded-Proto: https"]).status == 200)
        let preflight = ["-X", "OPTIONS", "-H", "Origin: \(Policy.origin)", "-H", "Access-Control-Request-Method: POST"]
        #expect(try proxy.fetch("/", .http1, host + preflight).status == 204)
    }
}
