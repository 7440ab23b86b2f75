package import HeaderPolicy

/// An upstream's `tls:` — how the proxy authenticates the app, and itself to the app.
package struct UpstreamTLS: Sendable {
    /// The authorities that are trusted, as a PEM file; nil for the system's.
    package var authorities: Located<String>?
    /// Whether the certificate is verified. False accepts any certificate, so that anyone on the way can read and change
    /// everything.
    package var verifies = true
    /// The name that the certificate must have and that is sent as SNI; nil for the server's host.
    package var serverName: String?
    /// The proxy's own certificate with its chain, and its key, as PEM files.
    package var certificate: Located<String>?
    package var key: Located<String>?
    package var minimumVersion = Version.tls12
    /// The location of `tls:`, or of the upstream when it has none.
    package var location: SourceLocation

    package enum Version: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    package init(location: SourceLocation) { self.location = location }
}
