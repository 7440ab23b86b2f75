import Foundation
import Synchronization
import TestSupport
import Testing

/// One of two servers is killed under load, again and again, and comes back: no client notices.
@Suite struct KillTests {
    private static func server(_ name: String, port: Int = 0) throws -> ProxyProcess {
        try ProxyProcess(
            """
            listen: 127.0.0.1:\(port)
            workers: 1
            access_log: off
            routes: [{ path: /**, respond: { status: 200, body: "\(name)" } }]

            """)
    }

    /// Clients that ask without a pause, each on its own connection.
    private final class Load: Sendable {
        struct Count: Sendable {
            var answers = 0
            var failures: [String] = []
            var isOver = false
        }

        private final class Ledger: Sendable { let count = Mutex(Count()) }

        private let ledger = Ledger()
        private let clients: [Background<Void>]

        var count: Count { ledger.count.withLock { $0 } }

        init(port: Int, clients: Int) {
            let ledger = ledger
            self.clients = (0..<clients).map { client in
                Background {
                    var connection = try Connection(port: port)
                    while !ledger.count.withLock({ $0.isOver }) {
                        do {
                            try connection.send(
                                "\(client % 2 == 0 ? "GET" : "PUT") / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
                            let response = try connection.takeResponse()
                            ledger.count.withLock { count in
                                count.answers += 1
                                if response.status != 200 { count.failures.append("\(response.status)") }
                            }
                        } catch {
                            ledger.count.withLock { $0.failures.append("\(error)") }
                            connection = try Connection(port: port)
                        }
                    }
                }
            }
        }

        /// Returns when there were so many more answers.
        func wait(for more: Int) throws {
            let (start, deadline) = (count.answers, Date(timeIntervalSinceNow: 30))
            while count.answers < start + more {
                guard Date() < deadline else { throw Disappointment("the load stands still: \(count)") }
                usleep(1_000)
            }
        }

        func stop() throws -> Count {
            ledger.count.withLock { $0.isOver = true }
            for client in clients { try client.value() }
            return count
        }
    }

    @Test(arguments: ["http", "h2c"])
    func twentyTimes(_ scheme: String) throws {
        var servers = [try Self.server("0"), try Self.server("1")]
        let ports = servers.map(\.port)
        let group = try Group(
            ports.map { "\(scheme)://127.0.0.1:\($0)" },
            "health_check: { interval: 50ms, unhealthy_threshold: 1 }",
            workers: 2)
        let load = Load(port: group.proxy.port, clients: 8)
        for round in 0..<20 {
            let victim = round % 2
            try load.wait(for: 100)
            servers[victim].process.signal(SIGKILL)
            try servers[victim].process.waitForExit()
            try load.wait(for: 100)
            servers[victim] = try Self.server("\(victim)", port: ports[victim])
            _ = try group.servers { $0.count == 2 && $0[victim]["standing"] as? String == "up" }
        }
        let count = try load.stop()
        #expect(count.failures.isEmpty, "\(count)")
        #expect(count.answers > 4_000)
        let states = try group.servers { $0.allSatisfy { $0["active"] as? Int == 0 } }
        #expect(states.allSatisfy { $0["requests"] as? Int ?? 0 > 1_000 }, "both have worked: \(states)")
    }
}
