import HTTPModel
import ProxyCore
import TLS

extension ListenerCertificates {
    /// Returns what a handshake has established about a client.
    func client(of session: Session) -> TLSClient {
        var (subject, encoded, chain): ([UInt8], [UInt8], [UInt8]) = ([], [], [])
        if let certificate = session.peerCertificate {
            subject = ClientCertificates.subject(of: certificate)
            if forwards {
                encoded = ClientCertificates.value(of: certificate.encoded)
                chain = ClientCertificates.value(of: session.verifiedChain.filter { !authorities.contains($0) })
            }
        }
        return TLSClient(
            version: session.version, cipher: session.cipher, serverName: session.serverName, subject: subject,
            certificate: encoded, chain: chain, names: context.names(of: session.identity))
    }
}

/// The certificates of clients, as header fields and logs write them.
extension ClientCertificates {
    /// The subject in the form of RFC 4514; empty if it cannot stand in a field.
    static func subject(of certificate: Certificate) -> [UInt8] {
        let subject = certificate.subject
        return Fields.isValue(subject.span) ? subject : []
    }

    /// The reason in one word why a certificate was rejected.
    static func fault(of certificate: Certificate, now: Int) -> String {
        switch certificate.validity(at: now) {
        case .expired: "expired"
        case .notYetValid: "not_yet_valid"
        case .valid: "untrusted"
        }
    }

    /// A certificate as a byte sequence of a structured field (RFC 9440 §2.1).
    static func value(of certificate: [UInt8]) -> [UInt8] {
        var value: [UInt8] = [0x3A]
        value.append(base64: certificate)
        value.append(0x3A)
        return value
    }

    /// The value of `Client-Cert-Chain` (RFC 9440 §2.3).
    static func value(of chain: [[UInt8]]) -> [UInt8] {
        let value = Array(chain.map { Self.value(of: $0) }.joined(separator: [0x2C, 0x20]))
        // Apps limit the size of header fields, and a longer chain helps nobody.
        return value.count <= 16 << 10 ? value : []
    }
}
