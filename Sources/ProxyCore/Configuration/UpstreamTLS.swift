public import HeaderPolicy

/// An upstream's `tls:` — how the proxy authenticates the app, and itself to the app.
public struct UpstreamTLS: Sendable {
    /// The authorities that are trusted, as a PEM file; nil for the system's.
    public var authorities: Located<String>?
    /// Whether the certificate is verified. False accepts any certificate, so that anyone on the way can read and change
    /// everything.
    public var verifies = true
    /// The name that the certificate must have and that is sent as SNI; nil for the server's host.
    public var serverName: String?
    /// The proxy's own certificate with its chain, and its key, as PEM files.
    public var certificate: Located<String>?
    public var key: Located<String>?
    public var minimumVersion = Version.tls12
    /// The location of `tls:`, or of the upstream when it has none.
    public var location: SourceLocation

    public enum Version: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    public init(location: SourceLocation) { self.location = location }
}
