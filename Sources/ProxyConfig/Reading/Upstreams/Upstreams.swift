import HTTPModel
import HeaderPolicy
import ProxyCore

extension Reading {
    /// `upstreams:` — names, each with an address or a mapping.
    func upstreams(_ node: Node) -> [Upstream] {
        switch node.content {
        case .table(let entries):
            return entries.compactMap { entry in
                let isName = entry.key.utf8.allSatisfy { byte in
                    (0x61...0x7A).contains(byte | 0x20) || Octet.isDigit(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F
                }
                guard isName, !entry.key.isEmpty else {
                    error(
                        "`\(entry.key.abbreviated)` is not a name for an upstream", at: entry.keyPlace,
                        help: "use letters, digits, `-`, `_` and `.`")
                    return nil
                }
                return upstream(entry)
            }
        case .scalar where node.isMissing: return []
        case .invalid: return []
        case .scalar, .list:
            error(
                "`upstreams` is a mapping of names to addresses, not \(node.kind)", at: node.place,
                help: "write `upstreams: { app: http://127.0.0.1:5000 }`")
            return []
        }
    }

    private func upstream(_ entry: Node.Entry) -> Upstream? {
        let location = location(entry.keyPlace)
        guard case .table = entry.value.content else {
            guard let (scheme, target) = server(entry.value) else { return nil }
            var upstream = Upstream(
                name: entry.key, scheme: scheme ?? .http, servers: [UpstreamServer(target)], location: location)
            if upstream.scheme.isTLS { upstream.tls = UpstreamTLS(location: target.location) }
            return upstream
        }
        guard let table = Table<UpstreamKey>(entry.value, self, for: "an upstream") else { return nil }
        guard let node = table[.servers], !node.isMissing else {
            guard !table.hasUnknownKeys else { return nil }
            error(
                "the upstream `\(entry.key)` has no `servers`", at: entry.keyPlace,
                help: "write `servers: [http://127.0.0.1:5000]`")
            return nil
        }
        var scheme = table[.scheme].flatMap { word($0, for: "`scheme`", Upstream.Scheme.self) }
        var servers: [UpstreamServer] = []
        let nodes = node.items
        for node in nodes {
            guard let (written, target) = upstreamServer(node) else { continue }
            if let written {
                if let scheme, scheme != written {
                    error(
                        "the servers of one upstream have one scheme, and it is already \(scheme.rawValue)", at: node.place,
                        help: "make it an upstream of its own")
                }
                scheme = scheme ?? written
            }
            if let first = servers.first(where: { $0.value == target.value }) {
                error(
                    "`\(target.value)` is named twice", at: target.location, help: "the first is on line \(first.location.line)")
            }
            servers.append(target)
        }
        if nodes.isEmpty {
            error("the upstream `\(entry.key)` has no `servers`", at: node.place, help: "write `[http://127.0.0.1:5000]`")
        }
        var upstream = Upstream(name: entry.key, scheme: scheme ?? .http, servers: servers, location: location)
        upstream.host = table[.host].flatMap(hostField)
        upstream.maxConnections =
            table[.maxConnections].flatMap { integer($0, for: "`max_connections`", in: UpstreamKey.maxConnections.bounds) } ?? 0
        upstream.maxPending =
            table[.maxPending].flatMap { integer($0, for: "`max_pending`", in: UpstreamKey.maxPending.bounds) }
            ?? upstream.maxPending
        upstream.maxIdle =
            table[.maxIdle].flatMap { integer($0, for: "`max_idle`", in: UpstreamKey.maxIdle.bounds) } ?? upstream.maxIdle
        upstream.maxStreams =
            table[.maxStreams].flatMap { integer($0, for: "`max_streams`", in: UpstreamKey.maxStreams.bounds) }
            ?? upstream.maxStreams
        readTLS(table, into: &upstream)
        readGroup(table, into: &upstream)
        if let node = table[.timeouts], let table = Table<UpstreamTimeoutKey>(node, self, for: "`timeouts`") {
            upstream.timeouts.connect = table[.connect].flatMap { duration($0, for: "`connect`")?.value }
            upstream.timeouts.response = table[.response].flatMap { duration($0, for: "`response`")?.value }
            upstream.timeouts.eventStream = table[.eventStream].flatMap { duration($0, for: "`event_stream`")?.value }
            upstream.timeouts.idle = table[.idle].flatMap { duration($0, for: "`idle`")?.value }
        }
        return upstream
    }

    /// Reads the `Host` that the app is to see.
    func hostField(_ node: Node) -> String? {
        guard let text = text(node, for: "`host`")?.value else { return nil }
        guard Authority.isValid(text.utf8.span) else {
            error("`\(text.abbreviated)` is not a host", at: node.place, help: "write `app.example` or `app.example:8443`")
            return nil
        }
        return text
    }
}
