import TestSupport
import Testing

/// An app that speaks HTTP/2 wrongly: a 502 with the policy or a response that visibly breaks off, and nobody else is affected.
@Suite struct HostileHTTP2UpstreamTests {
    typealias H2 = HTTP2Frames

    enum Outcome { case badGateway, cutShort, good, unavailable }
    /// Whether what is wrong concerns the stream alone; then others on the connection go on.
    enum Reach { case stream, connection }

    struct Answer: Sendable, CustomTestStringConvertible {
        var name: String
        var outcome: Outcome
        var reach = Reach.stream
        var bytes: @Sendable (Int) -> [UInt8]

        var testDescription: String { name }

        init(_ name: String, _ outcome: Outcome, _ reach: Reach = .stream, _ bytes: @escaping @Sendable (Int) -> [UInt8]) {
            (self.name, self.outcome, self.reach, self.bytes) = (name, outcome, reach, bytes)
        }
    }

    private static func head(_ stream: Int, _ more: [(String, String)] = []) -> [UInt8] {
        H2.headers(stream, [(":status", "200")] + more)
    }
    static func good(_ stream: Int) -> [UInt8] { head(stream) + H2.data(stream, "good", end: true) }

    static let answers: [Answer] = [
        Answer("no status", .badGateway) { H2.headers($0, [("x-a", "b")]) + H2.data($0, "evil", end: true) },
        Answer("status in words", .badGateway) { H2.headers($0, [(":status", "abc")], end: true) },
        Answer("two statuses", .badGateway) { H2.headers($0, [(":status", "200"), (":status", "200")], end: true) },
        Answer("status behind a field", .badGateway) { H2.headers($0, [("x-a", "b"), (":status", "200")], end: true) },
        Answer("pseudo-field of a request", .badGateway) { H2.headers($0, [(":status", "200"), (":path", "/")], end: true) },
        Answer("capitals in a name", .badGateway) { H2.headers($0, [(":status", "200"), ("X-A", "b")], end: true) },
        Answer("line break in a value", .badGateway) {
            H2.headers($0, [(":status", "200"), ("x-a", "b\r\nset-cookie: evil=1")], end: true)
        },
        Answer("NUL in a value", .badGateway) { H2.headers($0, [(":status", "200"), ("x-a", "b\0c")], end: true) },
        Answer("space in a name", .badGateway) { H2.headers($0, [(":status", "200"), ("x a", "b")], end: true) },
        Answer("connection", .badGateway) { H2.headers($0, [(":status", "200"), ("connection", "close")], end: true) },
        Answer("transfer-encoding", .badGateway) {
            H2.headers($0, [(":status", "200"), ("transfer-encoding", "chunked")]) + H2.data($0, "0\r\n\r\n", end: true)
        },
        Answer("101", .badGateway) { H2.headers($0, [(":status", "101"), ("x-a", "b")]) },
        Answer("interim response that ends the stream", .badGateway) { H2.headers($0, [(":status", "103")], end: true) },
        Answer("endless interim responses", .badGateway) { stream in
            (0..<2_000).flatMap { _ in H2.headers(stream, [(":status", "103")]) }
        },
        Answer("two lengths", .badGateway) {
            head($0, [("content-length", "4"), ("content-length", "5")]) + H2.data($0, "evil", end: true)
        },
        Answer("signed length", .badGateway) { head($0, [("content-length", "+4")]) + H2.data($0, "evil", end: true) },
        Answer("large head", .badGateway) { stream in
            head(stream, (0..<12).map { ("x-\($0)", String(repeating: "x", count: 1_000)) })
                + H2.reset(stream, 0)
        },
        Answer("length without a body", .badGateway) {
            H2.headers($0, [(":status", "200"), ("content-length", "4")], end: true)
        },
        Answer("body before its head", .badGateway, .connection) { H2.data($0, "evil", end: true) },
        Answer("reset", .badGateway) { H2.reset($0, 2) },
        Answer("reset without an error", .badGateway) { H2.reset($0, 0) },
        Answer("too short", .cutShort) { head($0, [("content-length", "9")]) + H2.data($0, "part", end: true) },
        Answer("too long", .cutShort) {
            head($0, [("content-length", "5")]) + H2.data($0, "part") + H2.data($0, "evil", end: true)
        },
        Answer("reset in the body", .cutShort) { head($0) + H2.data($0, "part") + H2.reset($0, 8) },
        Answer("reset in the body without an error", .cutShort) { head($0) + H2.data($0, "part") + H2.reset($0, 0) },
        Answer("second head", .cutShort) { head($0) + H2.data($0, "part") + head($0) },
        Answer("status among the trailers", .cutShort) {
            head($0) + H2.data($0, "part") + H2.headers($0, [(":status", "500")], end: true)
        },
        Answer("length among the trailers", .cutShort) {
            head($0) + H2.data($0, "part") + H2.headers($0, [("content-length", "4")], end: true)
        },
        Answer("window of the stream overflows", .badGateway) { stream in
            (0..<2).flatMap { _ in H2.frame(H2.Kind.windowUpdate, stream: stream, H2.number(0x7FFF_FFFF)) }
        },
        Answer("window of the connection overflows", .badGateway, .connection) { _ in
            (0..<2).flatMap { _ in H2.frame(H2.Kind.windowUpdate, H2.number(0x7FFF_FFFF)) }
        },
        Answer("window that does not open", .badGateway, .connection) { _ in H2.frame(H2.Kind.windowUpdate, H2.number(0)) },
        Answer("push", .badGateway, .connection) {
            H2.frame(H2.Kind.pushPromise, flags: 4, stream: $0, H2.number(2) + H2.block([(":method", "GET"), (":path", "/")]))
        },
        Answer("broken compression", .badGateway, .connection) {
            H2.frame(H2.Kind.headers, flags: 4, stream: $0, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        },
        Answer("frame too large", .cutShort, .connection) {
            head($0) + H2.data($0, "part") + H2.data($0, String(repeating: "x", count: 20_000), end: true)
        },
        Answer("answer to nobody", .badGateway, .connection) { _ in head(99) },
        Answer("body for nobody", .badGateway, .connection) { _ in H2.data(99, "evil", end: true) },
        Answer("settings of no sense", .badGateway, .connection) { _ in
            H2.frame(H2.Kind.settings, [0, 4, 0xFF, 0xFF, 0xFF, 0xFF])
        },
        Answer("head that never ends", .badGateway, .connection) { stream in
            H2.frame(H2.Kind.headers, stream: stream, H2.block([(":status", "200")]))
                + (0..<500).flatMap { _ in H2.frame(H2.Kind.continuation, stream: stream, H2.block([("x", "y")])) }
        },
        Answer("head in pieces with something between", .badGateway, .connection) {
            H2.frame(H2.Kind.headers, stream: $0, H2.block([(":status", "200")])) + H2.data($0, "evil", end: true)
        },
        Answer("endless settings", .badGateway, .connection) { _ in (0..<3_000).flatMap { _ in H2.frame(H2.Kind.settings) } },
        Answer("HTTP/1.1", .badGateway, .connection) { _ in Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil".utf8) },
        Answer("refused", .good) { H2.reset($0, 7) },
        Answer("GOAWAY before the request", .good, .connection) { _ in H2.frame(H2.Kind.goAway, H2.number(0) + H2.number(0)) },
    ]

    /// The first request of all gets the answer, every other one a good one.
    private static func origin(_ answer: Answer, always: Bool = false) throws -> RawOrigin {
        try RawOrigin { connection, number, _ in
            try connection.send(H2.frame(H2.Kind.settings))
            try connection.takePreface()
            var isFirst = number == 0
            while true {
                let stream = try connection.takeHTTP2Request()
                try connection.send(isFirst || always ? answer.bytes(stream) : good(stream))
                isFirst = false
            }
        }
    }

    private static func proxy(_ origin: RawOrigin) throws -> ProxyProcess {
        try ProxyProcess(
            "listen: 127.0.0.1:0\nworkers: 1\nlimits: { request_headers: 8KB }\n"
                + "upstreams: { app: h2c://127.0.0.1:\(origin.port) }\n\(Policy.rules)\n")
    }

    @Test(arguments: answers, HTTPVersion.allCases)
    func hostile(_ answer: Answer, _ version: HTTPVersion) throws {
        let origin = try Self.origin(answer)
        let proxy = try Self.proxy(origin)
        let result = try curl(proxy.url, version, ["-H", "Origin: \(Policy.origin)", "-d", "body"])
        defer { #expect(origin.connections == (answer.reach == .stream ? 1 : 2)) }
        defer { #expect((try? fetch(proxy.url, version).text) == "good") }
        // curl forgets a response when it reads the reset along with it.
        if result.response == nil, answer.outcome == .cutShort, version == .http2, result.exitCode == 92 { return }
        let response = try #require(result.response, "\(result)")
        #expect(!response.text.contains("evil"))
        switch answer.outcome {
        case .badGateway: #expect(result.exitCode == 0 && response.status == 502, "\(result)")
        case .cutShort: #expect(result.exitCode != 0 && result.exitCode != 28 && response.status == 200, "\(result)")
        case .good: #expect(result.exitCode == 0 && response.text == "good", "\(result)")
        case .unavailable: break
        }
        Policy.expect(on: response, for: .allowedOrigin, version)
    }

    /// Another stream of the same connection is in the middle of its body when it happens.
    @Test(arguments: answers.filter { $0.reach == .stream && $0.outcome != .good })
    func othersGoOn(_ answer: Answer) throws {
        let isOpen = Signal()
        let origin = try RawOrigin { connection, _, _ in
            try connection.send(H2.frame(H2.Kind.settings))
            try connection.takePreface()
            let other = try connection.takeHTTP2Request()
            try connection.send(Self.head(other) + H2.data(other, "first, "))
            isOpen.give()
            let stream = try connection.takeHTTP2Request()
            try connection.send(answer.bytes(stream))
            try connection.send(H2.data(other, "second") + H2.headers(other, [("x-sum", "2")], end: true))
            _ = try connection.isClosedByPeer()
        }
        let proxy = try Self.proxy(origin)
        let other = Background { try fetch(proxy.url, .http2) }
        try isOpen.wait()
        #expect(try curl(proxy.url, .http1).response?.text.contains("evil") != true)
        let response = try other.value()
        #expect(response.status == 200 && response.text == "first, second", "\(response)")
        #expect(origin.connections == 1)
    }

    /// An app that refuses everything is not asked for ever.
    @Test func refusesAll() throws {
        let answer = try #require(Self.answers.first { $0.name == "refused" })
        let origin = try Self.origin(answer, always: true)
        let proxy = try Self.proxy(origin)
        let response = try fetch(proxy.url, .http1, ["-H", "Origin: \(Policy.origin)"])
        #expect(response.status == 503 && response.fields["Retry-After"] != nil)
        Policy.expect(on: response)
        #expect(try proxy.accessLog(["status": "503"])["reason"] == "upstream_refused")
    }

    /// A body that was too large to keep is not sent twice, and not half.
    @Test func refusedLargeBody() throws {
        let answer = try #require(Self.answers.first { $0.name == "refused" })
        let origin = try RawOrigin { connection, _, _ in
            try connection.send(
                H2.frame(H2.Kind.settings, [0, 4, 0x7F, 0xFF, 0xFF, 0xFF]) + H2.frame(H2.Kind.windowUpdate, H2.number(1 << 24)))
            try connection.takePreface()
            while true { try connection.send(answer.bytes(try connection.takeHTTP2Request())) }
        }
        let proxy = try Self.proxy(origin)
        let response = try fetch(
            proxy.url, .http1, ["--data-binary", "@-", "-H", "Expect:"], input: [UInt8](repeating: 0x61, count: 1 << 20))
        #expect(response.status == 503, "\(response)")
    }

    /// An app that is not there any more in the middle of a connection.
    @Test(arguments: [("GET", 200), ("POST", 502)])
    func lostConnection(_ method: String, _ status: Int) throws {
        let origin = try RawOrigin { connection, number, _ in
            try connection.send(H2.frame(H2.Kind.settings))
            try connection.takePreface()
            try connection.send(Self.good(try connection.takeHTTP2Request()))
            let second = try connection.takeHTTP2Request()
            if number > 0 { try connection.send(Self.good(second)) }
        }
        let proxy = try Self.proxy(origin)
        #expect(try fetch(proxy.url).text == "good")
        let response = try fetch(proxy.url, .http1, method == "POST" ? ["-d", "body"] : [])
        #expect(response.status == status, "\(response)")
        Policy.expect(on: response, for: .noOrigin)
    }
}
