import HeaderPolicy
import ProxyCore

extension Reading {
    /// `listen:` — one address or mapping, or a list of them.
    func listeners(_ node: Node) -> [Listener] {
        let nodes = node.items
        let listeners = nodes.compactMap(listener)
        if nodes.isEmpty { error("`listen` names no address", at: node.place, help: "write `listen: :8080`") }
        for (number, listener) in listeners.enumerated() {
            let bind = listener.bind
            guard let first = listeners[..<number].first(where: { $0.bind.value.excludes(bind.value) })?.bind else { continue }
            error(
                first.value == bind.value
                    ? "`\(bind.value)` is listened on twice"
                    : "`\(bind.value)` cannot be listened on beside `\(first.value)`: one includes the other", at: bind.location,
                help: "the first is on line \(first.location.line)")
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
