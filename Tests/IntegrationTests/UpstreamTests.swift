import TestSupport
import Testing

/// Connections to apps: reused only after a clean end, retried only where that is safe, and never believed.
@Suite struct UpstreamTests {
    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"

    @Test func unixSocket() throws {
        let socket = Places.scratch("app.sock")
        let app = try FlaskApp.gunicorn(socket: socket)
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\nupstreams: { app: \"\(app.address)\" }\n\(Policy.rules)\n")
        for version in HTTPVersion.allCases {
            let response = try fetch(proxy.url + "/echo", version, ["-H", "Host: shop.example"])
            #expect(try Echo(response)["Host"] == "shop.example")
            Policy.expect(on: response, for: .noOrigin, version)
        }
        #expect(
            try fetch(proxy.url + "/upload", .http1, ["--data-binary", "@-"], input: [1, 2, 3]).text.contains(#""length":3"#))
    }

    @Test(arguments: [
        (ok, true), ("HTTP/1.1 204 No Content\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", true),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", true),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false),
    ])
    func reuse(_ answer: String, _ isReused: Bool) throws {
        let origin = try RawOrigin { _ in answer }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        for number in 0..<4 { _ = try fetch(proxy.url, number % 2 == 0 ? .http1 : .http2) }
        #expect(origin.connections == (isReused ? 1 : 4))
    }

    /// What the client sent at once goes on at once, where a connection is at hand.
    @Test(arguments: [("Content-Length: 4", "body"), ("Transfer-Encoding: chunked", "4\r\nbody\r\n0\r\n\r\n")])
    func oneWrite(_ framing: String, _ body: String) throws {
        let origin = try RawOrigin { connection, _, origin in
            _ = try origin.request(on: connection)
            try connection.send(Self.ok)
            _ = try connection.receive()
            let first = String(decoding: connection.pending, as: UTF8.self)
            try connection.send(first.hasSuffix("\r\n\r\n\(body)") ? Self.ok : "HTTP/1.1 500 In pieces\r\n\r\n")
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.takeResponse().status == 200)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n\(body)")
        #expect(try client.takeResponse().status == 200)
    }

    /// A response that ends with its connection is not whole when the connection breaks, whether that is noticed by reading from it or by
    /// writing to it.
    @Test func breaksWhileTheRequestIsWritten() throws {
        let origin = try RawOrigin { connection, _, _ in
            _ = try connection.take(through: "\r\n\r\n")
            try connection.send("HTTP/1.1 200 OK\r\n\r\npartial")
            _ = try connection.receive(1)
            connection.reset()
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        for _ in 0..<30 {
            let client = try Connection(port: proxy.port)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n")
            _ = try client.take(through: "partial")
            for _ in 0..<100 { guard (try? client.send([UInt8](repeating: 7, count: 1 << 16))) != nil else { break } }
            let rest = (try? client.takeToEnd()) ?? client.takePending()
            #expect(!String(decoding: rest, as: UTF8.self).contains("0\r\n\r\n"))
        }
    }

    /// The app closes an idle connection just when the next request is on its way: bodyless and idempotent requests are asked again on
    /// another connection, a request with a body is not.
    @Test(arguments: [("GET", "", 200), ("HEAD", "", 200), ("DELETE", "", 200), ("POST", "body", 502)])
    func closedIdleConnections(_ method: String, _ body: String, _ status: Int) throws {
        let origin = try RawOrigin { connection, number, origin in
            _ = try origin.request(on: connection)
            try connection.send(method == "HEAD" && number > 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" : Self.ok)
            if number == 0 {
                _ = try origin.request(on: connection)
                return
            }
            while let _ = try origin.request(on: connection) { try connection.send(Self.ok) }
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        try client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.takeResponse().text == "good")
        try client.send("\(method) /second HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let response = try client.takeResponse(to: method)
        #expect(response.status == status)
        Policy.expect(on: response, for: .noOrigin)
        #expect(origin.requests.map(\.target) == ["/first", "/second"] + (status == 200 ? ["/second"] : []))
        #expect(try fetch(proxy.url).text == "good")
    }

    /// The app closed the connection long before: nobody notices.
    @Test func closedLongAgo() throws {
        let closed = Signal()
        let origin = try RawOrigin { connection, number, origin in
            _ = try origin.request(on: connection)
            try connection.send(Self.ok)
            connection.finish()
            if number == 0, try connection.isClosedByPeer() { closed.give() }
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        _ = try fetch(proxy.url, .http1, ["-d", "x"])
        try closed.wait()
        #expect(try fetch(proxy.url, .http1, ["-d", "x"]).text == "good")
    }

    static let bad: [(String, String)] = [
        ("garbage", "what is this\r\n\r\n"),
        ("TLS", "\u{15}\u{03}\u{01}\u{00}\u{02}\u{02}F"),
        ("nothing", ""),
        ("half a status line", "HTTP/1.1 20"),
        ("half a head", "HTTP/1.1 200 OK\r\nContent-Le"),
        ("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nevil"),
        ("bad length", "HTTP/1.1 200 OK\r\nContent-Length: +4\r\n\r\nevil"),
        (
            "length and chunked",
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n"
        ),
        ("unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n"),
        ("folded", "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 4\r\n\r\nevil"),
        ("space before the colon", "HTTP/1.1 200 OK\r\nX-A : b\r\nContent-Length: 4\r\n\r\nevil"),
        ("NUL", "HTTP/1.1 200 OK\r\nX-A: \u{0}\r\nContent-Length: 4\r\n\r\nevil"),
        ("bare CR", "HTTP/1.1 200 OK\r\nX-A: a\rb\r\nContent-Length: 4\r\n\r\nevil"),
        ("bad status", "HTTP/1.1 99 Low\r\nContent-Length: 4\r\n\r\nevil"),
        ("HTTP/2 status line", "HTTP/2.0 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
        ("large head", "HTTP/1.1 200 OK\r\nX-A: " + String(repeating: "x", count: 100_000) + "\r\n\r\n"),
        ("101 unasked", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nevil"),
        ("endless 103", String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: 2000)),
    ]

    /// What an app says wrongly becomes a 502 with the policy, and its connection is not asked again.
    @Test(arguments: bad, HTTPVersion.allCases)
    func badAnswers(_ answer: (name: String, bytes: String), _ version: HTTPVersion) throws {
        let origin = try RawOrigin { connection, number, origin in
            _ = try origin.request(on: connection)
            try connection.send(number == 0 ? answer.bytes : Self.ok)
            if number == 0 { connection.finish() }
            _ = try connection.isClosedByPeer()
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let response = try fetch(proxy.url, version, ["-d", "body", "-H", "Origin: \(Policy.origin)"])
        #expect(response.status == 502 && !response.text.contains("evil"), "\(response)")
        Policy.expect(on: response, for: .allowedOrigin, version)
        #expect(try proxy.accessLog(["status": "502"])["reason"].map { $0.count > 3 } == true)
        #expect(try fetch(proxy.url, version).text == "good")
    }

    /// The bytes after a complete response are nobody's answer.
    @Test(arguments: ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "e", "\r\n"], ["GET", "HEAD"])
    func answersTwice(_ more: String, _ method: String) throws {
        let origin = try RawOrigin { connection, number, origin in
            _ = try origin.request(on: connection)
            try connection.send(number == 0 ? Self.ok + more : Self.ok)
            while let _ = try origin.request(on: connection) {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            }
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        try client.send("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n")
        let first = try client.takeResponse(to: method)
        #expect(method == "HEAD" || first.status == 502 || first.text == "good")
        Policy.expect(on: first, for: .noOrigin)
        #expect(try fetch(proxy.url).text == "good")
        #expect(origin.connections == 2)
    }

    /// An answer that was there before it was asked for belongs to no request.
    @Test func answersBeforeItIsAsked() throws {
        let (isAnswered, said) = (Signal(), Signal())
        let origin = try RawOrigin { connection, number, origin in
            _ = try origin.request(on: connection)
            try connection.send(Self.ok)
            if number == 0 {
                try isAnswered.wait()
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
                said.give()
            }
            _ = try connection.isClosedByPeer()
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        #expect(try fetch(proxy.url).text == "good")
        isAnswered.give()
        // From here on it is there before the question.
        try said.wait()
        #expect(try fetch(proxy.url).text != "evil")
        #expect(try fetch(proxy.url).text == "good")
    }

    /// The time between two parts of a body counts too: what has begun cannot become a 504, and must not end cleanly.
    @Test(arguments: HTTPVersion.allCases)
    func stallsInTheBody(_ version: HTTPVersion) throws {
        let origin = try RawOrigin { connection, _, origin in
            _ = try origin.request(on: connection)
            try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n")
            _ = try connection.isClosedByPeer()
        }
        let proxy = try ProxyProcess(
            "listen: 127.0.0.1:0\ntimeouts: { response: 1500ms }\nupstreams: { app: http://127.0.0.1:\(origin.port) }\n")
        let result = try curl(proxy.url, version)
        #expect(result.exitCode != 0 && result.exitCode != 28 && result.response?.text == "part")
    }

    /// An app that answers before it has read the request.
    @Test(arguments: HTTPVersion.allCases)
    func answersEarly(_ version: HTTPVersion) throws {
        let origin = try RawOrigin { connection, number, origin in
            let head = try connection.takeHead()
            if head.start[0] == "GET" { return try connection.send(Self.ok) }
            try connection.send("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno")
            connection.finish()
            _ = try connection.skip(1 << 30)
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let body = [UInt8](repeating: 0x61, count: 4 << 20)
        let result = try curl(proxy.url, version, ["--data-binary", "@-", "-H", "Expect:"], input: body)
        #expect(result.response?.status == 403 && result.response?.text == "no", "\(result)")
        #expect(try fetch(proxy.url, version).text == "good")
    }
}
