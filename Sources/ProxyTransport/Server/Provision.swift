package import HeaderPolicy
package import ProxyCore

/// A configuration with the files that it names, read and validated, ready for the event loops.
package struct Provision: Sendable {
    package let configuration: CompiledConfiguration
    /// The TLS settings for each upstream, in order; nil for cleartext.
    let security: [UpstreamSecurity?]
    /// The certificates for each listener, in order; nil for cleartext.
    let certificates: [ListenerCertificates?]

    private let ids: RequestIDs

    /// - Parameter files: the files, where they have been read before.
    /// - Throws: all errors in certificate files and in patterns.
    package init(_ configuration: CompiledConfiguration, _ files: CertificateFiles? = nil) throws(PolicyErrors) {
        let files = files ?? CertificateFiles(configuration.source)
        guard files.errors.isEmpty else { throw PolicyErrors(files.errors) }
        var random = FreshRandom.system
        ids = try RequestIDs(configuration.source.requestID, seededBy: &random)
        self.configuration = configuration
        security = files.upstreams
        certificates = files.listeners
    }

    /// The expiry dates of the listeners' certificates.
    var certificateDates: [(listener: String, name: String, notAfter: Int)] {
        zip(configuration.source.listeners, certificates).flatMap { listener, certificates in
            (certificates?.certificates ?? []).map {
                ("\(listener.bind.value)", $0.names.first ?? "", $0.notAfter)
            }
        }
    }

    /// Returns the request IDs for one event loop, freshly seeded.
    func requestIDs() -> RequestIDs {
        var random = FreshRandom.system
        return ids.seeded(by: &random)
    }
}
