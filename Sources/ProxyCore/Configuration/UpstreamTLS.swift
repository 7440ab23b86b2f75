package import HeaderPolicy

/// An upstream's `tls:` — how the proxy is convinced that it speaks to the app, and the app that it speaks to the proxy.
package struct UpstreamTLS: Sendable {
    /// The authorities that are trusted, as a PEM file; nil is the system's.
    package var authorities: Located<String>?
    /// False believes any certificate: whoever is on the way can read and change everything.
    package var verifies = true
    /// The name that the certificate must have and that is asked for (SNI); nil is the server's host.
    package var serverName: String?
    /// The proxy's own certificate with its chain, and its key, as PEM files.
    package var certificate: Located<String>?
    package var key: Located<String>?
    package var minimumVersion = Version.tls12
    /// Of `tls:`, or of the upstream where there is none.
    package var location: SourceLocation

    package enum Version: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    package init(location: SourceLocation) { self.location = location }
}
