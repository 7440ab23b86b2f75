import HeaderPolicy
import ProxyCore
import Synchronization
import TestSupport
import Testing

@testable import ProxyTransport

/// Names of servers whose addresses change, with a resolver that says what the test wants and real apps at 127.0.0.N.
@Suite struct NameTests {
    /// What the resolver says at the moment; nil where it knows nothing.
    final class Directory: Sendable {
        private let addresses: Mutex<[String]?>
        private let asked = Mutex(0)

        init(_ addresses: [String]?) { self.addresses = Mutex(addresses) }

        var questions: Int { asked.withLock { $0 } }
        func set(_ addresses: [String]?) { self.addresses.withLock { $0 = addresses } }

        func look(_ host: String) throws -> [String] {
            asked.withLock { $0 += 1 }
            guard host == "app.internal", let found = addresses.withLock({ $0 }) else { throw Disappointment("no such host") }
            return found
        }
    }

    /// Answers with its number; a request for /slow waits for `release`.
    static func app(_ number: UInt8, port: Int, release: Signal = Signal()) throws -> RawOrigin {
        try RawOrigin(loopback: number, port: port) { connection, _, origin in
            while let request = try origin.request(on: connection) {
                // For as long as the test's other steps take.
                if request.target == "/slow" { try release.wait(within: 3_600) }
                let text = "\(number)"
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
            }
        }
    }

    static func configuration(port: Int) -> Configuration {
        let place = SourceLocation(file: "test.yaml", line: 1, column: 1)
        var upstream = Upstream(
            name: "app", servers: [UpstreamServer(Located(.tcp(host: "app.internal", port: port), at: place))], location: place)
        upstream.resolve = 30
        upstream.timeouts.connect = 500
        // One answer comes when the test says so.
        upstream.timeouts.response = 0
        var configuration = Configuration()
        configuration.listeners = [Listener(bind: Located(.tcp(host: "127.0.0.1", port: 0), at: place))]
        configuration.upstreams = [upstream]
        configuration.routes = [Route(.upstream("app"), location: place)]
        configuration.accessLog = .off
        configuration.workers = 2
        return configuration
    }

    static func server(_ directory: Directory, port: Int) async throws -> (server: Server, port: Int) {
        let server = try await Server(
            Provision(CompiledConfiguration(configuration(port: port))), accessLog: nil,
            lookup: { try directory.look($0) })
        guard case .tcp(_, let bound) = try await server.listen()[0] else { throw Disappointment("no port") }
        return (server, bound)
    }

    /// Who is there, once it is as wanted.
    static func wait(_ server: Server, for wanted: [String]) async throws {
        for _ in 0..<20_000 {
            let found = server.upstreamSnapshots[0].servers.map { "\($0.member.identity.target)" }
            if found == wanted { return }
            try await Task.sleep(for: .milliseconds(1))
        }
        throw Disappointment("the servers did not become \(wanted): \(server.upstreamSnapshots)")
    }

    static func ask(_ port: Int, _ count: Int) throws -> Set<String> {
        Set(
            try (0..<count).map { _ in
                let client = try Connection(port: port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try client.takeResponse()
                return response.status == 200 ? response.text : "\(response.status)"
            })
    }

    @Test func addressesComeAndGo() async throws {
        let release = Signal()
        let two = try Self.app(2, port: 0, release: release)
        let three = try Self.app(3, port: two.port)
        let directory = Directory(["127.0.0.2"])
        let (server, port) = try await Self.server(directory, port: two.port)
        try await Self.wait(server, for: ["127.0.0.2:\(two.port)"])
        #expect(try Self.ask(port, 8) == ["2"])
        directory.set(["127.0.0.3", "127.0.0.2"])
        try await Self.wait(server, for: ["127.0.0.2:\(two.port)", "127.0.0.3:\(two.port)"])
        #expect(try Self.ask(port, 16) == ["2", "3"])
        // A removed server finishes what it has, and gets nothing new.
        let waiting = try Background.slow(port, until: { two.requests.contains { $0.target == "/slow" } })
        directory.set(["127.0.0.3"])
        try await Self.wait(server, for: ["127.0.0.3:\(two.port)"])
        let before = two.requests.count
        #expect(try Self.ask(port, 16) == ["3"] && two.requests.count == before)
        release.give()
        #expect(try waiting.takeResponse().text == "2")
        #expect(three.connections > 0)
        // Nobody answers, or nothing: the last ones stand.
        for answer in [nil, [String]()] {
            directory.set(answer)
            let questions = directory.questions
            while directory.questions < questions + 3 { try await Task.sleep(for: .milliseconds(1)) }
            #expect(try Self.ask(port, 4) == ["3"])
        }
        await server.shutDown()
    }

    /// A name that is not known yet is asked for until it is; until then the proxy answers.
    @Test func foundLater() async throws {
        let app = try Self.app(2, port: 0)
        let directory = Directory(nil)
        let (server, port) = try await Self.server(directory, port: app.port)
        #expect(try Self.ask(port, 1).isSubset(of: ["502", "504"]))
        directory.set(["127.0.0.2"])
        try await Self.wait(server, for: ["127.0.0.2:\(app.port)"])
        #expect(try Self.ask(port, 4) == ["2"])
        await server.shutDown()
    }

    /// Of the second family only when the first one does not answer.
    @Test func secondFamily() async throws {
        let app = try Self.app(2, port: 0)
        let directory = Directory(["::ffff:127.0.0.9", "127.0.0.2"])
        let (server, port) = try await Self.server(directory, port: app.port)
        try await Self.wait(server, for: ["[::ffff:127.0.0.9]:\(app.port)", "127.0.0.2:\(app.port)"])
        #expect(try Self.ask(port, 12) == ["2"])
        await server.shutDown()
    }

    /// A name means all of its addresses, whatever `retries` says: who refuses is passed by, whatever the method.
    @Test(arguments: [false, true]) func theNextAddress(_ retries: Bool) async throws {
        let app = try Self.app(16, port: 0)
        let directory = Directory((11...16).map { "127.0.0.\($0)" })
        var configuration = Self.configuration(port: app.port)
        configuration.upstreams[0].ejection = nil
        if !retries { configuration.upstreams[0].retries.attempts = 0 }
        let server = try await Server(
            Provision(CompiledConfiguration(configuration)), accessLog: nil, lookup: { try directory.look($0) })
        guard case .tcp(_, let port) = try await server.listen()[0] else { throw Disappointment("no port") }
        try await Self.wait(server, for: (11...16).map { "127.0.0.\($0):\(app.port)" })
        let found = try Self.ask(port, 24)
        #expect(found == ["16"])
        // Nobody is left.
        app.stop()
        directory.set((11...15).map { "127.0.0.\($0)" })
        try await Self.wait(server, for: (11...15).map { "127.0.0.\($0):\(app.port)" })
        #expect(try Self.ask(port, 4) == ["502"])
        await server.shutDown()
    }

    /// After a reload nobody has to find out again where the servers are, and how they do; and counts go on.
    @Test func reloads() async throws {
        let (two, release) = (try Self.app(2, port: 0), Signal())
        let three = try Self.app(3, port: two.port, release: release)
        let directory = Directory(["127.0.0.2", "127.0.0.3"])
        var configuration = Self.configuration(port: two.port)
        configuration.upstreams[0].ejection?.failures = 1
        configuration.upstreams[0].ejection?.duration = 3_600_000
        let server = try await Server(
            Provision(CompiledConfiguration(configuration)), accessLog: nil, lookup: { try directory.look($0) })
        guard case .tcp(_, let port) = try await server.listen()[0] else { throw Disappointment("no port") }
        try await Self.wait(server, for: ["127.0.0.2:\(two.port)", "127.0.0.3:\(two.port)"])
        let waiting = try Background.slow(port, until: { three.requests.contains { $0.target == "/slow" } })
        two.stop()
        while server.upstreamSnapshots[0].servers[0].member.standing != .ejected { #expect(try Self.ask(port, 1) == ["3"]) }
        directory.set(nil)
        var requests = 0
        for _ in 0..<3 {
            configuration.upstreams[0].balance = .leastRequests
            _ = try await server.reload(try Provision(try CompiledConfiguration(configuration)))
            let snapshot = server.upstreamSnapshots[0]
            #expect(
                snapshot.servers.map { "\($0.member.identity.target) \($0.member.standing)" } == [
                    "127.0.0.2:\(two.port) ejected", "127.0.0.3:\(two.port) up",
                ])
            #expect(snapshot.balance == .leastRequests && snapshot.servers[1].load.counts.requests >= requests)
            #expect(try Self.ask(port, 10) == ["3"])
            requests += 10
        }
        release.give()
        #expect(try waiting.takeResponse().text == "3")
        while server.upstreamSnapshots[0].servers[1].load.counts.requests < 31 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(server.upstreamSnapshots[0].servers[1].load.counts.requests < 40, "nothing is counted twice")
        await server.shutDown()
    }
}

extension Background where Value == Void {
    /// Connections that ask for /slow, until one of them has got to where it is wanted: that one.
    static func slow(_ port: Int, until isThere: () -> Bool) throws -> Connection {
        while true {
            let client = try Connection(port: port)
            try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            if try !client.hasInput(within: 1), isThere() { return client }
        }
    }
}
