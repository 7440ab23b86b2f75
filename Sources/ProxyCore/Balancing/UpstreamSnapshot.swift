/// The counts of what happened between the proxy and one server. They only grow.
package struct ServerCounts: Sendable, Hashable {
    /// The requests that were given to the server, including those that other servers had failed.
    package var requests = 0
    /// The requests among them that another server had failed before.
    package var retries = 0
    /// The connections that could not be made.
    package var connectFailures = 0
    /// The requests without an answer, and the responses that count as failures.
    package var failures = 0

    package init() {}

    package static func += (left: inout Self, right: Self) {
        left.requests &+= right.requests
        left.retries &+= right.retries
        left.connectFailures &+= right.connectFailures
        left.failures &+= right.failures
    }
}

/// The present load of a server, on one event loop or on all.
package struct ServerLoad: Sendable, Hashable {
    package var counts = ServerCounts()
    /// The requests that the server has.
    package var active = 0
    /// The requests among them that wait for a connection.
    package var waiting = 0
    package var connections = 0

    package init() {}

    package static func += (left: inout Self, right: Self) {
        left.counts += right.counts
        left.active &+= right.active
        left.waiting &+= right.waiting
        left.connections &+= right.connections
    }
}

/// The state of an upstream, for people and metrics.
package struct UpstreamSnapshot: Sendable {
    package var name: String
    package var balance: Balance
    /// The requests that no server could take: `no_healthy_server`.
    package var unserved = 0
    /// The requests that another server would have got if the budget had allowed it.
    package var retriesRefused = 0
    package var servers: [ServerSnapshot] = []

    package init(name: String, balance: Balance) {
        self.name = name
        self.balance = balance
    }
}

package struct ServerSnapshot: Sendable {
    package var member: RosterMember
    package var load = ServerLoad()
    /// The numbers of checks that passed and that failed.
    package var checksPassed = 0
    package var checksFailed = 0
    /// The reason why the last check failed; nil when it passed or there was none.
    package var checkFailure: String?
    /// How often the server was ejected.
    package var ejections = 0

    package init(_ member: RosterMember) { self.member = member }
}
