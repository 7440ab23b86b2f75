import TLS

/// The certificate of a development server, for the names and addresses of its own machine.
package struct LocalhostCertificate: Sendable {
    /// The certificate and the key, as PEM texts.
    package let certificate: [UInt8]
    package let key: [UInt8]

    /// Makes a new certificate; nil if that fails.
    package static func make() -> LocalhostCertificate? {
        SelfSigned(name: "localhost", alternatives: "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1", days: days)
            .map { LocalhostCertificate(certificate: $0.certificate, key: $0.key) }
    }

    /// The validity in days: macOS rejects certificates that are valid for more than 825 days, even if trusted.
    private static let days = 800
    /// The number of days before expiry at which a new one is made.
    private static let reserve = 30

    /// Loads a certificate that was kept; nil if it is damaged, not this machine's, or about to expire.
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
