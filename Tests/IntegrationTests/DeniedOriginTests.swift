import TestSupport
import Testing

/// The log says which pages a response keeps out, as it says which preflights it refuses.
@Suite struct DeniedOriginTests {
    private static let stand = Result {
        let origin = try RawOrigin { request in
            let own = request.target.hasPrefix("/own") ? "Access-Control-Allow-Origin: https://other.example\r\n" : ""
            return "HTTP/1.1 200 OK\r\n\(own)Content-Length: 2\r\n\r\nok"
        }
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            workers: 1
            upstreams: { app: http://127.0.0.1:\(origin.port) }
            routes:
              - { path: /none, upstream: app }
              - { path: /own/**, upstream: app }
              - { upstream: app, response_headers: [{ cors: { allow_origins: [https://app.example] } }] }

            """)
        return (origin, proxy)
    }

    @Test(arguments: [
        ("GET /1", "Origin: https://other.example", true), ("GET /2", "Origin: https://app.example", false),
        ("GET /3", "Accept: */*", false), ("GET /4", "Origin: null", true), ("HEAD /5", "Origin: https://other.example", true),
        // The page's own host, whatever stands before the proxy does to the scheme.
        ("GET /6", "Origin: http://site.example", false), ("GET /7", "Origin: https://SITE.example", false),
        ("GET /8", "Origin: https://site.example:8443", true),
        // A form that is posted from another site needs no permission, and only the browser can say what it is.
        ("POST /9", "Origin: https://other.example", false),
        ("POST /a", "Origin: https://other.example\r\nSec-Fetch-Mode: navigate", false),
        ("POST /b", "Origin: https://other.example\r\nSec-Fetch-Mode: cors", true),
        ("GET /c", "Origin: https://other.example\r\nSec-Fetch-Mode: no-cors", false),
        ("OPTIONS /d", "Origin: https://other.example", false),
        // The app's own answer counts where no rule replaces it.
        ("GET /own/1", "Origin: https://other.example", false), ("GET /own/2", "Origin: https://app.example", true),
        ("GET /none", "Origin: https://other.example", true),
    ])
    func isLogged(_ line: String, _ fields: String, _ isDenied: Bool) throws {
        let proxy = try Self.stand.get().1
        let client = try Connection(port: proxy.port)
        try client.send("\(line) HTTP/1.1\r\nHost: site.example\r\nContent-Length: 0\r\n\(fields)\r\n\r\n")
        _ = try client.takeHead()
        let entry = try proxy.accessLog(["path": String(line.split(separator: " ")[1])])
        #expect(entry["refused"] == (isDenied ? "origin" : nil), "\(entry)")
        #expect((entry["origin"] != nil) == isDenied)
    }
}
