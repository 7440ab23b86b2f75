import HTTPModel
import ProxyConfig

/// Translates the addresses on which servers listen.
extension NginxTranslator {
    /// A server with its own settings.
    struct Site {
        var server: NginxDirective
        var scope: NginxScope
        /// The server's addresses, without those that are the IPv6 twin of another one.
        var binds: [String]
        /// The addresses at which it takes requests that match no name.
        var defaults: [String] = []
    }

    /// Adds the listeners, and determines the default site of each.
    mutating func listen(_ sites: inout [Site]) {
        var owners: [String: Int] = [:]
        // One `ssl` makes all of an address speak TLS, for every server on it.
        let secure = Set(
            sites.flatMap { site in
                Self.listens(site.server).filter { Self.isSecure($0, of: site.server) }.map { NginxValues.bind($0[0]) }
            })
        for index in sites.indices {
            let site = sites[index]
            for listen in Self.listens(site.server) {
                if listen.arguments.contains("quic") {
                    draft.note("\(listen.text): no HTTP/3", at: listen.place)
                    continue
                }
                if NginxValues.isPortRange(listen[0]) {
                    draft.note("\(listen.text): of several ports the first alone is listened on", at: listen.place, .answer)
                }
                let bind = add(listener(listen, site, isSecure: secure.contains(NginxValues.bind(listen[0]))), listen)
                if !sites[index].binds.contains(bind) { sites[index].binds.append(bind) }
                let isNamed = listen.arguments.contains { $0.hasPrefix("default") }
                if isNamed || owners[bind] == nil { owners[bind] = index }
            }
            if site.scope.single("ssl_reject_handshake")?[0] == "on" {
                for place in draft.listeners.indices where sites[index].binds.contains(draft.listeners[place].bind) {
                    if !draft.listeners[place].lines.contains("  strict_sni: true"), draft.listeners[place].lines.contains("tls:")
                    {
                        draft.listeners[place].lines.append("  strict_sni: true")
                    }
                }
            }
        }
        for (bind, index) in owners { sites[index].defaults.append(bind) }
        for index in sites.indices { sites[index].defaults.sort() }
        dropBareTLS()
    }

    private static func isSecure(_ listen: NginxDirective, of server: NginxDirective) -> Bool {
        listen.arguments.contains("ssl") || (server.block ?? []).named("ssl").first?[0] == "on"
    }

    /// Whether a port says the same as a scheme: all of them are 80, and 443 with TLS.
    static func hasUsualPorts(_ server: NginxDirective) -> Bool {
        listens(server).allSatisfy { listen in
            let isSecure = isSecure(listen, of: server) || listen.arguments.contains("quic")
            return NginxValues.bind(listen[0]).hasSuffix(isSecure ? ":443" : ":80")
        }
    }

    /// The only port of a server; nil when it has several, or none.
    static func port(of server: NginxDirective) -> String? {
        let ports = Set(
            listens(server).map { listen in
                NginxValues.isPortRange(listen[0])
                    ? nil : NginxValues.bind(listen[0]).split(separator: ":").last.flatMap { Int($0) }
            })
        return ports.count == 1 ? ports.first?.map { "\($0)" } : nil
    }

    static func listens(_ server: NginxDirective) -> [NginxDirective] {
        let listens = (server.block ?? []).named("listen")
        return listens.isEmpty ? [NginxDirective(name: "listen", arguments: ["80"], location: server.location)] : listens
    }

    /// Gives names to the listeners that routes have to tell apart.
    mutating func nameListeners() {
        guard draft.listeners.count > 1 else { return }
        for index in draft.listeners.indices where draft.listeners[index].name == nil {
            let bind = draft.listeners[index].bind
            let short = bind.hasPrefix("0.0.0.0:") ? "port-\(bind.dropFirst(8))" : bind
            draft.listeners[index].name = String(short.map { $0.isLetter || $0.isNumber ? $0 : "-" }).trimmingDashes
        }
    }

    private mutating func listener(_ listen: NginxDirective, _ site: Site, isSecure: Bool) -> ImportDraft.Listener {
        var listener = ImportDraft.Listener(bind: NginxValues.bind(listen[0]), origin: listen.place)
        if listen.arguments.contains("proxy_protocol") { listener.lines.append("proxy_protocol: true") }
        guard isSecure else { return listener }
        listener.lines.append("tls:")
        let pairs = zip(site.scope.list("ssl_certificate"), site.scope.list("ssl_certificate_key")).map { certificate, key in
            "{ certificate: \(YAMLText.scalar(certificate[0])), key: \(YAMLText.scalar(key[0])) }"
        }
        if pairs.isEmpty, site.scope.single("ssl_reject_handshake")?[0] != "on" {
            draft.note("\(listen.text): there is no ssl_certificate beside it", at: listen.place, .answer)
        }
        if !pairs.isEmpty { listener.lines.append("  certificates: [\(pairs.joined(separator: ", "))]") }
        if let protocols = site.scope.single("ssl_protocols"), protocols.arguments == ["TLSv1.3"] {
            listener.lines.append("  minimum_version: \"1.3\"")
        } else if let protocols = site.scope.single("ssl_protocols"),
            protocols.arguments.contains(where: { ["TLSv1", "TLSv1.1", "SSLv3"].contains($0) })
        {
            draft.note("\(protocols.text): TLS 1.2 is the oldest that is spoken", at: protocols.place, .answer)
        }
        if let verify = site.scope.single("ssl_verify_client"), verify[0] != "off" {
            if let authorities = site.scope.single("ssl_client_certificate"), ["on", "optional"].contains(verify[0]) {
                let mode = verify[0] == "on" ? "required" : "optional"
                listener.lines.append("  client_certificates: { mode: \(mode), ca: \(YAMLText.scalar(authorities[0])) }")
                draft.note("\(verify.text): asked of all names of the listener", at: verify.place, .answer)
            } else {
                draft.note("\(verify.text): nobody is asked for a certificate here", at: verify.place, .answer)
            }
        }
        return listener
    }

    /// Merges two servers at one address that ask clients for certificates: the first names the authorities, and the stricter one
    /// decides whether a certificate is required.
    private mutating func merge(certificatesOf line: String, into index: Int, at origin: String) {
        let (start, required) = (Self.clientCertificates, "mode: required")
        guard let place = draft.listeners[index].lines.firstIndex(where: { $0.hasPrefix(start) }) else {
            draft.listeners[index].lines.append(line)
            return
        }
        let known = draft.listeners[index].lines[place]
        if line.contains(text: required) {
            draft.listeners[index].lines[place] = known.replacing("mode: optional", by: required)
        }
        draft.note(
            "clients of this address are asked alike, whatever server they mean:\(draft.listeners[index].lines[place].dropFirst(start.count))",
            at: origin, .answer)
    }

    private static let clientCertificates = "  client_certificates:"

    /// Adds one listener for each address. The first one sets its options; the certificates of later servers are added.
    private mutating func add(_ listener: ImportDraft.Listener, _ listen: NginxDirective) -> String {
        guard let index = draft.listeners.firstIndex(where: { $0.bind == listener.bind }) else {
            let everywhere = "0.0.0.0:\(listener.bind.dropFirst(5))"
            if listener.bind.hasPrefix("[::]:"), let twin = draft.listeners.firstIndex(where: { $0.bind == everywhere }) {
                draft.note(
                    "\(listen.text): write \"\(listener.bind)\" alone to listen on IPv4 and IPv6", at: listen.place, .answer)
                merge(listener, into: twin)
                return everywhere
            }
            if listener.bind.hasPrefix("0.0.0.0:"),
                let twin = draft.listeners.firstIndex(where: { $0.bind == "[::]:\(listener.bind.dropFirst(8))" })
            {
                merge(listener, into: twin)
                return draft.listeners[twin].bind
            }
            draft.listeners.append(listener)
            return listener.bind
        }
        merge(listener, into: index)
        return listener.bind
    }

    private mutating func merge(_ listener: ImportDraft.Listener, into index: Int) {
        let key = "  certificates: ["
        for line in listener.lines where !draft.listeners[index].lines.contains(line) {
            if line.hasPrefix(Self.clientCertificates) {
                merge(certificatesOf: line, into: index, at: listener.origin)
                continue
            }
            guard line.hasPrefix(key) else {
                draft.listeners[index].lines.append(line)
                continue
            }
            let pairs = line.dropFirst(key.count).dropLast()
            if let place = draft.listeners[index].lines.firstIndex(where: { $0.hasPrefix(key) }) {
                guard !draft.listeners[index].lines[place].contains(text: pairs) else { continue }
                draft.listeners[index].lines[place] = "\(draft.listeners[index].lines[place].dropLast()), \(pairs)]"
            } else if let place = draft.listeners[index].lines.firstIndex(of: "tls:") {
                draft.listeners[index].lines.insert(line, at: place + 1)
            }
        }
    }

    /// Removes listeners with TLS but without certificates: they only refuse, which is the same as nobody listening.
    private mutating func dropBareTLS() {
        draft.listeners.removeAll { listener in
            listener.lines.contains("tls:") && !listener.lines.contains { $0.hasPrefix("  certificates: [") }
        }
    }
}

extension String {
    fileprivate var trimmingDashes: String {
        var text = self[...]
        while text.first == "-" { text.removeFirst() }
        while text.last == "-" { text.removeLast() }
        return String(text)
    }
}
