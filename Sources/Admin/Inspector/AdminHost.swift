import HTTPModel
import ProxyCore

/// The host names under which the admin listener serves what a web page must not read.
///
/// A page can have its own name resolve to this machine (DNS rebinding), and a browser then takes the admin listener for that
/// page's origin. That is impossible for an address, for the name in the configuration, and for a name that no public name server
/// can give away: one without a dot, such as `localhost` or a service in a container network, or one under `.localhost`,
/// `.internal` or `.cluster.local`.
struct AdminHost: Sendable {
    private let name: String?

    init(_ admin: SocketTarget?) {
        switch admin {
        case .tcp(let host, _): name = Authority.withoutClosingDot(host.utf8.span).text.lowercased()
        case .unix: name = nil
        case nil: name = "localhost"
        }
    }

    func isOwn(_ request: borrowing RequestHead) -> Bool {
        // Browsers do not use Unix sockets.
        guard let name else { return true }
        let host = Authority.withoutClosingDot(request.hostname).text.lowercased()
        if host == name || !host.contains(".") && !host.isEmpty { return true }
        if [".localhost", ".internal", ".cluster.local"].contains(where: host.hasSuffix) { return true }
        return IPAddress(host.utf8.span) != nil
    }
}
