package import HeaderPolicy
package import ProxyCore

/// The certificates and keys that a configuration names, read once and ready for every event loop.
package struct CertificateFiles: Sendable {
    /// The certificates of each listener, in order; nil for cleartext, and where there is an error.
    let listeners: [ListenerCertificates?]
    /// The TLS settings for each upstream, in order; nil for cleartext, and where there is an error.
    let upstreams: [UpstreamSecurity?]
    /// What is wrong with the files, each with its location in the configuration.
    package let errors: [PolicyError]
    package let warnings: [PolicyError]

    package init(_ configuration: Configuration) {
        var (errors, warnings): ([PolicyError], [PolicyError]) = ([], [])
        listeners = configuration.listeners.map { listener in
            do throws(PolicyErrors) {
                guard let tls = listener.tls else { return nil }
                let certificates = try ListenerCertificates(tls, at: listener.bind.value)
                warnings += certificates.warnings(tls)
                return certificates
            } catch {
                errors += error.errors
                return nil
            }
        }
        upstreams = configuration.upstreams.map { upstream in
            do throws(PolicyErrors) {
                return try UpstreamSecurity(upstream)
            } catch {
                errors += error.errors
                return nil
            }
        }
        self.errors = errors
        self.warnings = warnings
    }
}
