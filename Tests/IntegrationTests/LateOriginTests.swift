import TestSupport
import Testing

/// A page can read why its request was refused also where its head was too long: enough of it is read to know who asks.
@Suite struct LateOriginTests {
    static let proxy = Result {
        let origin = try RawOrigin { _ in "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" }
        return (try ProxyProcess(HTTP1Tests.simple(origin)), origin)
    }

    static let origin = "Origin: \(Policy.origin)\r\n"
    static func long(_ count: Int) -> String { String(repeating: "a", count: count) }

    static let cases: [(name: String, head: String, status: Int)] = [
        ("long target", "GET /\(long(20 << 10)) HTTP/1.1\r\nHost: a\r\n\(origin)\r\n", 414),
        ("very long target", "GET /\(long(300 << 10)) HTTP/1.1\r\nHost: a\r\n\(origin)\r\n", 414),
        ("long target with what may not be in one", "GET /\(long(300 << 10))\u{1} HTTP/1.1\r\nHost: a\r\n\(origin)\r\n", 414),
        ("long field first", "GET / HTTP/1.1\r\nHost: a\r\nX-Long: \(long(70 << 10))\r\n\(origin)\r\n", 431),
        ("very long field first", "GET / HTTP/1.1\r\nX-Long: \(long(500 << 10))\r\nHost: a\r\n\(origin)\r\n", 431),
        ("long field last", "GET / HTTP/1.1\r\nHost: a\r\n\(origin)X-Long: \(long(70 << 10))\r\n\r\n", 431),
        ("long name", "GET / HTTP/1.1\r\nHost: a\r\n\(long(70 << 10)): x\r\n\(origin)\r\n", 431),
        ("many fields", "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "A: b\r\n", count: 300) + origin + "\r\n", 431),
        (
            "both", "GET /\(long(20 << 10)) HTTP/1.1\r\nHost: a\r\nX-Long: \(long(70 << 10))\r\n\(origin)\r\n", 414
        ),
        ("a POST", "POST / HTTP/1.1\r\nHost: a\r\nX: \(long(70 << 10))\r\n\(origin)Content-Length: 3\r\n\r\nabc", 431),
        ("cut off", "GET / HTTP/1.1\r\nHost: a\r\nX-Long: \(long(70 << 10))\r\n\(origin)", 431),
    ]

    @Test(arguments: cases.indices)
    func overHTTP1(_ index: Int) throws {
        let (name, head, status) = Self.cases[index]
        let client = try Connection(port: Self.proxy.get().0.port)
        try client.send(head)
        client.finish()
        let response = try client.takeResponse()
        #expect(response.status == status, "\(name)")
        Policy.expect(on: response, for: .allowedOrigin, .http1, "\(name)")
        #expect(try client.isClosedByPeer())
    }

    /// Of what never ends so much is read, and no more.
    @Test func isBounded() throws {
        let client = try Connection(port: Self.proxy.get().0.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Long: ")
        let part = [UInt8](repeating: 0x61, count: 1 << 16)
        var sent = 0
        while sent < 64 << 20, try !client.hasInput(within: 0) { sent += try client.offer(part, within: 0.05) }
        #expect(sent < 64 << 20)
        #expect(try client.takeHead().status == 431)
    }

    @Test(
        arguments: [
            ("long target", [(":path", "/\(long(20 << 10))")], [], 414),
            ("long field first", [(":path", "/")], [("x-long", long(65_000)), ("x-more", long(20_000))], 431),
            ("many fields", [(":path", "/")], (0..<300).map { ("x-\($0)", "b") }, 431),
        ] as [(name: String, path: [(String, String)], fields: [(String, String)], status: Int)])
    func overHTTP2(_ row: (name: String, path: [(String, String)], fields: [(String, String)], status: Int)) throws {
        let pseudo = [(":method", "GET"), (":scheme", "http"), (":authority", "site.example")] + row.path
        let fields = pseudo + row.fields + [("origin", Policy.origin)]
        let response = try #require(
            try HTTP2Relay.exchange(port: Self.proxy.get().0.port, fields, body: ""), "\(row.name)")
        #expect(response.status == row.status, "\(row.name)")
        Policy.expect(on: response, for: .allowedOrigin, .http2, "\(row.name)")
    }
}
