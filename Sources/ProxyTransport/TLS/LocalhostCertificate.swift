import TLS

/// The certificate of a development server, for the names and addresses of its own machine.
package struct LocalhostCertificate: Sendable {
    /// PEM texts.
    package let certificate: [UInt8]
    package let key: [UInt8]

    /// A new one; nil where it cannot be made.
    package static func make() -> LocalhostCertificate? {
        SelfSigned(name: "localhost", alternatives: "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1", days: days)
            .map { LocalhostCertificate(certificate: $0.certificate, key: $0.key) }
    }

    /// More than 825 days, and macOS does not take it, whoever trusts it.
    private static let days = 800
    /// Days before its end on which another is made.
    private static let reserve = 30

    /// One that has been kept; nil where it is damaged, not this machine's, or about to expire.
    ///
    /// - Parameter now: seconds since 1970.
    package init?(kept certificate: [UInt8], key: [UInt8], now: Int) {
        guard let first = Certificate.all(inPEM: certificate)?.first, let secret = PrivateKey(inPEM: key), secret.fits(first),
            first.names.contains("localhost"), first.validity(at: now) == .valid,
            first.validity(at: now + Self.reserve * 86_400) == .valid
        else { return nil }
        self.init(certificate: certificate, key: key)
    }

    private init(certificate: [UInt8], key: [UInt8]) {
        self.certificate = certificate
        self.key = key
    }
}
