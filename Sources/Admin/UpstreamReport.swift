import HTTPModel
import ProxyCore

/// The JSON of `/-/upstreams`: every upstream with its servers.
enum UpstreamReport {
    static func write(_ upstreams: [UpstreamSnapshot], into body: inout [UInt8]) {
        body.append(text: "{\"upstreams\":[")
        for (index, upstream) in upstreams.enumerated() {
            body.append(text: index == 0 ? "\n" : ",\n")
            write(upstream, into: &body)
        }
        body.append(text: "\n]}\n")
    }

    private static func write(_ upstream: UpstreamSnapshot, into body: inout [UInt8]) {
        body.append(text: "{")
        write("name", upstream.name, into: &body)
        body.append(text: ",")
        write("balance", describe(upstream.balance), into: &body)
        write([("unserved", upstream.unserved), ("retries_refused", upstream.retriesRefused)], into: &body)
        body.append(text: ",\"servers\":[")
        for (index, server) in upstream.servers.enumerated() {
            body.append(text: index == 0 ? "\n  " : ",\n  ")
            write(server, into: &body)
        }
        body.append(text: "]}")
    }

    private static func write(_ server: ServerSnapshot, into body: inout [UInt8]) {
        body.append(text: "{")
        write("address", "\(server.member.identity.target)", into: &body)
        if let name = server.member.identity.name {
            body.append(text: ",")
            write("name", name, into: &body)
        }
        body.append(text: ",")
        write("standing", server.member.standing.rawValue, into: &body)
        write([("weight", server.member.weight)], into: &body)
        if server.member.isBackup { body.append(text: ",\"backup\":true") }
        let (load, counts) = (server.load, server.load.counts)
        write(
            [
                ("active", load.active), ("waiting", load.waiting), ("connections", load.connections),
                ("requests", counts.requests), ("retries", counts.retries), ("failures", counts.failures),
                ("connect_failures", counts.connectFailures), ("ejections", server.record.ejections),
                ("checks_passed", server.record.checksPassed), ("checks_failed", server.record.checksFailed),
            ], into: &body)
        if let failure = server.record.checkFailure {
            body.append(text: ",")
            write("check_failure", failure, into: &body)
        }
        body.append(text: "}")
    }

    private static func write(_ key: String, _ value: String, into body: inout [UInt8]) {
        body.append(text: "\"\(key)\":\"")
        body.append(jsonEscaping: value.utf8.span)
        body.append(text: "\"")
    }

    private static func write(_ numbers: [(String, Int)], into body: inout [UInt8]) {
        for (key, number) in numbers {
            body.append(text: ",\"\(key)\":")
            body.append(decimal: number)
        }
    }

    /// The name of the method in the configuration.
    private static func describe(_ balance: Balance) -> String {
        switch balance {
        case .roundRobin: "round_robin"
        case .leastRequests: "least_requests"
        case .twoChoices: "two_choices"
        case .hash: "hash"
        }
    }
}
