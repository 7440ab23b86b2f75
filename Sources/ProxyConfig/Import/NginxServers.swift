/// `server` blocks: which addresses and hosts, and in what order their routes come.
extension NginxTranslator {
    mutating func servers(_ servers: [NginxDirective], _ scope: NginxScope) {
        var taken: [(isDefault: Bool, routes: [ImportDraft.Route])] = []
        let others = servers.filter { !Self.isHTTPSRedirect($0) }
        for (index, server) in servers.enumerated() {
            let content = server.block ?? []
            let inner = scope.nested(content)
            if Self.isHTTPSRedirect(server) {
                redirectListeners(server, others)
                continue
            }
            let isNamed = content.named("listen").contains { $0.arguments.contains { $0.hasPrefix("default") } }
            listeners(server, inner)
            var hosts: [String] = []
            for directive in content.named("server_name") {
                for name in directive.arguments {
                    guard let patterns = NginxValues.hosts(name) else {
                        draft.note("server_name \(name): no host pattern says that", at: directive.place)
                        continue
                    }
                    hosts += patterns
                }
            }
            let isDefault = others.count == 1 || isNamed || (index == 0 && !Self.hasDefault(others))
            if !isDefault, hosts.isEmpty {
                draft.note("server: no request comes here by name; its routes are left out", at: server.place)
                continue
            }
            var context = inner
            context.variables.serverName = hosts.first
            var routes = self.routes(of: server, context)
            if !isDefault { for index in routes.indices { routes[index].hosts = hosts } }
            taken.append((isDefault, routes))
        }
        // The default server takes what no other server's name fits.
        draft.routes = (taken.filter { !$0.isDefault } + taken.filter(\.isDefault)).flatMap(\.routes)
        let binds = Set(draft.listeners.map(\.bind))
        if others.count > 1, binds.count > 1 {
            draft.note("several servers at several addresses: here the host alone tells them apart", at: others[0].place)
        }
    }

    private static func hasDefault(_ servers: [NginxDirective]) -> Bool {
        servers.contains { server in
            (server.block ?? []).named("listen").contains { $0.arguments.contains { $0.hasPrefix("default") } }
        }
    }

    /// Whether all that a server does is to send plain http to https.
    private static func isHTTPSRedirect(_ server: NginxDirective) -> Bool {
        let content = server.block ?? []
        guard !content.named("listen").contains(where: { $0.arguments.contains("ssl") }) else { return false }
        let locations = content.named("location").filter { !$0.arguments.contains { $0.hasPrefix("/.well-known") } }
        let rest = content + (locations.count == 1 ? locations[0].block ?? [] : [])
        let returns = rest.filter { ["return", "rewrite"].contains($0.name) }
        guard locations.count < 2, returns.count == 1, !rest.contains(where: { $0.name == "proxy_pass" }) else { return false }
        let target = returns[0].arguments.first { $0.hasPrefix("https://$") }
        return target.map {
            $0.hasPrefix("https://$host") || $0.hasPrefix("https://$server_name") || $0.hasPrefix("https://$http_host")
        }
            ?? false
    }

    private static func binds(_ server: NginxDirective) -> [NginxDirective] {
        let listens = (server.block ?? []).named("listen")
        return listens.isEmpty ? [NginxDirective(name: "listen", arguments: ["80"], location: server.location)] : listens
    }

    private mutating func redirectListeners(_ server: NginxDirective, _ others: [NginxDirective]) {
        let shared = Set(others.flatMap(Self.binds).map { NginxValues.bind($0[0]) })
        for listen in Self.binds(server) {
            let bind = NginxValues.bind(listen[0])
            guard !shared.contains(bind) else {
                draft.note("\(listen.text): a listener redirects to https as a whole or not at all", at: listen.place)
                continue
            }
            add(ImportDraft.Listener(bind: bind, lines: ["redirect_to_https: true"], origin: server.place), listen)
        }
    }

    private mutating func listeners(_ server: NginxDirective, _ scope: NginxScope) {
        let content = server.block ?? []
        for listen in Self.binds(server) {
            var listener = ImportDraft.Listener(bind: NginxValues.bind(listen[0]), origin: listen.place)
            if listen.arguments.contains("proxy_protocol") { listener.lines.append("proxy_protocol: true") }
            if listen.arguments.contains("ssl") || content.named("ssl").first?[0] == "on" {
                let pairs = zip(content.named("ssl_certificate"), content.named("ssl_certificate_key")).map { pair in
                    "  certificates: [{ certificate: \(ImportText.scalar(pair.0[0])), key: \(ImportText.scalar(pair.1[0])) }]"
                }
                guard let pair = pairs.first else {
                    draft.note("\(listen.text): there is no ssl_certificate beside it", at: listen.place)
                    continue
                }
                listener.lines += ["tls:", pair]
            }
            if listen.arguments.contains("quic") { draft.note("\(listen.text): no HTTP/3", at: listen.place) }
            add(listener, listen)
        }
    }

    /// One listener an address: the first says how; the certificate of a later server is added to it.
    private mutating func add(_ listener: ImportDraft.Listener, _ listen: NginxDirective) {
        guard let index = draft.listeners.firstIndex(where: { $0.bind == listener.bind }) else {
            let everywhere = "0.0.0.0:\(listener.bind.dropFirst(5))"
            if listener.bind.hasPrefix("[::]:"), draft.listeners.contains(where: { $0.bind == everywhere }) {
                return draft.note("\(listen.text): write \"\(listener.bind)\" alone to listen on IPv4 and IPv6", at: listen.place)
            }
            return draft.listeners.append(listener)
        }
        guard draft.listeners[index].lines != listener.lines else { return }
        guard let own = listener.lines.last, own.contains("certificates: ["),
            let place = draft.listeners[index].lines.lastIndex(where: { $0.contains("certificates: [") })
        else { return }
        let pair = own.drop { $0 != "{" }
        draft.listeners[index].lines[place] = "\(draft.listeners[index].lines[place].dropLast()), \(pair)"
    }
}
