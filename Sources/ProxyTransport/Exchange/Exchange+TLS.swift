import HTTPModel
import HeaderPolicy
import ProxyCore

/// What an exchange has to do with TLS, and with its absence.
extension Exchange {
    /// The certificate that the client has proved, for the app.
    func appendClientCertificate(of peer: Peer) {
        guard let tls = peer.tls, !tls.certificate.isEmpty else { return }
        worker.forwarded.append(.clientCert, "Client-Cert", tls.certificate)
        if !tls.chain.isEmpty { worker.forwarded.append(.clientCertChain, "Client-Cert-Chain", tls.chain) }
    }

    /// Answers with the same place by https.
    func redirectToHTTPS(_ redirect: HTTPSRedirect) {
        worker.replyBody.removeAll(keepingCapacity: true)
        response.removeAll()
        response.status = redirect.status
        guard redirect.appendLocation(of: facts.request, to: &worker.replyBody),
            response.fields.append(.location, "Location", worker.replyBody)
        else {
            return reply(400, reason: "missing_host")
        }
        reply(with: [], reason: "redirect_to_https")
    }
}
