package import HTTPModel

/// Whether a page of the internet may reach the local network or this machine (Local Network Access): since version 142, Chrome
/// asks its user, no longer the server by a preflight. No header grants it.
package enum LocalNetwork {
    /// From what everybody can reach to what only one machine can. Chrome asks for every step inwards.
    enum Space: Int, Comparable {
        case everywhere, network, machine

        static func < (left: Space, right: Space) -> Bool { left.rawValue < right.rawValue }

        /// Judges by the name alone, without resolving it.
        init(host: String) {
            let host = host.hasSuffix(".") ? String(host.dropLast()) : host
            if WebURL.isLoopback(host) {
                self = .machine
            } else if let address = IPAddress(host.utf8.span) {
                let isMachine = address.isLoopback || address == .unspecified || address == IPAddress(v4: 0)
                let isNetwork = CIDR.privateNetworks.contains { $0.contains(address) }
                self = isMachine ? .machine : isNetwork ? .network : .everywhere
            } else {
                self = host.hasSuffix(".local") || !host.contains(".") ? .network : .everywhere
            }
        }
    }

    /// Whether Chrome lets a page of https ask this host by http, once its user has agreed: an address of the local network, or a name
    /// that is nowhere else.
    static func mayBePlain(_ host: String) -> Bool {
        Space(host: host) == .network && (IPAddress(host.utf8.span) != nil || host.hasSuffix(".local"))
    }

    /// Returns what to expect when a page of the origin asks for the URL, in sentences; nil if Chrome does not ask its user.
    package static func note(origin: String, url: WebURL) -> String? {
        guard let page = WebURL(origin) else { return nil }
        let (from, to) = (Space(host: page.host), Space(host: url.host))
        guard from < to else { return nil }
        let place = to == .machine ? "this machine" : "the local network"
        let text =
            "Chrome 142 and later asks the user first whether a page of \(origin) may reach \(place) (Local Network Access); no header answers "
            + "for the user."
        return page.scheme == .https
            ? text : "\(text) A page that came by http is refused without a question: serve it by https, or from localhost."
    }
}
