import HostileMessages
import TestSupport
import Testing

/// One authority however it is spelled: case, closing dot, the scheme's own port, wherever two are compared.
@Suite struct SameAuthorityTests {
    static let stand = Result {
        let origin = try RawOrigin { _ in "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\napp" }
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            admin: 127.0.0.1:0
            upstreams: { app: http://127.0.0.1:\(origin.port) }
            routes:
              - { host: site.example, upstream: app, response_headers: [{ set: { X-Route: site } }] }
              - { upstream: app }
            response_headers: [{ set: { X-Site: "1" }, when: { host: site.example } }]

            """)
        return (origin, proxy)
    }

    static let spellings = ["site.example", "SITE.example", "site.example.", "site.example:80", "Site.Example.:80"]

    @Test func targetAndHost() throws {
        let port = try Self.stand.get().1.port
        for target in Self.spellings {
            for host in Self.spellings {
                let connection = try Connection(port: port)
                try connection.send("GET http://\(target)/x HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
                let text = String(decoding: try connection.takeToEnd(), as: UTF8.self)
                #expect(
                    text.hasPrefix("HTTP/1.1 200 ") && text.contains("X-Route: site") && text.contains("X-Site: 1"),
                    "\(target) \(host)")
            }
        }
        let connection = try Connection(port: port)
        try connection.send("GET http://site.example/x HTTP/1.1\r\nHost: site.example:8080\r\n\r\n")
        #expect(try connection.takeHead().status == 400)
    }

    /// What a placeholder brings goes on as `Host` only if it is one; otherwise the client's does.
    @Test(arguments: [
        ("other.example:81", "other.example:81"), ("b c", "site.example"), ("b/c@", "site.example"), ("\u{E9}", "site.example"),
        ("a,b", "site.example"),
    ])
    func hostOfAPlaceholder(_ value: String, _ expected: String) throws {
        let origin = try RawOrigin { _ in "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\napp" }
        defer { origin.stop() }
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: http://127.0.0.1:\(origin.port) }
            request_headers: [{ set: { Host: "{request.header.X-H}" } }]

            """)
        let connection = try Connection(port: proxy.port)
        try connection.send("GET / HTTP/1.1\r\nHost: site.example\r\nX-H: \(value)\r\n\r\n")
        #expect(try connection.takeResponse().status == 200)
        #expect(origin.requests.last?.fields["Host"] == expected)
    }

    @Test func pseudoFieldAndHost() throws {
        let talk = try HTTP2Talk(port: try Self.stand.get().1.port)
        try talk.send(Wire.start)
        var stream = 1
        func ask(_ authority: String, _ host: String) throws -> Int? {
            try talk.send(
                HTTP2Frames.headers(
                    stream,
                    [(":method", "GET"), (":scheme", "http"), (":path", "/x"), (":authority", authority), ("host", host)],
                    end: true))
            let id = UInt32(stream)
            stream += 2
            try talk.read { talk.isEnded(id) }
            return talk.response(id)?.status
        }
        for authority in Self.spellings {
            for host in Self.spellings { #expect(try ask(authority, host) == 200, "\(authority) \(host)") }
        }
        #expect(try ask("site.example", "site.example:8080") == 400)
        #expect(try ask("site.example", "other.example") == 400)
    }

    @Test(arguments: ["localhost.", "LOCALHOST.:80", "127.0.0.1", "admin."]) func adminHosts(_ host: String) throws {
        let proxy = try Self.stand.get().1
        let response = try fetch(proxy.adminURL + "/-/upstreams", .http1, ["-H", "Host: \(host)"])
        #expect(response.status == 200)
        #expect(try fetch(proxy.adminURL + "/-/upstreams", .http1, ["-H", "Host: evil.example."]).status == 421)
    }
}
