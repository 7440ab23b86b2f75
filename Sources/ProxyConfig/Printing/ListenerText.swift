import HTTPModel
import HeaderPolicy
import ProxyCore

extension EffectivePolicy {
    /// The effective `redirect_to_https` and `tls` of a listener.
    static func tls(of listener: Listener) -> [String] {
        var parts: [String] = []
        if let redirect = listener.redirectToHTTPS {
            parts.append("redirect_to_https port \(redirect.port) status \(redirect.status.rawValue)")
        }
        guard let tls = listener.tls else { return parts }
        parts.append("tls \(tls.minimumVersion.rawValue)")
        parts.append("certificates " + tls.certificates.map(\.certificate.value).joined(separator: ", "))
        if tls.strictSNI { parts.append("strict_sni") }
        guard let clients = tls.clientCertificates else { return parts }
        parts.append("client_certificates \(clients.mode.rawValue) ca \(clients.authorities.value)")
        return parts + (clients.forward ? ["forward"] : [])
    }
}
