import Foundation
import HostileMessages
import TestSupport
import Testing

/// Clients that leave, or send more than is read, while the proxy does not read from them.
@Suite struct GoneClientTests {
    private static func offerAll(_ client: Connection, _ bytes: [UInt8]) throws -> Int {
        var sent = 0
        while case let count = try client.offer(bytes, within: 0.5), count > 0 { sent += count }
        return sent
    }

    /// An answer without end for a client that is gone, with bytes of it unread: the app learns of it.
    @Test(arguments: [false, true]) func unreadBytes(_ upgrades: Bool) throws {
        let ended = Signal()
        let origin = try RawOrigin { connection, _, _ in
            _ = try connection.take(through: "\r\n\r\n")
            let head =
                upgrades
                ? "101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x" : "200 OK\r\nContent-Type: text/event-stream"
            try connection.send("HTTP/1.1 \(head)\r\n\r\n")
            while (try? connection.send("data: x\n\n")) != nil {}
            ended.give()
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        let start = upgrades ? "Connection: upgrade\r\nUpgrade: x" : "Content-Length: 15000000"
        try client.send("POST / HTTP/1.1\r\nHost: a\r\n\(start)\r\n\r\n")
        _ = try client.take(through: "\r\n\r\n")
        #expect(try Self.offerAll(client, [UInt8](repeating: 0x61, count: 1 << 16)) > 0)
        client.close()
        // Sooner than the origin gives up by itself.
        try ended.wait(within: patience / 3)
    }

    /// Requests sent ahead wait in the client's socket, not in the proxy's memory, also if each gets a connection of its own.
    @Test func pipelinedRequests() throws {
        let origin = try RawOrigin { connection, _, _ in
            _ = try connection.take(through: "\r\n\r\n")
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        let many = Array(String(repeating: request, count: 2_000).utf8)
        var (sent, answered) = (0, 0)
        func goOn(until count: Int) throws {
            while answered < count {
                sent += try client.offer(Array(many[(sent % request.utf8.count)...]), within: 0)
                _ = try client.take(through: "\r\n\r\nok")
                answered += 1
            }
        }
        try goOn(until: 100)
        let early = sent
        try goOn(until: 400)
        #expect(sent - early < 4 << 20, "\(early) bytes, then \(sent)")
    }

    /// After the last response on a connection nothing that the client says about it is answered with a reset, which would take what is
    /// still on its way.
    @Test func theLastResponse() throws {
        let origin = try RawOrigin { _ in "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin) + "limits: { requests_per_connection: 1 }\n")
        let client = try Connection(port: proxy.port)
        try client.send(Wire.start + Wire.headers(1, Wire.get))
        let said = Frame.all(in: try client.takeToEnd())
        #expect(said.contains { $0.kind == 0 && $0.flags & 1 == 1 } && said.last?.kind == 7)
        for _ in 0..<3 { try client.send(Wire.window(0, 2)) }
    }

    /// What one client sends beside its requests is not held against the next.
    @Test func emptyLines() throws {
        let origin = try RawOrigin { _ in "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let one = try Connection(port: proxy.port)
        try one.send("\r\n")
        let other = try Connection(port: proxy.port)
        try other.send("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(String(decoding: try other.take(through: "\r\n"), as: UTF8.self) == "HTTP/1.1 200 OK\r\n")
    }
}
