/// How a tunnel ended, an exchange that has succeeded with its 101 (over HTTP/2 with a 200 to extended CONNECT). None of them is a
/// failure: which side hangs up, and how, is the business of the protocol inside.
public enum TunnelEnd: String, Sendable, Hashable, CaseIterable {
    /// The client closed or reset its side first.
    case client = "tunnel_closed_by_client"
    /// The app did.
    case upstream = "tunnel_closed_by_upstream"
    /// Nothing passed for `timeouts.tunnel`, or for `timeouts.idle` after the client had ended its side.
    case idle = "tunnel_idle"
    /// The client took nothing of what waited for it for `timeouts.write`.
    case stalled = "tunnel_stalled"
    /// The proxy stopped.
    case stop = "tunnel_stopped"
}
