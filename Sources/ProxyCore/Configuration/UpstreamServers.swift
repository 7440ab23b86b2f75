package import HTTPModel
package import HeaderPolicy

/// One entry of an upstream's `servers:`. A name stands for all its addresses, each of which is then a server.
package struct UpstreamServer: Sendable {
    package var address: Located<SocketTarget>
    /// The server's share of the requests, in proportion to the others' weights; with 0 it gets none.
    package var weight = 1
    /// Whether the server gets requests only while none of the others can.
    package var isBackup = false

    package var value: SocketTarget { address.value }
    package var location: SourceLocation { address.location }

    package init(_ address: Located<SocketTarget>) { self.address = address }

    package static let weightLimit = 1_000
}

/// `balance:` — how a server is chosen for a request.
package enum Balance: Sendable, Hashable {
    /// The servers take turns in proportion to their weights, and smoothly: a a b a c a a, not a a a a a b c.
    case roundRobin
    /// The server that has the fewest requests at the moment, in relation to its weight.
    case leastRequests
    /// Of two servers that are drawn by weight, the one that has fewer requests.
    case twoChoices
    /// Requests with the same key go to the same server; requests without the key are taken in turn.
    case hash(Key)

    package enum Key: Sendable, Hashable {
        case clientIP
        case field(String)
        case cookie(String)
    }
}

/// `health_check:` — checks of each server, whether or not it has requests. Times are in milliseconds.
package struct HealthCheck: Sendable, Hashable {
    package var path = "/"
    /// The statuses that count as healthy.
    package var statuses: [ClosedRange<UInt16>] = [200...299]
    /// The `Host` of the checks; nil is the upstream's `host`, or the server's address.
    package var host: String?
    /// The time from the beginning of one check to that of the next.
    package var interval = 5_000
    package var timeout = 2_000
    /// The numbers of checks in a row that make a server healthy or unhealthy. The very first one decides alone.
    package var healthyThreshold = 1
    package var unhealthyThreshold = 3
    /// The percentage of the interval by which a check may come early, so that not all proxies check at the same moment.
    package var jitter = 10

    package init() {}

    package func passes(_ status: Status) -> Bool { statuses.contains { $0.contains(status.rawValue) } }
}

/// `ejection:` — takes a server out for a while when its requests fail. Times are in milliseconds.
package struct Ejection: Sendable, Hashable {
    /// The number of failures in a row that eject a server.
    package var failures = 5
    /// The statuses that count as failures, besides connections that cannot be made or that break, and silence.
    package var statuses: [ClosedRange<UInt16>] = []
    /// The duration of the first ejection; each further one in a row is twice as long.
    package var duration = 10_000
    package var maxDuration = 300_000
    /// The percentage of servers that may be out at once. One of several always may be; all of them never are.
    package var maxEjected = 50

    package init() {}

    package func isFailure(_ status: Status) -> Bool { statuses.contains { $0.contains(status.rawValue) } }
}

/// `retries:` — sends a request that got no answer from one server to another one, if that is safe.
package struct Retries: Sendable, Hashable {
    /// The number of attempts beyond the first one; 0 turns retries off.
    package var attempts = 2
    /// The percentage of requests that may be sent again, lest retries bring down what is left.
    package var budget = 20
    /// The number of retries per second that are always allowed.
    package var minPerSecond = 10

    package init() {}
}
