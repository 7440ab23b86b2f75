import HTTPModel
import HeaderPolicy
import HostileMessages
import ProxyCore
import TestSupport
import Testing

@testable import ProxyTransport

/// When connections end, and what is said of it.
@Suite struct EndOfConnectionTests {
    private static let place = SourceLocation(file: "test.yaml", line: 1, column: 1)

    private static func server(_ action: Route.Action, app: Int = 1) async throws -> (server: Server, port: Int) {
        var configuration = NameTests.configuration(port: app)
        configuration.upstreams[0].servers[0].address = Located(.tcp(host: "127.0.0.1", port: app), at: place)
        configuration.routes = [Route(action, location: place)]
        configuration.workers = 1
        let server = try await Server(Provision(CompiledConfiguration(configuration)), accessLog: nil)
        guard case .tcp(_, let port) = try await server.listen()[0] else { throw Disappointment("no port") }
        return (server, port)
    }

    private static func openConnections(_ server: Server) async -> Int {
        await server.metrics().loops.listeners.values.reduce(0) { $0 + $1.opened - $1.closed }
    }

    /// A client that asked for the close has sent nothing more, so nothing is kept of its connection once it has the response, even
    /// if it stays.
    @Test(
        arguments: ["GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\nHost: a\r\n\r\n"], [true, false])
    func closesAtOnce(_ request: String, _ isProxied: Bool) async throws {
        let app = try NameTests.app(1, port: 0)
        let action = isProxied ? Route.Action.upstream("app") : .respond(FixedResponse(status: 200, body: Array("1".utf8)))
        let (server, port) = try await Self.server(action, app: app.port)
        let client = try Connection(port: port)
        try client.send(request)
        let response = try client.takeToEnd()
        #expect(String(decoding: response, as: UTF8.self).hasSuffix("\r\n\r\n1"))
        let open = await Self.openConnections(server)
        #expect(open == 0)
        client.close()
        await server.shutDown()
    }

    /// A client that resets its requests while connections to the app are being made leaves none of them behind: an app that serves
    /// one connection at a time would wait for a request on it.
    @Test func leavingWhileConnecting() async throws {
        let app = try NameTests.app(1, port: 0)
        let (server, port) = try await Self.server(.upstream("app"), app: app.port)
        let client = try Connection(port: port)
        var bytes = Wire.start
        for stream in stride(from: UInt32(1), to: 41, by: 2) { bytes += Wire.headers(stream, Wire.get) + Wire.reset(stream) }
        try client.send(bytes + Wire.headers(41, Wire.get))
        while !Frame.all(in: client.pending).contains(where: { $0.kind == 0 && $0.stream == 41 }) { _ = try client.receive() }
        #expect(app.requests.count == 1)
        // The board is written four times a second.
        for _ in 0..<10_000 where server.upstreamSnapshots[0].servers[0].load.connections != 1 {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(server.upstreamSnapshots[0].servers[0].load.connections == 1)
        client.close()
        await server.shutDown()
    }

    private static let slow: Wire.Pairs = Wire.get.map { ($0.0, $0.0 == ":path" ? "/slow" : $0.1) }

    /// Where the proxy ends a stream or a connection because the client broke the rules, the client has not just gone away.
    @Test(arguments: [
        Wire.headers(1, Wire.post, end: false) + Wire.data(1, 3) + Wire.frame(1, flags: 4, stream: 1, Wire.block([("x", "y")])),
        Wire.headers(1, slow) + Wire.window(1, 0x7FFF_FFFF) + Wire.window(1, 0x7FFF_FFFF),
        Wire.headers(1, slow) + Wire.frame(4, stream: 1),
    ])
    func brokenRules(_ bytes: [UInt8]) async throws {
        let release = Signal()
        let app = try NameTests.app(1, port: 0, release: release)
        let (server, port) = try await Self.server(.upstream("app"), app: app.port)
        let client = try Connection(port: port)
        try client.send(Wire.start + bytes)
        while await server.metrics().loops.ended == 0 { try await Task.sleep(for: .milliseconds(1)) }
        let reasons = await server.metrics().loops.reasons
        #expect(reasons.entries.map(\.word) == [.clientProtocolError])
        client.close()
        release.give()
        await server.shutDown()
    }

    /// A drain that is cut short by a stop says that not all exchanges ended by themselves.
    @Test func stoppedDrain() async throws {
        let release = Signal()
        let app = try NameTests.app(1, port: 0, release: release)
        let (server, port) = try await Self.server(.upstream("app"), app: app.port)
        let client = try Connection(port: port)
        try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        while app.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        async let drained = server.drain(grace: 3_600_000)
        while await server.workers[0].ask({ $0.isDraining }) != true { try await Task.sleep(for: .milliseconds(1)) }
        await server.stop()
        let isClean = await drained
        #expect(!isClean)
        release.give()
        await server.shutDown()
    }

    private struct Greeting: LocalService {
        func respond(
            to request: borrowing RequestHead, body requestBody: [UInt8], into response: inout ResponseHead, body: inout [UInt8]
        ) {
            response.status = 200
            body = Array("hello".utf8)
        }
    }

    /// A service's client of HTTP/1.0 is told whether the connection stays: one that is not told reads to the end.
    @Test(arguments: [
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive"), ("GET / HTTP/1.0\r\n\r\n", "close"),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close"),
    ])
    func servicePersistence(_ request: String, _ word: String) async throws {
        let (server, _) = try await Self.server(.upstream("app"))
        let address = try await server.listen(on: .tcp(host: "127.0.0.1", port: 0), for: Greeting())
        guard case .tcp(_, let port) = address else { throw Disappointment("no port") }
        let client = try Connection(port: port)
        try client.send(request)
        let response = String(decoding: try client.take(through: "hello"), as: UTF8.self)
        #expect(response.lowercased().contains("\r\nconnection: \(word)\r\n"), "\(response)")
        client.close()
        await server.shutDown()
    }
}
