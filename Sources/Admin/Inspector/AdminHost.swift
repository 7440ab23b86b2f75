import HTTPModel
import ProxyCore

/// By which names the admin listener may be asked for what a web page must not read.
///
/// A page can have a name of its own resolve to this machine (DNS rebinding); then a browser takes the admin listener for that page's
/// origin. It cannot do so with an address, with the name that the configuration gives, or with a name that no public server of names
/// can give away: one without a dot, such as `localhost` or a service's in a container network, or one under `.localhost`,
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
        // No browser speaks through a Unix socket.
        guard let name else { return true }
        let host = Authority.withoutClosingDot(request.hostname).text.lowercased()
        if host == name || !host.contains(".") && !host.isEmpty { return true }
        if [".localhost", ".internal", ".cluster.local"].contains(where: host.hasSuffix) { return true }
        return IPAddress(host.utf8.span) != nil
    }
}
