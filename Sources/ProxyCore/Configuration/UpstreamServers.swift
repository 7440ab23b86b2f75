public import HTTPModel
public import HeaderPolicy

/// One entry of an upstream's `servers:`. A name stands for all its addresses, each of which is then a server.
public struct UpstreamServer: Sendable {
    public var address: Located<SocketTarget>
    /// The server's share of the requests, in proportion to the others' weights; with 0 it gets none.
    public var weight = 1
    /// Whether the server gets requests only while none of the others can.
    public var isBackup = false

    public var value: SocketTarget { address.value }
    public var location: SourceLocation { address.location }

    public init(_ address: Located<SocketTarget>) { self.address = address }

    public static let weightLimit = 1_000
}

/// `balance:` — how a server is chosen for a request.
public enum Balance: Sendable, Hashable {
    /// The servers take turns in proportion to their weights, and smoothly: a a b a c a a, not a a a a a b c.
    case roundRobin
    /// The server that has the fewest requests at the moment, in relation to its weight.
    case leastRequests
    /// Of two servers that are drawn by weight, the one that has fewer requests.
    case twoChoices
    /// Requests with the same key go to the same server; requests without the key are taken in turn.
    case hash(Key)

    public enum Key: Sendable, Hashable {
        case clientIP
        case field(String)
        case cookie(String)
    }
}

/// `health_check:` — checks of each server, whether or not it has requests. Times are in milliseconds.
public struct HealthCheck: Sendable, Hashable {
    public var path = "/"
    /// The statuses that count as healthy.
    public var statuses: [ClosedRange<UInt16>] = [200...299]
    /// The `Host` of the checks; nil is the upstream's `host`, or the server's address.
    public var host: String?
    /// The time from the beginning of one check to that of the next.
    public var interval = 5_000
    public var timeout = 2_000
    /// The numbers of checks in a row that make a server healthy or unhealthy. The very first one decides alone.
    public var healthyThreshold = 1
    public var unhealthyThreshold = 3
    /// The percentage of the interval by which a check may come early, so that not all proxies check at the same moment.
    public var jitter = 10

    public init() {}

    public func passes(_ status: Status) -> Bool { statuses.contains { $0.contains(status.rawValue) } }
}

/// `ejection:` — takes a server out for a while when its requests fail. Times are in milliseconds.
public struct Ejection: Sendable, Hashable {
    /// The number of failures in a row that eject a server.
    public var failures = 5
    /// The statuses that count as failures, besides connections that cannot be made or that break, and silence.
    public var statuses: [ClosedRange<UInt16>] = []
    /// The duration of the first ejection; each further one in a row is twice as long.
    public var duration = 10_000
    public var maxDuration = 300_000
    /// The percentage of servers that may be out at once. One of several always may be; all of them never are.
    public var maxEjected = 50

    public init() {}

    public func isFailure(_ status: Status) -> Bool { statuses.contains { $0.contains(status.rawValue) } }
}

/// `retries:` — sends a request that got no answer from one server to another one, if that is safe.
public struct Retries: Sendable, Hashable {
    /// The number of attempts beyond the first one; 0 turns retries off.
    public var attempts = 2
    /// The percentage of requests that may be sent again, lest retries bring down what is left.
    public var budget = 20
    /// The number of retries per second that are always allowed.
    public var minPerSecond = 10

    public init() {}
}
