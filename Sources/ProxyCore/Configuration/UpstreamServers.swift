package import HTTPModel
package import HeaderPolicy

/// One entry of an upstream's `servers:`. A name stands for all its addresses, each of which is a server then.
package struct UpstreamServer: Sendable {
    package var address: Located<SocketTarget>
    /// Its share of the requests, in proportion to those of the others; 0 gets none.
    package var weight = 1
    /// It gets requests while none of the others can.
    package var isBackup = false

    package var value: SocketTarget { address.value }
    package var location: SourceLocation { address.location }

    package init(_ address: Located<SocketTarget>) { self.address = address }

    package static let weightLimit = 1_000
}

/// `balance:` — which server of several gets a request.
package enum Balance: Sendable, Hashable {
    /// In turn, in proportion to the weights, and smoothly: a a b a c a a, not a a a a a b c.
    case roundRobin
    /// The one that has the fewest at the moment, for its weight.
    case leastRequests
    /// Of two that are drawn by weight, the one that has fewer.
    case twoChoices
    /// What is equal here goes to the same server; what has nothing here goes in turn.
    case hash(Key)

    package enum Key: Sendable, Hashable {
        case clientIP
        case field(String)
        case cookie(String)
    }
}

/// `health_check:` — asks each server, whether it has requests or not. Times are in milliseconds.
package struct HealthCheck: Sendable, Hashable {
    package var path = "/"
    /// Statuses that are healthy.
    package var statuses: [ClosedRange<UInt16>] = [200...299]
    /// The `Host` that is asked for; nil is the upstream's `host`, or the server's address.
    package var host: String?
    /// From the beginning of one check to that of the next.
    package var interval = 5_000
    package var timeout = 2_000
    /// So many checks in a row make a server healthy, or unhealthy. The very first one decides alone.
    package var healthyThreshold = 1
    package var unhealthyThreshold = 3
    /// Percent of the interval by which a check may come early, so that not all proxies ask in the same moment.
    package var jitter = 10

    package init() {}

    package func passes(_ status: Status) -> Bool { statuses.contains { $0.contains(status.rawValue) } }
}

/// `ejection:` — leaves out a server whose requests fail, for a while. Times are in milliseconds.
package struct Ejection: Sendable, Hashable {
    /// So many in a row.
    package var failures = 5
    /// Responses that count as failures, beside connections that cannot be made, that break, and silence.
    package var statuses: [ClosedRange<UInt16>] = []
    /// How long the first time; each further time in a row twice as long.
    package var duration = 10_000
    package var maxDuration = 300_000
    /// Percent of the servers that may be out at once. One of several always may; all of them never are.
    package var maxEjected = 50

    package init() {}

    package func isFailure(_ status: Status) -> Bool { statuses.contains { $0.contains(status.rawValue) } }
}

/// `retries:` — a request that got no answer from one server goes to another one where that is safe.
package struct Retries: Sendable, Hashable {
    /// Beyond the first attempt; 0 turns retries off.
    package var attempts = 2
    /// Percent of the requests that may be sent again, lest retries bring down what is left.
    package var budget = 20
    /// So many a second always may.
    package var minPerSecond = 10

    package init() {}
}
