import HTTPModel
import HeaderPolicy
import ProxyCore

extension Reading {
    /// An upstream's `tls:`, once its scheme and servers are known.
    func readTLS(_ upstream: Table<UpstreamKey>, into result: inout Upstream) {
        guard let node = upstream[.tls] else {
            if result.scheme.isTLS { result.tls = UpstreamTLS(location: result.location) }
            return checkName(result, upstream.place)
        }
        guard let table = Table<UpstreamTLSKey>(node, self, for: "`tls`") else { return }
        guard result.scheme.isTLS else {
            error(
                "`tls` is of no use here: the upstream is spoken to by \(result.scheme.rawValue)", at: upstream.keyPlace(.tls),
                help: "write `https://…`, or `h2://…` for HTTP/2")
            return
        }
        var tls = UpstreamTLS(location: location(upstream.keyPlace(.tls)))
        tls.authorities = table[.ca].flatMap { file($0, for: "`ca`") }
        tls.certificate = table[.certificate].flatMap { file($0, for: "`certificate`") }
        tls.key = table[.key].flatMap { file($0, for: "`key`") }
        tls.serverName = table[.serverName].flatMap(serverName)
        tls.verifies = table[.verify].flatMap { bool($0, for: "`verify`")?.value } ?? true
        if let node = table[.minimumVersion], let version = word(node, for: "`minimum_version`", UpstreamTLS.Version.self) {
            tls.minimumVersion = version
        }
        result.tls = tls
        if (table[.certificate] == nil) != (table[.key] == nil) {
            let (there, missing) = table[.key] == nil ? (UpstreamTLSKey.certificate, "key") : (.key, "certificate")
            error(
                "`\(there)` needs a `\(missing)` beside it", at: table.keyPlace(there),
                help: "name a PEM file; it may be the same one if both are in it")
        }
        if !tls.verifies {
            warning(
                "the certificate of `\(result.name)` is not verified: whoever is on the way can read and change everything",
                at: table.keyPlace(.verify), help: "name the authority that issued it: `ca: ca.pem`")
            if tls.authorities != nil {
                error("`ca` is of no use with `verify: false`", at: table.keyPlace(.ca), help: "leave out `verify`")
            }
        }
        checkName(result, upstream.place)
    }

    /// Checks that there is a name to verify: a socket in the file system has none that could be in a certificate.
    private func checkName(_ upstream: Upstream, _ place: Place) {
        guard let tls = upstream.tls, tls.verifies, tls.serverName == nil else { return }
        for server in upstream.servers {
            guard case .unix = server.value else { continue }
            error(
                "a Unix socket has no host name to verify a certificate against", at: server.location,
                help: "write `tls: { server_name: app.example }`")
        }
    }

    /// Reads a path, which is relative to the configuration's folder.
    private func file(_ node: Node, for what: String) -> Located<String>? {
        guard let text = text(node, for: what) else { return nil }
        guard !text.value.isEmpty else {
            error("\(what) names no file", at: node.place)
            return nil
        }
        widths[text.location] = node.place.width
        return Located(text.value.hasPrefix("/") ? text.value : substitution.folder + text.value, at: text.location)
    }

    private func serverName(_ node: Node) -> String? {
        guard let text = text(node, for: "`server_name`")?.value else { return nil }
        guard HostName.isValid(text), IPAddress(text.utf8.span) == nil else {
            error(
                "`\(text.abbreviated)` is not a host name", at: node.place,
                help: "write the name that the certificate is for; an address in `servers` is verified as it is")
            return nil
        }
        return text
    }
}
