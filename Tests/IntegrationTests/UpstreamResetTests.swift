import HostileMessages
import TestSupport
import Testing

/// An app that ends a stream of HTTP/2 by RST_STREAM: what it means for its client reaches the client.
@Suite struct UpstreamResetTests {
    typealias H2 = HTTP2Frames

    /// The app's code; the client's, when the response had begun; the status, and gRPC's, when it had not.
    static let codes: [(app: Int, client: UInt32, status: Int, grpc: String)] = [
        (8, 8, 502, "1"), (11, 11, 503, "8"), (0, 2, 502, "14"), (1, 2, 502, "14"), (2, 2, 502, "14"), (3, 2, 502, "14"),
        (5, 2, 502, "14"), (13, 2, 502, "14"),
    ]

    private static func proxy(_ app: RawOrigin) throws -> ProxyProcess {
        try ProxyProcess(
            "listen: 127.0.0.1:0\nworkers: 1\nupstreams: { app: \"h2c://127.0.0.1:\(app.port)\" }\n\(Policy.rules)\n")
    }

    /// A response without a byte of body may still have trailers, such as gRPC's status.
    @Test func trailersOfNothing() throws {
        let app = try Self.app { stream in
            H2.headers(stream, [(":status", "200"), ("content-length", "0")]) + H2.headers(stream, [("x-sum", "0")], end: true)
        }
        defer { app.stop() }
        let proxy = try Self.proxy(app)
        let talk = try HTTP2Talk(port: proxy.port)
        try talk.send(Wire.start + Wire.headers(1, Wire.get))
        try talk.read { talk.isEnded(1) }
        #expect(talk.blocks[1]?.last?.lines.map(\.name) == ["x-sum"])
        for version in HTTPVersion.allCases { #expect(try proxy.fetch("/", version).status == 200) }
    }

    /// A connection that is dead without anybody knowing costs one exchange, not all until TCP gives up.
    @Test func aSilentConnectionIsLeft() throws {
        let app = try RawOrigin { connection, number, _ in
            try connection.send(H2.frame(H2.Kind.settings))
            try connection.takePreface()
            while true {
                let stream = try connection.takeHTTP2Request()
                guard number > 0 || stream == 1 else { continue }
                try connection.send(H2.headers(stream, [(":status", "200")]) + H2.data(stream, "from \(number)", end: true))
            }
        }
        defer { app.stop() }
        let proxy = try ProxyProcess(
            "listen: 127.0.0.1:0\nworkers: 1\nupstreams: { app: \"h2c://127.0.0.1:\(app.port)\" }\n"
                + "timeouts: { response: 200ms }\n")
        #expect(try proxy.fetch("/").text == "from 0")
        #expect(try proxy.fetch("/").status == 504)
        #expect(try proxy.fetch("/").text == "from 1")
    }

    /// A server that resets every request is as bad as one that closes: another one answers, and it is left alone after a while.
    @Test func aServerThatOnlyResetsIsLeftAlone() throws {
        let bad = try Self.app { H2.reset($0, 2) }
        let good = try Self.app { H2.headers($0, [(":status", "200")], end: true) }
        defer {
            bad.stop()
            good.stop()
        }
        let servers = [bad, good].map { "\"h2c://127.0.0.1:\($0.port)\"" }.joined(separator: ", ")
        let proxy = try ProxyProcess(
            "listen: 127.0.0.1:0\nworkers: 1\nupstreams:\n"
                + "  app: { servers: [\(servers)], ejection: { failures: 3, duration: 1h } }\n")
        for round in 0..<20 { #expect(try proxy.fetch("/").status == 200, "\(round)") }
        // The POST is not repeated, so that it shows who is asked.
        for round in 0..<4 {
            #expect(try curl(proxy.url, .http1, ["--data", "a"]).response?.status == 200, "\(round)")
        }
    }

    private static func app(_ answer: @escaping @Sendable (Int) -> [UInt8]) throws -> RawOrigin {
        try RawOrigin { connection, _, _ in
            try connection.send(H2.frame(H2.Kind.settings))
            try connection.takePreface()
            while true { try connection.send(answer(try connection.takeHTTP2Request())) }
        }
    }

    @Test(arguments: codes)
    func inTheBody(_ code: (app: Int, client: UInt32, status: Int, grpc: String)) throws {
        let app = try Self.app { H2.headers($0, [(":status", "200")]) + H2.data($0, "part") + H2.reset($0, code.app) }
        defer { app.stop() }
        let proxy = try Self.proxy(app)
        let talk = try HTTP2Talk(port: proxy.port)
        try talk.send(Wire.start + Wire.headers(1, Wire.get))
        try talk.read { talk.isEnded(1) }
        #expect(talk.response(1)?.text == "part" && talk.resetCode(1) == code.client)
        // A client of HTTP/1 sees a body that breaks off.
        #expect(try curl(proxy.url).exitCode != 0)
    }

    @Test(arguments: codes)
    func beforeTheResponse(_ code: (app: Int, client: UInt32, status: Int, grpc: String)) throws {
        let asked = Counter()
        let app = try Self.app { stream in
            _ = asked.next()
            return H2.reset(stream, code.app)
        }
        defer { app.stop() }
        let proxy = try Self.proxy(app)
        let requests = [["-d", "body"], ["-X", "POST"], []]
        for (version, request) in HTTPVersion.allCases.flatMap({ version in requests.map { (version, $0) } }) {
            let response = try proxy.fetch("/", version, request)
            #expect(response.status == code.status && (response.fields["Retry-After"] != nil) == (code.status == 503))
            Policy.expect(on: response, for: .noOrigin, version)
        }
        // The app may have acted on each before it gave up, so none is sent again.
        #expect(asked.next() == HTTPVersion.allCases.count * requests.count)
        let call = try proxy.fetch("/", .http2, ["-d", "body", "-H", "Content-Type: application/grpc", "-H", "TE: trailers"])
        #expect(call.status == 200 && call.fields["grpc-status"] == code.grpc, "\(call)")
        Policy.expect(on: call, for: .noOrigin, .http2)
    }
}
