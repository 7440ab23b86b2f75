public import HeaderPolicy

/// An upstream's `tls:` — how the proxy is convinced that it speaks to the app, and the app that it speaks to the proxy.
public struct UpstreamTLS: Sendable {
    /// The authorities that are trusted, as a PEM file; nil is the system's.
    public var authorities: Located<String>?
    /// False believes any certificate: whoever is on the way can read and change everything.
    public var verifies = true
    /// The name that the certificate must have and that is asked for (SNI); nil is the server's host.
    public var serverName: String?
    /// The proxy's own certificate with its chain, and its key, as PEM files.
    public var certificate: Located<String>?
    public var key: Located<String>?
    public var minimumVersion = Version.tls12
    /// Of `tls:`, or of the upstream where there is none.
    public var location: SourceLocation

    public enum Version: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    public init(location: SourceLocation) { self.location = location }
}
