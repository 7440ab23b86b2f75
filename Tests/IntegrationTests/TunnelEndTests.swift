import Foundation
import TestSupport
import Testing

/// How a tunnel ends is the business of what runs in it: no server is ejected for it, nothing is a failure, and the log says what happened.
@Suite struct TunnelEndTests {
    typealias H2 = HTTP2Frames

    /// What the app does once it has said 101.
    enum App: Sendable { case waits, closes, resets, closesWhenToldTo }
    enum Client: Sendable { case finishes, closes, resets, waits, says }

    static let accept = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"

    static func origin(_ app: App) throws -> RawOrigin {
        try RawOrigin { connection, _, origin in
            guard let request = try origin.request(on: connection) else { return }
            let key = request.fields["Sec-WebSocket-Key"].map { "Sec-WebSocket-Accept: \(answer(to: $0))\r\n" } ?? ""
            try connection.send("\(accept)\(key)\r\n")
            switch app {
            case .waits: _ = try connection.isClosedByPeer()
            case .closes: break
            case .resets:
                // What was sent before would be lost with it.
                _ = try connection.take(exactly: 4)
                connection.reset()
            case .closesWhenToldTo:
                // The close handshake: a frame from each side, then the app closes.
                _ = try connection.take(exactly: 4)
                try connection.send("over")
            }
        }
    }

    /// The answer that is expected is known for one key alone (RFC 6455 §1.3).
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="

    private static func answer(to key: String) -> String {
        if key == Self.key { return "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" }
        let sum = try? run(Places.python("python"), ["-c", script, key])
        return sum?.text.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }

    private static let script =
        "import sys,hashlib,base64;print(base64.b64encode(hashlib.sha1((sys.argv[1]+'258EAFA5-E914-47DA-95CA-C5AB0DC85B11').encode()).digest()).decode())"

    private static func configuration(_ servers: [RawOrigin], timeouts: String = "") -> String {
        """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        workers: 1
        timeouts: { \(timeouts) }
        upstreams:
          app: { servers: [\(servers.map { "http://127.0.0.1:\($0.port)" }.joined(separator: ", "))], ejection: { failures: 1, duration: 1h } }
        \(Policy.rules)

        """
    }

    private static func open(_ proxy: ProxyProcess) throws -> Connection {
        let client = try Connection(port: proxy.port)
        try client.send(
            "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: \(key)\r\n\r\n")
        #expect(try client.takeHead().status == 101)
        return client
    }

    static let ends: [(App, Client, String)] = [
        (.closesWhenToldTo, .says, "tunnel_closed_by_upstream"), (.closes, .waits, "tunnel_closed_by_upstream"),
        (.resets, .says, "tunnel_closed_by_upstream"), (.waits, .closes, "tunnel_closed_by_client"),
        (.waits, .resets, "tunnel_closed_by_client"), (.waits, .finishes, "tunnel_closed_by_client"),
    ]

    /// Nothing but the end of tunnels is counted, and both servers go on getting requests.
    private static func expectNoHarm(_ proxy: ProxyProcess, _ reason: String, _ count: Int, status: String) throws {
        let lines = try proxy.process.lines(.output, count) { line in
            logEntry(line).flatMap { $0["path"] == "/chat" ? $0 : nil }
        }
        #expect(lines.allSatisfy { $0["status"] == status && $0["reason"] == reason && $0["source"] == "upstream" }, "\(lines)")
        #expect(try BodilessAnswerTests.counted(proxy, BodilessAnswerTests.failures) == [:])
        #expect(
            try BodilessAnswerTests.counted(proxy, ["letterhead_tunnels_ended_total"])
                == ["letterhead_tunnels_ended_total{reason=\(reason)}": Double(count)])
        #expect(!proxy.process.text(.error).contains("left out"))
    }

    @Test(arguments: ends) func overHTTP1(_ app: App, _ client: Client, _ reason: String) throws {
        let origins = [try Self.origin(app), try Self.origin(app)]
        let proxy = try ProxyProcess(Self.configuration(origins))
        for _ in 0..<12 {
            let tunnel = try Self.open(proxy)
            switch client {
            case .says:
                try tunnel.send("done")
                let rest = (try? tunnel.takeToEnd()) ?? []
                #expect(String(decoding: rest, as: UTF8.self) == (app == .resets ? "" : "over"))
            case .waits: #expect(try tunnel.isClosedByPeer())
            case .closes: tunnel.close()
            case .resets: tunnel.reset()
            case .finishes:
                tunnel.finish()
                #expect(try tunnel.isClosedByPeer())
            }
        }
        try Self.expectNoHarm(proxy, reason, 12, status: "101")
        #expect(origins.allSatisfy { $0.requests.count == 6 })
    }

    @Test(arguments: ends) func overExtendedConnect(_ app: App, _ client: Client, _ reason: String) throws {
        let origins = [try Self.origin(app), try Self.origin(app)]
        let proxy = try ProxyProcess(Self.configuration(origins))
        let head = [
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/chat"), (":authority", "a"),
            ("sec-websocket-version", "13"),
        ]
        let connection = try Connection(port: proxy.port)
        try connection.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + H2.frame(H2.Kind.settings))
        for stream in [1, 3, 5, 7] {
            try connection.send(H2.headers(stream, head))
            var frame = try connection.takeFrame()
            while frame.stream != stream { frame = try connection.takeFrame() }
            #expect(frame.kind == H2.Kind.headers && frame.flags & 1 == 0)
            switch client {
            case .says: try connection.send(H2.data(stream, "done"))
            case .waits: break
            case .closes, .resets: try connection.send(H2.reset(stream, 8))
            case .finishes: try connection.send(H2.data(stream, "", end: true))
            }
            if [.closes, .resets].contains(client) { continue }
            repeat {
                frame = try connection.takeFrame()
            } while frame.stream != stream || !frame.endsStream && frame.kind != H2.Kind.reset
            // A reset is not passed on as an orderly end (RFC 8441 §5).
            #expect(app == .resets ? frame.payload == H2.number(8) : frame.endsStream, "\(frame)")
        }
        try Self.expectNoHarm(proxy, reason, 4, status: "200")
    }

    /// A tunnel through which nothing passes ends, and that is all.
    @Test func idle() throws {
        let proxy = try ProxyProcess(
            Self.configuration([try Self.origin(.waits), try Self.origin(.waits)], timeouts: "tunnel: 100ms"))
        for _ in 0..<2 { #expect(try Self.open(proxy).isClosedByPeer()) }
        try Self.expectNoHarm(proxy, "tunnel_idle", 2, status: "101")
    }

    /// Before there is a tunnel, a connection that breaks is what it always was.
    @Test func aBrokenHandshakeIsAFailure() throws {
        let origin = try RawOrigin { connection, _, _ in _ = try connection.take(through: "\r\n\r\n") }
        let proxy = try ProxyProcess(Self.configuration([origin]))
        let client = try Connection(port: proxy.port)
        try client.send("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
        #expect(try client.takeResponse().status == 502)
        #expect(try proxy.accessLog(["status": "502"])["reason"] == "upstream_closed")
    }
}
