/// The counts of what happened between the proxy and one server. They only grow.
public struct ServerCounts: Sendable, Hashable {
    /// The requests that were given to the server, including those that other servers had failed.
    public var requests = 0
    /// The requests among them that another server had failed before.
    public var retries = 0
    /// The connections that could not be made.
    public var connectFailures = 0
    /// The requests without an answer, and the responses that count as failures.
    public var failures = 0

    public init() {}

    public static func += (left: inout Self, right: Self) {
        left.requests &+= right.requests
        left.retries &+= right.retries
        left.connectFailures &+= right.connectFailures
        left.failures &+= right.failures
    }
}

/// The present load of a server, on one event loop or on all.
public struct ServerLoad: Sendable, Hashable {
    public var counts = ServerCounts()
    /// The requests that the server has.
    public var active = 0
    /// The requests among them that wait for a connection.
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
    /// The requests that no server could take: `no_healthy_server`.
    public var unserved = 0
    /// The requests that another server would have got if the budget had allowed it.
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
    public var record = ServerRecord()

    public init(_ member: RosterMember) { self.member = member }
}

/// What came of the checks of a server, and of watching its answers.
public struct ServerRecord: Sendable {
    /// The numbers of checks that passed and that failed.
    public var checksPassed = 0
    public var checksFailed = 0
    /// The reason why the last check failed; nil when it passed or there was none.
    public var checkFailure: String?
    /// How often the server was ejected.
    public var ejections = 0

    public init() {}
}
