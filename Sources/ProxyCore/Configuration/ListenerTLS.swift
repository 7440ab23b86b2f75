public import HTTPModel
public import HeaderPolicy

/// `tls:` of a listener. Paths are absolute, or relative to the working directory of the process.
public struct ListenerTLS: Sendable {
    public enum Version: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// The certificates, chosen by the name that a client asks for; the first one is for all other names. Never empty.
    public var certificates: [ListenerCertificate]
    /// The oldest version that is allowed.
    public var minimumVersion = Version.tls12
    /// Whether a client is refused that asks for a name that no certificate has, or for none.
    public var strictSNI = false
    /// The settings for clients' certificates; nil asks clients for none.
    public var clientCertificates: ClientCertificates?

    public init(certificates: [ListenerCertificate]) { self.certificates = certificates }
}

/// A certificate of a listener, in PEM files.
public struct ListenerCertificate: Sendable, Hashable {
    /// The site's own certificate, followed by those that lead to its authority.
    public var certificate: Located<String>
    /// The file of the private key; it may be the same file.
    public var key: Located<String>

    public init(certificate: Located<String>, key: Located<String>) {
        self.certificate = certificate
        self.key = key
    }
}

/// `client_certificates:` — how clients are asked for a certificate.
public struct ClientCertificates: Sendable, Hashable {
    public enum Mode: String, Sendable, CaseIterable { case required, optional }

    public var mode = Mode.required
    /// A PEM file with the authorities that may have signed the certificates.
    public var authorities: Located<String>
    /// Whether the app gets the certificates as `Client-Cert` and `Client-Cert-Chain` (RFC 9440).
    public var forward = true

    public init(authorities: Located<String>) { self.authorities = authorities }
}

/// `redirect_to_https:`
public struct HTTPSRedirect: Sendable, Hashable {
    public var port = 443
    public var status: Status = 308

    public init() {}
}
