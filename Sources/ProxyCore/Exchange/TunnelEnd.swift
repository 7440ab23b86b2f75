public import HTTPModel

/// The end of a tunnel. The exchange has succeeded with its 101 (over HTTP/2 with a 200 to extended CONNECT), so no end is a
/// failure: which side hangs up, and how, is the business of the protocol inside.
public enum TunnelEnd: Sendable, Hashable, CaseIterable {
    /// The client closed or reset its side first.
    case client
    /// The app closed or reset its side first.
    case upstream
    /// Nothing passed for `timeouts.tunnel`, or for `timeouts.idle` after the client had ended its side.
    case idle
    /// The client took none of the waiting bytes for `timeouts.write`.
    case stalled
    /// The proxy stopped.
    case stop

    /// The reason for the log.
    public var reason: Reason {
        switch self {
        case .client: .tunnelClosedByClient
        case .upstream: .tunnelClosedByUpstream
        case .idle: .tunnelIdle
        case .stalled: .tunnelStalled
        case .stop: .tunnelStopped
        }
    }

    /// The reason for the log if the client was lost before, or without, a tunnel.
    var reasonOfLoss: Reason {
        switch self {
        case .client, .upstream, .idle: .clientClosed
        case .stalled: .writeTimeout
        case .stop: .proxyStopped
        }
    }
}

extension Reason {
    /// Whether the reason is the end of a tunnel.
    public var isEndOfTunnel: Bool {
        switch self {
        case .tunnelClosedByClient, .tunnelClosedByUpstream, .tunnelIdle, .tunnelStalled, .tunnelStopped: true
        default: false
        }
    }
}
