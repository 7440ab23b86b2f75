package import HeaderPolicy
package import ProxyCore

/// A configuration with the files that it names, read and validated, ready for the event loops.
package struct Provision: Sendable {
    let configuration: CompiledConfiguration
    /// The TLS settings for each upstream, in order; nil for cleartext.
    let security: [UpstreamSecurity?]
    /// The certificates for each listener, in order; nil for cleartext.
    let certificates: [ListenerCertificates?]

    private let ids: RequestIDs

    /// - Throws: all errors in certificate files and in patterns.
    package init(_ configuration: CompiledConfiguration) throws(PolicyErrors) {
        var errors: [PolicyError] = []
        var certificates: [ListenerCertificates?] = []
        for listener in configuration.source.listeners {
            do throws(PolicyErrors) {
                certificates.append(
                    try listener.tls.map { tls throws(PolicyErrors) in
                        try ListenerCertificates(tls, at: listener.bind.value)
                    })
            } catch {
                errors += error.errors
            }
        }
        var security: [UpstreamSecurity?] = []
        for upstream in configuration.source.upstreams {
            do throws(PolicyErrors) { security.append(try UpstreamSecurity(upstream)) } catch { errors += error.errors }
        }
        var random = FreshRandom.system
        var ids: RequestIDs?
        do throws(PolicyErrors) {
            ids = try RequestIDs(configuration.source.requestID, seededBy: &random)
        } catch {
            errors += error.errors
        }
        guard errors.isEmpty, let ids else { throw PolicyErrors(errors) }
        self.ids = ids
        self.configuration = configuration
        self.security = security
        self.certificates = certificates
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
