import Foundation
import TestSupport
import Testing

/// Clients that never stop asking (clients/steady.py), while something happens to the proxy.
struct SteadyClients {
    struct Outcome: Decodable {
        var requests: Int
        var connections: Int
        var failed: Int
        var failures: [String]
        /// How many policies were seen.
        var policies: Int
        var hung: Int
    }

    /// - Parameter address: a port of the loopback address, or the path of a socket.
    static func run(against address: String, while body: () throws -> Void) throws -> Outcome {
        let gate = Places.scratch("gate")
        #expect(mkfifo(gate, 0o600) == 0)
        let script = "exec '\(Places.python("python"))' '\(Places.integration("clients/steady.py"))' '\(address)' 0 < '\(gate)'"
        let client = try ChildProcess("sh", ["-c", script])
        defer { client.stop() }
        let descriptor = open(gate, O_WRONLY | O_CLOEXEC)
        _ = try client.line(.output) { $0 == "ready" ? true : nil }
        let result = Result(catching: body)
        close(descriptor)
        try client.waitForExit(within: 60)
        try result.get()
        let line = try client.line(.output) { $0.hasPrefix("{") ? $0 : nil }
        return try JSONDecoder().decode(Outcome.self, from: Data(line.utf8))
    }

    /// A configuration whose policy is on every response three times: from the global rules, the listener's and the route's.
    static func configuration(_ policy: String, port: String, admin: String = "127.0.0.1:0", app: Int, more: String = "")
        -> String
    {
        """
        listen:
          - bind: \(port)
            response_headers: [{ set: { X-Middle: "\(policy)" } }]
        \(more)
        admin: \(admin)
        access_log: off
        workers: 2
        upstreams: { app: "http://127.0.0.1:\(app)" }
        response_headers: [{ set: { X-First: "\(policy)" } }]
        routes: [{ upstream: app, response_headers: [{ set: { X-Last: "\(policy)" } }] }]

        """
    }
}
