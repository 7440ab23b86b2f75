import TestSupport
import Testing

/// HTTP/2 to apps that mean well: what passes, how many connections it takes, and who waits for whom.
@Suite struct HTTP2UpstreamTests {
    typealias H2 = HTTP2Frames

    /// nghttpd, from nghttp2's own tools.
    @Test(arguments: [false, true])
    func nghttpd(_ isTLS: Bool) throws {
        let made = try Certificates.shared.get()
        let folder = Places.scratch("documents")
        _ = try run("mkdir", ["-p", folder])
        _ = try run("sh", ["-c", "printf hello > \(folder)/index.html; head -c 3000000 /dev/zero > \(folder)/large"])
        let port = try Places.freePort()
        let server = try ChildProcess(
            "nghttpd",
            ["--address=127.0.0.1", "--echo-upload", "--trailer", "x-sum: 42", "-d", folder]
                + (isTLS ? ["\(port)", made.server.key, made.server.path] : ["--no-tls", "\(port)"]),
            environment: ["PATH": "/usr/sbin:/usr/bin:/bin"])
        defer { server.stop() }
        for _ in 0..<1_200 where (try? Connection(port: port)) == nil { _ = try run("sleep", ["0.05"]) }
        let scheme = isTLS ? "h2" : "h2c"
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            workers: 1
            upstreams: { app: { servers: "\(scheme)://127.0.0.1:\(port)"\(isTLS ? ", tls: { ca: \(made.authority) }" : ""), timeouts: { connect: 1m } } }
            \(Policy.rules)

            """)
        for version in HTTPVersion.allCases {
            let response = try proxy.fetch("/", version)
            #expect(response.status == 200 && response.text == "hello" && response.fields["Content-Length"] != nil)
            Policy.expect(on: response, for: .noOrigin, version)
            let head = try proxy.fetch("/", version, ["--head"])
            #expect(head.status == 200 && head.fields["Content-Length"] == "5")
            #expect(try proxy.fetch("/none", version).status == 404)
            #expect(try proxy.fetch("/large", version).body.count == 3_000_000)
            let body = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let echo = try fetch(proxy.url + "/echo", version, ["--data-binary", "@-", "-H", "Expect:"], input: body)
            #expect(echo.body == body)
        }
        let load = try run("h2load", ["-n", "600", "-c", "3", "-m", "30", "--no-tls-proto=h2c", proxy.url + "/"])
        #expect(load.text.contains("600 succeeded, 0 failed, 0 errored, 0 timeout"), "\(load)")
    }

    /// An app made of frames: `answer` gives what goes out for each request, by its stream and its number.
    private static func app(
        settings: [UInt8] = [], path: String? = nil, _ answer: @escaping @Sendable (Int, Int) -> [UInt8]
    ) throws -> RawOrigin {
        try RawOrigin(path: path) { connection, _, _ in
            try connection.send(H2.frame(H2.Kind.settings, settings))
            try connection.takePreface()
            var number = 0
            while true {
                try connection.send(answer(try connection.takeHTTP2Request(), number))
                number += 1
            }
        }
    }

    private static func proxy(_ address: String, _ more: String = "") throws -> ProxyProcess {
        try ProxyProcess(
            "listen: 127.0.0.1:0\nworkers: 1\nupstreams: { app: { servers: \"\(address)\", scheme: h2c\(more) } }\n\(Policy.rules)\n"
        )
    }

    @Test func unixSocket() throws {
        let path = Places.scratch("app.sock")
        let app = try Self.app(path: path) { stream, _ in HostileHTTP2UpstreamTests.good(stream) }
        let proxy = try Self.proxy("unix:\(path)")
        for _ in 0..<3 { #expect(try proxy.fetch("/").text == "good") }
        #expect(app.connections == 1)
    }

    /// Interim responses, statuses without a body and trailers, to both kinds of clients.
    @Test(arguments: HTTPVersion.allCases)
    func shapes(_ version: HTTPVersion) throws {
        let app = try Self.app { stream, number in
            switch number {
            case 0:
                H2.headers(stream, [(":status", "103"), ("link", "</a.css>; rel=preload")])
                    + H2.headers(stream, [(":status", "200")]) + H2.data(stream, "ok")
                    + H2.headers(stream, [("x-sum", "42")], end: true)
            case 1: H2.headers(stream, [(":status", "204")], end: true)
            case 2: H2.headers(stream, [(":status", "304"), ("content-length", "9")], end: true)
            case 3: H2.headers(stream, [(":status", "200"), ("content-length", "0")]) + H2.data(stream, "", end: true)
            case 4: H2.headers(stream, [(":status", "200")], end: true)
            default: H2.headers(stream, [(":status", "200"), ("set-cookie", "a=1"), ("set-cookie", "b=2")], end: true)
            }
        }
        let proxy = try Self.proxy("127.0.0.1:\(app.port)")
        let first = try proxy.fetch("/", version)
        #expect(first.text == "ok" && first.informational.count == 1 && first.trailers["x-sum"] == "42", "\(first)")
        Policy.expect(on: first, for: .noOrigin, version)
        for status in [204, 304, 200, 200] {
            let response = try proxy.fetch("/", version)
            #expect(response.status == status && response.body.isEmpty)
            Policy.expect(on: response, for: .noOrigin, version)
        }
        #expect(try proxy.fetch("/", version).fields.all("set-cookie") == ["a=1", "b=2"])
        #expect(app.connections == 1)
    }

    /// As many connections as the app's limit of streams asks for, and no more than configured.
    @Test(arguments: [("", 4), (", max_connections: 2", 2)])
    func connections(_ limit: String, _ expected: Int) throws {
        let count = 8
        let all = Signal()
        let seen = Counter()
        let app = try RawOrigin { connection, number, _ in
            // Two streams at once.
            try connection.send(H2.frame(H2.Kind.settings, [0, 3, 0, 0, 0, 2]))
            try connection.takePreface()
            if number == 0 {
                try connection.send(HostileHTTP2UpstreamTests.good(try connection.takeHTTP2Request()))
            }
            var held: [Int] = []
            var hasWaited = false
            while true {
                held.append(try connection.takeHTTP2Request())
                if seen.next() + 1 == expected * 2 { all.give() }
                // Those that wait for a stream come one by one, here or there.
                guard hasWaited || held.count == 2 else { continue }
                try all.wait()
                hasWaited = true
                for stream in held { try connection.send(HostileHTTP2UpstreamTests.good(stream)) }
                held = []
            }
        }
        let proxy = try Self.proxy("127.0.0.1:\(app.port)", ", timeouts: { connect: 30s }" + limit)
        // From now on the limit is known.
        #expect(try proxy.fetch("/").text == "good")
        let answers = (0..<count).map { _ in Background { try proxy.fetch("/").text } }
        for answer in answers { #expect(try answer.value() == "good") }
        #expect(app.connections == expected)
    }

    /// GOAWAY: what the app still serves is finished, what comes later goes to a new connection.
    @Test func goAway() throws {
        let later = Signal()
        let app = try RawOrigin { connection, number, _ in
            try connection.send(H2.frame(H2.Kind.settings))
            try connection.takePreface()
            let stream = try connection.takeHTTP2Request()
            guard number == 0 else { return try connection.send(HostileHTTP2UpstreamTests.good(stream)) }
            try connection.send(H2.headers(stream, [(":status", "200")]) + H2.data(stream, "begun, "))
            try connection.send(H2.frame(H2.Kind.goAway, H2.number(stream) + H2.number(0)))
            try later.wait()
            try connection.send(H2.data(stream, "done", end: true))
            // To the end: closing on unread bytes would reset what has just been said.
            _ = try connection.takeToEnd()
        }
        let proxy = try Self.proxy("127.0.0.1:\(app.port)")
        let client = try Connection(port: proxy.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try client.take(through: "begun, ")
        // The GOAWAY came with that, or just behind it: then this is refused and sent again.
        #expect(try proxy.fetch("/").text == "good")
        later.give()
        _ = try client.take(through: "done")
        #expect(app.connections == 2)
    }

    /// A connection without an exchange is closed after a while, in good order.
    @Test func idle() throws {
        let closed = Signal()
        let app = try RawOrigin { connection, _, _ in
            try connection.send(H2.frame(H2.Kind.settings))
            try connection.takePreface()
            try connection.send(HostileHTTP2UpstreamTests.good(try connection.takeHTTP2Request()))
            while true {
                if try connection.takeFrame().kind == H2.Kind.goAway { closed.give() }
            }
        }
        let proxy = try Self.proxy("127.0.0.1:\(app.port)", ", timeouts: { idle: 200ms }")
        // The clock of idleness is looked at while there is something to look after.
        let client = try Connection(port: proxy.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.takeResponse().text == "good")
        try closed.wait()
    }

    /// A client that does not read stops its own stream: the app may send one window and what the proxy holds, and others go on.
    @Test func slowClient() throws {
        let blocked = Signal()
        let app = try RawOrigin { connection, _, _ in
            try connection.send(H2.frame(H2.Kind.settings))
            try connection.takePreface()
            let slow = try connection.takeHTTP2Request()
            try connection.send(H2.headers(slow, [(":status", "200")]))
            var window = 65_535
            var other: Int?
            var isBlocked = false
            let piece = String(repeating: "x", count: 16_384)
            // Sends all that it may, and answers others between.
            while true {
                if window >= piece.utf8.count, !isBlocked {
                    try connection.send(H2.data(slow, piece))
                    window -= piece.utf8.count
                }
                if window < piece.utf8.count || isBlocked {
                    let frame = try connection.takeFrame()
                    if frame.kind == H2.Kind.windowUpdate, frame.stream == slow {
                        window += frame.payload.reduce(0) { $0 << 8 | Int($1) }
                    }
                    if frame.kind == H2.Kind.settings, frame.flags == 0 { window += (128 << 10) - 65_535 }
                    if frame.endsStream, frame.stream != slow { other = frame.stream }
                }
                if let stream = other {
                    isBlocked = true
                    blocked.give()
                    try connection.send(HostileHTTP2UpstreamTests.good(stream))
                    other = nil
                }
            }
        }
        let proxy = try Self.proxy("127.0.0.1:\(app.port)")
        let client = try Connection(port: proxy.port, receiveBuffer: 8_192)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        for _ in 0..<5 { #expect(try proxy.fetch("/").text == "good") }
        try blocked.wait()
        #expect(app.connections == 1)
    }

    /// A client that goes away: the app is told on the stream, and the connection goes on.
    @Test func lostClient() throws {
        let begun = Signal()
        let told = Signal()
        let app = try RawOrigin { connection, _, _ in
            try connection.send(H2.frame(H2.Kind.settings))
            try connection.takePreface()
            let first = try connection.takeHTTP2Request()
            try connection.send(H2.headers(first, [(":status", "200")]) + H2.data(first, "begun"))
            begun.give()
            while true {
                let frame = try connection.takeFrame()
                if frame.kind == H2.Kind.reset, frame.stream == first, frame.payload == H2.number(8) { told.give() }
                if frame.endsStream { try connection.send(HostileHTTP2UpstreamTests.good(frame.stream)) }
            }
        }
        let proxy = try Self.proxy("127.0.0.1:\(app.port)")
        let client = try ChildProcess("curl", ["-sN", "--http2-prior-knowledge", proxy.url])
        try begun.wait()
        client.stop()
        try told.wait()
        #expect(try proxy.fetch("/").text == "good")
        #expect(app.connections == 1)
    }
}
