public import HTTPModel
public import HeaderPolicy

/// One entry of an upstream's `servers:`. A name stands for all its addresses, each of which is a server then.
public struct UpstreamServer: Sendable {
    public var address: Located<SocketTarget>
    /// Its share of the requests, in proportion to those of the others; 0 gets none.
    public var weight = 1
    /// It gets requests while none of the others can.
    public var isBackup = false

    public var value: SocketTarget { address.value }
    public var location: SourceLocation { address.location }

    public init(_ address: Located<SocketTarget>) { self.address = address }

    public static let weightLimit = 1_000
}

/// `balance:` — which server of several gets a request.
public enum Balance: Sendable, Hashable {
    /// In turn, in proportion to the weights, and smoothly: a a b a c a a, not a a a a a b c.
    case roundRobin
    /// The one that has the fewest at the moment, for its weight.
    case leastRequests
    /// Of two that are drawn by weight, the one that has fewer.
    case twoChoices
    /// What is equal here goes to the same server; what has nothing here goes in turn.
    case hash(Key)

    public enum Key: Sendable, Hashable {
        case clientIP
        case field(String)
        case cookie(String)
    }
}

/// `health_check:` — asks each server, whether it has requests or not. Times are in milliseconds.
public struct HealthCheck: Sendable, Hashable {
    public var path = "/"
    /// Statuses that are healthy.
    public var statuses: [ClosedRange<UInt16>] = [200...299]
    /// The `Host` that is asked for; nil is the upstream's `host`, or the server's address.
    public var host: String?
    /// From the beginning of one check to that of the next.
    public var interval = 5_000
    public var timeout = 2_000
    /// So many checks in a row make a server healthy, or unhealthy. The very first one decides alone.
    public var healthyThreshold = 1
    public var unhealthyThreshold = 3
    /// Percent of the interval by which a check may come early, so that not all proxies ask in the same moment.
    public var jitter = 10

    public init() {}

    public func passes(_ status: Status) -> Bool { statuses.contains { $0.contains(status.rawValue) } }
}

/// `ejection:` — leaves out a server whose requests fail, for a while. Times are in milliseconds.
public struct Ejection: Sendable, Hashable {
    /// So many in a row.
    public var failures = 5
    /// Responses that count as failures, beside connections that cannot be made, that break, and silence.
    public var statuses: [ClosedRange<UInt16>] = []
    /// How long the first time; each further time in a row twice as long.
    public var duration = 10_000
    public var maxDuration = 300_000
    /// Percent of the servers that may be out at once. One of several always may; all of them never are.
    public var maxEjected = 50

    public init() {}

    public func isFailure(_ status: Status) -> Bool { statuses.contains { $0.contains(status.rawValue) } }
}

/// `retries:` — a request that got no answer from one server goes to another one where that is safe.
public struct Retries: Sendable, Hashable {
    /// Beyond the first attempt; 0 turns retries off.
    public var attempts = 2
    /// Percent of the requests that may be sent again, lest retries bring down what is left.
    public var budget = 20
    /// So many a second always may.
    public var minPerSecond = 10

    public init() {}
}
