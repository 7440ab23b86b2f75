/// What happened between the proxy and one server. Only ever grows.
public struct ServerCounts: Sendable, Hashable {
    /// Requests that were given to it, those from other servers included.
    public var requests = 0
    /// Of those, the ones that another server had failed before.
    public var retries = 0
    /// Connections that could not be made.
    public var connectFailures = 0
    /// Requests without an answer, and responses that count as failures.
    public var failures = 0

    public init() {}

    public static func += (left: inout Self, right: Self) {
        left.requests &+= right.requests
        left.retries &+= right.retries
        left.connectFailures &+= right.connectFailures
        left.failures &+= right.failures
    }
}

/// What there is at the moment, on one event loop or all.
public struct ServerLoad: Sendable, Hashable {
    public var counts = ServerCounts()
    /// Requests that it has.
    public var active = 0
    /// Those of them that wait for a connection.
    public var waiting = 0
    public var connections = 0

    public init() {}

    public static func += (left: inout Self, right: Self) {
        left.counts += right.counts
        left.active &+= right.active
        left.waiting &+= right.waiting
        left.connections &+= right.connections
    }
}

/// The state of an upstream, for people and metrics.
public struct UpstreamSnapshot: Sendable {
    public var name: String
    public var balance: Balance
    /// Requests that no server could have: `no_healthy_server`.
    public var unserved = 0
    /// Requests that another server would have got, had the budget allowed it.
    public var retriesRefused = 0
    public var servers: [ServerSnapshot] = []

    public init(name: String, balance: Balance) {
        self.name = name
        self.balance = balance
    }
}

public struct ServerSnapshot: Sendable {
    public var member: RosterMember
    public var load = ServerLoad()
    /// Checks that passed and that failed.
    public var checksPassed = 0
    public var checksFailed = 0
    /// Why the last check failed; nil where it passed or there was none.
    public var checkFailure: String?
    /// How often it was ejected.
    public var ejections = 0

    public init(_ member: RosterMember) { self.member = member }
}
