import HTTPModel
import HeaderPolicy
import ProxyCore

extension EffectivePolicy {
    /// Describes the effective `tls` and `redirect_to_https` of a listener.
    static func describeTLS(_ listener: Listener) -> String {
        var text = ""
        if let redirect = listener.redirectToHTTPS {
            text += " redirect_to_https port \(redirect.port) status \(redirect.status.rawValue)"
        }
        guard let tls = listener.tls else { return text }
        text += " tls \(tls.minimumVersion.rawValue)"
        text += " certificates " + tls.certificates.map(\.certificate.value).joined(separator: ", ")
        if tls.strictSNI { text += " strict_sni" }
        guard let clients = tls.clientCertificates else { return text }
        text += " client_certificates \(clients.mode.rawValue) ca \(clients.authorities.value)"
        return text + (clients.forward ? " forward" : "")
    }
}
