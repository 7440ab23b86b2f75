/// An authority and what it issued for this run of the tests.
package struct Certificates: Sendable {
    /// The path of its certificate.
    package let authority: String
    /// For localhost and 127.0.0.1.
    package let server: Certificate
    /// For other.example, and 127.0.0.1.
    package let otherName: Certificate
    /// For localhost, until yesterday.
    package let expired: Certificate
    package let client: Certificate
    /// The path of an authority that has signed nothing of it.
    package let stranger: String

    package static let shared = Result { try Certificates() }

    private init() throws {
        let root = try CertificateAuthority("authority")
        authority = root.certificate.path
        stranger = try CertificateAuthority("stranger").certificate.path
        server = try root.site("localhost", "127.0.0.1")
        otherName = try root.site("other.example", "127.0.0.1")
        expired = try root.site("localhost", expired: true)
        client = try root.client("client")
    }
}
