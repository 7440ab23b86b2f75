import TestSupport
import Testing

/// Whatever made the response, it leaves with the policy: each injected field once, in order.
@Suite struct EveryResponseTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var path: String
        var arguments: [String] = []
        var status: Int
        var asker: Policy.Asker = .allowedOrigin
        /// `proxy` or `upstream`, as the access log says.
        var source = "upstream"

        var testDescription: String { name }
    }

    static let preflight = [
        "-X", "OPTIONS", "-H", "Access-Control-Request-Method: PUT", "-H", "Access-Control-Request-Headers: x-custom",
    ]

    static let cases: [Case] = [
        Case(name: "200", path: "/", status: 200),
        Case(name: "200 after_request and make_response", path: "/hello", arguments: ["--json", #"{"name":"x"}"#], status: 200),
        Case(name: "200 chunked", path: "/stream", status: 200),
        Case(name: "200 with the app's own CORS", path: "/cors-own", status: 200),
        Case(name: "200 with odd fields", path: "/headers", status: 200),
        Case(name: "200 with cookies", path: "/cookie", status: 200),
        Case(name: "302", path: "/redirect", status: 302),
        Case(name: "304", path: "/etag", arguments: ["-H", #"If-None-Match: "v1""#], status: 304),
        Case(name: "404", path: "/notfound", status: 404),
        Case(name: "404 no such route in the app", path: "/nothing-here", status: 404),
        Case(name: "405", path: "/hello", status: 405),
        Case(name: "500", path: "/boom", status: 500),
        Case(name: "HEAD", path: "/", arguments: ["--head"], status: 200),
        Case(name: "HEAD 500", path: "/boom", arguments: ["--head"], status: 500),
        Case(name: "plain OPTIONS is the app's", path: "/echo", arguments: ["-X", "OPTIONS"], status: 200),
        Case(
            name: "413 declared", path: "/echo", arguments: ["--data-binary", "@-", "-H", "Expect:"], status: 413, source: "proxy"
        ),
        Case(name: "414", path: "/\(String(repeating: "p", count: 3000))", status: 414, source: "proxy"),
        Case(
            name: "431", path: "/", arguments: ["-H", "X-Large: \(String(repeating: "x", count: 9000))"], status: 431,
            source: "proxy"),
        Case(name: "502 app down", path: "/down/x", status: 502, source: "proxy"),
        Case(name: "502 app down, POST", path: "/down/x", arguments: ["-d", "body"], status: 502, source: "proxy"),
        Case(name: "504 app too slow", path: "/slow?seconds=2", status: 504, source: "proxy"),
        Case(name: "HEAD 502", path: "/down/x", arguments: ["--head"], status: 502, source: "proxy"),
        Case(name: "preflight", path: "/echo", arguments: preflight, status: 204, asker: .preflight, source: "proxy"),
        Case(name: "preflight, app down", path: "/down/x", arguments: preflight, status: 204, asker: .preflight, source: "proxy"),
        Case(name: "respond 403", path: "/deny", status: 403, source: "proxy"),
        Case(name: "respond 200", path: "/robots.txt", status: 200, source: "proxy"),
        Case(name: "redirect", path: "/old/a/b", status: 308, source: "proxy"),
        Case(name: "404 by host", path: "/", arguments: ["-H", "Host: x.nowhere.example"], status: 404, source: "proxy"),
    ]

    @Test(arguments: cases, HTTPVersion.allCases)
    func carriesThePolicy(_ one: Case, _ version: HTTPVersion) throws {
        let proxy = try Shared.proxy.get()
        let id = "case-\(Self.number.next())-id"
        let result = try curl(
            proxy.url + one.path, version, ["-H", "Origin: \(Policy.origin)", "-H", "X-Request-ID: \(id)"] + one.arguments,
            input: one.name.hasPrefix("413") ? [UInt8](repeating: 0x61, count: 2 << 20) : nil)
        let response = try #require(result.response, "\(result)")
        #expect(response.status == one.status)
        #expect(response.version == version.rawValue)
        Policy.expect(on: response, for: one.asker, version)
        #expect(response.fields["X-Request-ID"] == id)
        // An app writes its own name and date; the proxy's own answers have a date too, and never two.
        #expect(response.fields.all("Date").count == 1)

        let logged = try proxy.accessLog(["request_id": response.fields["X-Request-ID"] ?? ""])
        #expect(logged["status"] == "\(one.status)" && logged["source"] == one.source && logged["protocol"] == version.rawValue)
    }

    static let number = Counter()

    @Test(arguments: [("/", 200), ("/boom", 500), ("/down/x", 502), ("/deny", 403)], HTTPVersion.allCases)
    func foreignAndAbsentOrigins(_ target: (path: String, status: Int), _ version: HTTPVersion) throws {
        let url = try Shared.proxy.get().url + target.path
        let foreign = try fetch(url, version, ["-H", "Origin: \(Policy.foreignOrigin)"])
        #expect(foreign.status == target.status)
        Policy.expect(on: foreign, for: .foreignOrigin, version)
        let absent = try fetch(url, version)
        #expect(absent.status == target.status)
        Policy.expect(on: absent, for: .noOrigin, version)
    }

    /// What could not be parsed is answered, with the policy, and the connection is closed.
    @Test(arguments: [
        ("garbage line", "this is not HTTP\r\n\r\n", 400),
        ("binary", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\u{00}\r\n\r\n", 400),
        ("no version", "GET /\r\n\r\n", 400),
        ("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
        ("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("space before the colon", "GET / HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n", 400),
        ("folded line", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n", 400),
        ("two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400),
        (
            "length and chunked",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400
        ),
        ("bad chunk", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("too many lines", "GET / HTTP/1.1\r\nHost: a\r\n" + (0..<300).map { "X-\($0): 1\r\n" }.joined() + "\r\n", 431),
        ("endless line", "GET / HTTP/1.1\r\nHost: a\r\nX-A: " + String(repeating: "x", count: 20_000), 431),
        ("endless target", "GET /" + String(repeating: "x", count: 100_000), 414),
        ("unknown expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: the-unexpected\r\n\r\n", 417),
        ("unknown version", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
    ])
    func unparsable(_ name: String, _ bytes: String, _ status: Int) throws {
        let connection = try Connection(port: try Shared.proxy.get().port)
        try connection.send(bytes)
        let response = try connection.takeResponse()
        #expect([status, 400].contains(response.status), "\(response)")
        Policy.expect(on: response, for: .noOrigin)
        #expect(response.fields["Connection"]?.lowercased() == "close")
        #expect(try connection.isClosedByPeer())
    }

    /// A request that ends in the middle gets a 4xx or, when nobody is left to tell, a closed connection.
    @Test(arguments: [
        "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
    ])
    func truncated(_ bytes: String) throws {
        let connection = try Connection(port: try Shared.proxy.get().port)
        try connection.send(bytes)
        connection.finish()
        if try !connection.isClosedByPeer() {
            let response = try connection.takeResponse()
            #expect(response.status == 400)
            Policy.expect(on: response, for: .noOrigin)
            #expect(try connection.isClosedByPeer())
        }
    }

    @Test func tooSlowHead() throws {
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            timeouts: { request_head: 1s, idle: 1s }
            \(Policy.rules)
            routes: [{ respond: 200 }]

            """)
        let slow = try Connection(port: proxy.port)
        try slow.send("GET / HTTP/1.1\r\nHos")
        let response = try slow.takeResponse()
        #expect(response.status == 408)
        Policy.expect(on: response, for: .noOrigin)
        #expect(try slow.isClosedByPeer())

        let idle = try Connection(port: proxy.port)
        try idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try idle.takeResponse().status == 200)
        #expect(try idle.isClosedByPeer(), "an idle connection is closed without a word")
    }
}
