import HTTPModel
import HeaderPolicy
import ProxyCore

extension Reading {
    /// `tls:` of a listener.
    func listenerTLS(_ node: Node) -> ListenerTLS? {
        guard let table = Table<ListenerTLSKey>(node, self, for: "`tls`") else { return nil }
        let version = table[.minimumVersion].flatMap { word($0, for: "`minimum_version`", ListenerTLS.Version.self) }
        let strict = table[.strictSNI].flatMap { bool($0, for: "`strict_sni`")?.value }
        let clients = table[.clientCertificates].flatMap(clientCertificates)
        let help = "write `certificates: [{ certificate: site.pem, key: site.key }]`"
        guard let node = table[.certificates] else {
            if !table.hasUnknownKeys { error("`tls` needs `certificates`", at: table.place, help: help) }
            return nil
        }
        guard !node.isEmpty else {
            error("`certificates` names none", at: node.place, help: help)
            return nil
        }
        var tls = ListenerTLS(certificates: node.items.compactMap(listenerCertificate))
        tls.minimumVersion = version ?? tls.minimumVersion
        tls.strictSNI = strict ?? false
        tls.clientCertificates = clients
        return tls.certificates.isEmpty ? nil : tls
    }

    private func listenerCertificate(_ node: Node) -> ListenerCertificate? {
        guard let table = Table<ListenerCertificateKey>(node, self, for: "a certificate") else { return nil }
        let key = table[.key].flatMap { path($0, for: "`key`") }
        guard let node = table[.certificate] else {
            guard !table.hasUnknownKeys else { return nil }
            error("`certificate` is missing", at: table.place, help: "write `{ certificate: site.pem, key: site.key }`")
            return nil
        }
        guard let certificate = path(node, for: "`certificate`") else { return nil }
        return ListenerCertificate(certificate: certificate, key: key ?? certificate)
    }

    private func clientCertificates(_ node: Node) -> ClientCertificates? {
        guard let table = Table<ClientCertificatesKey>(node, self, for: "`client_certificates`") else { return nil }
        let mode = table[.mode].flatMap { word($0, for: "`mode`", ClientCertificates.Mode.self) }
        let forward = table[.forward].flatMap { bool($0, for: "`forward`")?.value }
        guard let node = table[.ca] else {
            guard !table.hasUnknownKeys else { return nil }
            error(
                "`client_certificates` needs `ca`: who may have signed them", at: table.place, help: "write `ca: clients.pem`")
            return nil
        }
        guard let authorities = path(node, for: "`ca`") else { return nil }
        var clients = ClientCertificates(authorities: authorities)
        clients.mode = mode ?? .required
        clients.forward = forward ?? true
        return clients
    }

    /// Reads a path, which is relative to the configuration's folder unless it is absolute.
    private func path(_ node: Node, for what: String) -> Located<String>? {
        guard let text = text(node, for: what) else { return nil }
        guard !text.value.isEmpty, !text.value.utf8.contains(0) else {
            error("\(what) names no file", at: node.place)
            return nil
        }
        if text.value.hasPrefix("/") { return text }
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
        return Located(folder + text.value, at: text.location)
    }

    /// `redirect_to_https:` — true, false or a mapping.
    func redirectToHTTPS(_ node: Node, _ listener: Table<ListenerKey>) -> HTTPSRedirect? {
        var redirect = HTTPSRedirect()
        if case .table = node.content {
            guard let table = Table<HTTPSRedirectKey>(node, self, for: "`redirect_to_https`") else { return nil }
            redirect.port = table[.port].flatMap { integer($0, for: "`port`", in: HTTPSRedirectKey.port.bounds) } ?? redirect.port
            if let node = table[.status] {
                let code = integer(node, for: "`status`", in: 100...999) ?? 308
                if ![301, 302, 303, 307, 308].contains(code) {
                    error(
                        "a redirect's status is 301, 302, 303, 307 or 308, not \(code)", at: node.place,
                        help: "308 is permanent, 307 is not; both keep the method")
                }
                redirect.status = Status(rawValue: UInt16(clamping: code))
            }
        } else {
            guard bool(node, for: "`redirect_to_https`")?.value == true else { return nil }
        }
        if listener.keys.contains(.tls) {
            error(
                "a listener with `tls` has nothing to redirect: its requests come by https",
                at: listener.keyPlace(.redirectToHTTPS))
        }
        return redirect
    }
}
