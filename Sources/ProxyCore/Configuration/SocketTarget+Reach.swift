import HTTPModel

extension SocketTarget {
    /// The address by which this machine itself can reach the listener: the loopback for the address of all interfaces, with IPv6
    /// or without.
    public var reachable: SocketTarget {
        if case .tcp("::", let port) = self { .tcp(host: "127.0.0.1", port: port) } else { self }
    }

    /// The authority in a request to this target.
    public var authority: String { if case .unix = self { "localhost" } else { description } }

    /// Whether a connection to this address reaches a listener that is bound to the other one, as far as the addresses tell. A
    /// name other than one of this machine's own loopback could stand for anything, and equals only itself.
    public func leads(to bind: SocketTarget) -> Bool {
        switch (self, bind) {
        case (.unix(let path), .unix(let bound)): Self.plain(path) == Self.plain(bound)
        case (.tcp(let host, let port), .tcp(let bound, let boundPort)):
            port == boundPort && port != 0 && Self.leads(host, to: bound)
        default: false
        }
    }

    /// Whether the system lets nobody listen on both: they are the same, or one is all addresses with the port of the other.
    public func excludes(_ other: SocketTarget) -> Bool {
        guard case .tcp(let host, let port) = self, case .tcp(let otherHost, let otherPort) = other else { return self == other }
        guard port == otherPort, port != 0 else { return false }
        if host.lowercased() == otherHost.lowercased() { return true }
        let (own, others) = (Self.addresses(host), Self.addresses(otherHost))
        // A listener on `::` takes IPv4 as well.
        if own.contains(.unspecified) || others.contains(.unspecified) { return true }
        return own.contains { one in
            others.contains { $0 == one || $0.isV4 && one.isV4 && ($0 == Self.any4 || one == Self.any4) }
        }
    }

    private static let loopback4 = IPAddress(v4: 0x7F00_0001)
    private static let loopback6 = IPAddress(high: 0, low: 1)
    private static let any4 = IPAddress(v4: 0)

    private static func leads(_ host: String, to bound: String) -> Bool {
        if Authority.isSameHost(host.utf8.span, bound.utf8.span) { return true }
        // A connection to the address of all interfaces reaches the loopback.
        let reached = addresses(host).map { $0 == any4 ? loopback4 : $0 == .unspecified ? loopback6 : $0 }
        return addresses(bound).contains { own in
            reached.contains { address in
                switch own {
                case any4: address.isV4 && address.isLoopback
                // A listener on `::` takes IPv4 as well.
                case .unspecified: address.isLoopback
                default: address == own
                }
            }
        }
    }

    /// The addresses of a host that is an address, or a name of this machine; none for other names.
    private static func addresses(_ host: String) -> [IPAddress] {
        if let address = IPAddress(host.utf8.span) { return [address] }
        let name = Authority.withoutClosingDot(host.utf8.span).text.lowercased()
        let names = ["localhost.localdomain", "ip6-localhost", "ip6-loopback"]
        return names.contains(name) || Authority.isLocalhost(host.utf8.span) ? [loopback4, loopback6] : []
    }

    /// Returns the segments of a path without doubled slashes and dot segments.
    private static func plain(_ path: String) -> [Substring] {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        return segments
    }
}
