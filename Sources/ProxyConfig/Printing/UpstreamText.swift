import ProxyCore

/// Describes for people how requests are spread over an upstream's servers. For one server at an address there is nothing to say.
enum UpstreamText {
    static func describe(_ server: UpstreamServer) -> String {
        "\(server.value)\(server.weight == 1 ? "" : " weight \(server.weight)")\(server.isBackup ? " backup" : "")"
    }

    static func parts(_ upstream: Upstream) -> [String] {
        let lookups = NameLookups(upstream.servers, interval: upstream.resolve)
        var parts: [String] = []
        if upstream.servers.count > 1 || !lookups.isEmpty {
            parts += ["balance \(describe(upstream.balance))", "ejection \(describe(upstream.ejection))"]
            parts.append("retries \(describe(upstream.retries))")
        }
        if upstream.slowStart > 0 { parts.append("slow_start \(Quantity.text(milliseconds: upstream.slowStart))") }
        if !lookups.isEmpty { parts.append("resolve \(Quantity.text(milliseconds: upstream.resolve))") }
        if let check = upstream.healthCheck { parts.append("health_check \(describe(check))") }
        return parts
    }

    private static func describe(_ balance: Balance) -> String {
        switch balance {
        case .roundRobin: "round_robin"
        case .leastRequests: "least_requests"
        case .twoChoices: "two_choices"
        case .hash(.clientIP): "hash of client_ip"
        case .hash(.field(let name)): "hash of field \(name)"
        case .hash(.cookie(let name)): "hash of cookie \(name)"
        }
    }

    private static func describe(_ ejection: Ejection?) -> String {
        guard let ejection else { return "off" }
        let statuses = ejection.statuses.isEmpty ? "" : " (\(describe(ejection.statuses)) among them)"
        let times = "\(Quantity.text(milliseconds: ejection.duration)) to \(Quantity.text(milliseconds: ejection.maxDuration))"
        return "after \(ejection.failures) failures\(statuses) for \(times), at most \(ejection.maxEjected)%"
    }

    private static func describe(_ retries: Retries) -> String {
        retries.attempts == 0
            ? "off" : "\(retries.attempts) within \(retries.budget)% and \(retries.minPerSecond) a second"
    }

    private static func describe(_ check: HealthCheck) -> String {
        var text = "\(check.path) is \(describe(check.statuses))"
        if let host = check.host { text += " host \(host)" }
        text += " every \(Quantity.text(milliseconds: check.interval)) less \(check.jitter)%"
        text += " within \(Quantity.text(milliseconds: check.timeout))"
        return text + " healthy after \(check.healthyThreshold) unhealthy after \(check.unhealthyThreshold)"
    }

    private static func describe(_ statuses: [ClosedRange<UInt16>]) -> String {
        statuses.map { range in
            if range.count == 100, range.lowerBound % 100 == 0 { return "\(range.lowerBound / 100)xx" }
            return range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }.joined(separator: ", ")
    }
}
