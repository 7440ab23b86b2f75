import HTTPModel
import HeaderPolicy
import HostileMessages
import ProxyCore
import TestSupport
import Testing

@testable import ProxyTransport

/// A reload frees the configuration before it, whatever clients are connected: a large one would be in memory several times.
@Suite struct EarlierConfigurationTests {
    enum Client: CaseIterable { case none, silent, idle, idleHTTP2, pipelining }

    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func connect(_ client: Client, to port: Int) throws -> [Connection] {
        guard client != .none else { return [] }
        let connection = try Connection(port: port)
        switch client {
        case .none, .silent: break
        case .idle:
            try connection.send(get)
            #expect(try connection.takeResponse().status == 200)
        case .pipelining:
            try connection.send(get + get)
            for _ in 0..<2 { #expect(try connection.takeResponse().status == 200) }
        case .idleHTTP2:
            try connection.send(Wire.start + Wire.headers(1, Wire.get))
            // The response's body is last.
            _ = try connection.take(through: "hello")
        }
        return [connection]
    }

    private static func configuration() throws -> CompiledConfiguration {
        let place = SourceLocation(file: "test.yaml", line: 1, column: 1)
        var configuration = NameTests.configuration(port: 1)
        configuration.routes = [Route(.respond(FixedResponse(status: 200, body: Array("hello".utf8))), location: place)]
        return try CompiledConfiguration(configuration)
    }

    private static func start() async throws -> (Server, FirstConfiguration) {
        let configuration = try configuration()
        return (try await Server(Provision(configuration), accessLog: nil), FirstConfiguration(configuration))
    }

    private struct FirstConfiguration {
        weak var value: CompiledConfiguration?
        init(_ value: CompiledConfiguration) { self.value = value }
        var isFreed: Bool { value == nil }
    }

    @Test(arguments: Client.allCases) func isFreed(with client: Client) async throws {
        let (server, first) = try await Self.start()
        guard case .tcp(_, let port) = try await server.listen()[0] else { throw Disappointment("no port") }
        let connections = try Self.connect(client, to: port)
        _ = try await server.reload(try Provision(try Self.configuration()))
        // Loops look once a second for what has nothing in progress any more.
        for _ in 0..<20_000 where !first.isFreed { try await Task.sleep(for: .milliseconds(1)) }
        let isFreed = first.isFreed
        #expect(isFreed)
        #expect(connections.count == (client == .none ? 0 : 1))
        await server.shutDown()
    }

    /// An exchange that needs no app and outlives its configuration is counted all the same.
    @Test func countsLateExchanges() async throws {
        var configuration = NameTests.configuration(port: 1)
        configuration.workers = 1
        configuration.routes = [
            Route(.reports(ReportCollector()), location: SourceLocation(file: "test.yaml", line: 1, column: 1))
        ]
        configuration.routes[0].name = "reports"
        let server = try await Server(Provision(CompiledConfiguration(configuration)), accessLog: nil)
        guard case .tcp(_, let port) = try await server.listen()[0] else { throw Disappointment("no port") }
        let client = try Connection(port: port)
        try client.send(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/reports+json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        _ = try client.take(through: "100 Continue\r\n\r\n")
        _ = try await server.reload(try Provision(try CompiledConfiguration(configuration)))
        // The loop looks every 25 ms for configurations with nothing in progress.
        while await server.workers[0].ask({ $0.generations.count }) != 1 { try await Task.sleep(for: .milliseconds(1)) }
        try client.send("[]")
        #expect(try client.takeResponse().status < 500)
        let counts = await server.metrics()
        #expect(counts.routes["reports"] != nil)
        await server.shutDown()
    }
}
