/// What happened between the proxy and one server. Only ever grows.
package struct ServerCounts: Sendable, Hashable {
    /// Requests that were given to it, those from other servers included.
    package var requests = 0
    /// Of those, the ones that another server had failed before.
    package var retries = 0
    /// Connections that could not be made.
    package var connectFailures = 0
    /// Requests without an answer, and responses that count as failures.
    package var failures = 0

    package init() {}

    package static func += (left: inout Self, right: Self) {
        left.requests &+= right.requests
        left.retries &+= right.retries
        left.connectFailures &+= right.connectFailures
        left.failures &+= right.failures
    }
}

/// What there is at the moment, on one event loop or all.
package struct ServerLoad: Sendable, Hashable {
    package var counts = ServerCounts()
    /// Requests that it has.
    package var active = 0
    /// Those of them that wait for a connection.
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
    /// Requests that no server could have: `no_healthy_server`.
    package var unserved = 0
    /// Requests that another server would have got, had the budget allowed it.
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
    /// Checks that passed and that failed.
    package var checksPassed = 0
    package var checksFailed = 0
    /// Why the last check failed; nil where it passed or there was none.
    package var checkFailure: String?
    /// How often it was ejected.
    package var ejections = 0

    package init(_ member: RosterMember) { self.member = member }
}
