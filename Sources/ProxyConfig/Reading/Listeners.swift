import HeaderPolicy
import ProxyCore

extension Reading {
    /// `listen:` — one address or mapping, or a list of them.
    func listeners(_ node: Node) -> [Listener] {
        let nodes = node.items
        let listeners = nodes.compactMap(listener)
        if nodes.isEmpty { error("`listen` names no address", at: node.place, help: "write `listen: :8080`") }
        var taken: [SocketTarget: SourceLocation] = [:]
        for listener in listeners {
            let bind = listener.bind
            if case .tcp(_, port: 0) = bind.value { continue }
            if let first = taken.updateValue(bind.location, forKey: bind.value.ofBothVersions) {
                error("`\(bind.value)` is listened on twice", at: bind.location, help: "the first is on line \(first.line)")
            }
        }
        return listeners
    }

    private func listener(_ node: Node) -> Listener? {
        guard case .table = node.content else { return bindAddress(node).map { Listener(bind: $0) } }
        guard let table = Table<ListenerKey>(node, self, for: "a listener") else { return nil }
        guard let bind = table[.bind] else {
            guard !table.hasUnknownKeys else { return nil }
            error("a listener needs `bind`", at: table.place, help: "write `bind: :8080`")
            return nil
        }
        let requestHeaders = table[.requestHeaders].map { rules($0, for: "`request_headers`", .request) } ?? []
        let responseHeaders = table[.responseHeaders].map { rules($0, for: "`response_headers`", .response) } ?? []
        let proxyProtocol = table[.proxyProtocol].flatMap { bool($0, for: "`proxy_protocol`")?.value } ?? false
        let tls = table[.tls].flatMap(listenerTLS)
        let redirect = table[.redirectToHTTPS].flatMap { redirectToHTTPS($0, table) }
        let name = table[.name].flatMap { text($0, for: "`name`")?.value }
        guard let bind = bindAddress(bind) else { return nil }
        var listener = Listener(bind: bind)
        listener.name = name
        listener.requestHeaders = requestHeaders
        listener.responseHeaders = responseHeaders
        listener.proxyProtocol = proxyProtocol
        listener.tls = tls
        listener.redirectToHTTPS = redirect
        return listener
    }
}

extension SocketTarget {
    /// The target with both versions of IP: listening on all interfaces of IPv6 includes those of IPv4.
    var ofBothVersions: SocketTarget {
        if case .tcp(host: "0.0.0.0", let port) = self { .tcp(host: "::", port: port) } else { self }
    }
}
