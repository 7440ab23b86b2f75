package import HTTPModel

/// How a tunnel ended, an exchange that has succeeded with its 101 (over HTTP/2 with a 200 to extended CONNECT). None of them is a
/// failure: which side hangs up, and how, is the business of the protocol inside.
package enum TunnelEnd: Sendable, Hashable, CaseIterable {
    /// The client closed or reset its side first.
    case client
    /// The app did.
    case upstream
    /// Nothing passed for `timeouts.tunnel`, or for `timeouts.idle` after the client had ended its side.
    case idle
    /// The client took nothing of what waited for it for `timeouts.write`.
    case stalled
    /// The proxy stopped.
    case stop

    /// As the log is told.
    package var reason: Reason {
        switch self {
        case .client: .tunnelClosedByClient
        case .upstream: .tunnelClosedByUpstream
        case .idle: .tunnelIdle
        case .stalled: .tunnelStalled
        case .stop: .tunnelStopped
        }
    }
}

extension Reason {
    /// It is how a tunnel ended.
    package var isEndOfTunnel: Bool { TunnelEnd.allCases.contains { $0.reason == self } }
}
