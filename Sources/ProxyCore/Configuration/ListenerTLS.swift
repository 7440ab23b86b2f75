package import HTTPModel
package import HeaderPolicy

/// `tls:` of a listener. Paths are absolute, or relative to the working directory of the process.
package struct ListenerTLS: Sendable {
    package enum Version: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// The certificates, chosen by the name that a client asks for; the first one is for all other names. Never empty.
    package var certificates: [ListenerCertificate]
    /// The oldest version that is allowed.
    package var minimumVersion = Version.tls12
    /// Whether a client is refused that asks for a name that no certificate has, or for none.
    package var strictSNI = false
    /// The settings for clients' certificates; nil asks clients for none.
    package var clientCertificates: ClientCertificates?

    package init(certificates: [ListenerCertificate]) { self.certificates = certificates }
}

/// A certificate of a listener, in PEM files.
package struct ListenerCertificate: Sendable, Hashable {
    /// The site's own certificate, followed by those that lead to its authority.
    package var certificate: Located<String>
    /// The file of the private key; it may be the same file.
    package var key: Located<String>

    package init(certificate: Located<String>, key: Located<String>) {
        self.certificate = certificate
        self.key = key
    }
}

/// `client_certificates:` — how clients are asked for a certificate.
package struct ClientCertificates: Sendable, Hashable {
    package enum Mode: String, Sendable, CaseIterable { case required, optional }

    package var mode = Mode.required
    /// A PEM file with the authorities that may have signed the certificates.
    package var authorities: Located<String>
    /// Whether the app gets the certificates as `Client-Cert` and `Client-Cert-Chain` (RFC 9440).
    package var forward = true

    package init(authorities: Located<String>) { self.authorities = authorities }
}

/// `redirect_to_https:`
package struct HTTPSRedirect: Sendable, Hashable {
    package var port = 443
    package var status: Status = 308

    package init() {}
}
