package import HeaderPolicy
package import ProxyCore

/// A configuration with everything that it names outside of itself, read and found good: what event loops are given to serve.
package struct Provision: Sendable {
    let configuration: CompiledConfiguration
    /// For each upstream, in order; nil where cleartext is spoken.
    let security: [UpstreamSecurity?]
    /// For each listener, in order; nil where cleartext is spoken.
    let certificates: [CurrentCertificates?]

    private let ids: RequestIDs

    /// - Throws: everything that is wrong with the files of certificates and with patterns.
    package init(_ configuration: CompiledConfiguration) throws(PolicyErrors) {
        var errors: [PolicyError] = []
        var certificates: [CurrentCertificates?] = []
        for listener in configuration.source.listeners {
            do throws(PolicyErrors) {
                certificates.append(
                    try listener.tls.map { tls throws(PolicyErrors) in
                        CurrentCertificates(try ListenerCertificates(tls, at: listener.bind.value))
                    })
            } catch {
                errors += error.errors
            }
        }
        var security: [UpstreamSecurity?] = []
        for upstream in configuration.source.upstreams {
            do throws(PolicyErrors) { security.append(try UpstreamSecurity(upstream)) } catch { errors += error.errors }
        }
        var random = SystemRandomNumberGenerator()
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

    /// When the certificates of listeners expire.
    var certificateDates: [(listener: String, name: String, notAfter: Int)] {
        zip(configuration.source.listeners, certificates).flatMap { listener, certificates in
            (certificates?.value.certificates ?? []).map {
                ("\(listener.bind.value)", $0.names.first ?? "", $0.notAfter)
            }
        }
    }

    /// For one event loop: seeded afresh.
    func requestIDs() -> RequestIDs {
        var random = SystemRandomNumberGenerator()
        return ids.seeded(by: &random)
    }
}
