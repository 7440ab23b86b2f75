import HTTPModel
import ProxyCore
import TLS

extension ListenerCertificates {
    /// What a handshake has settled about a client.
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

/// Certificates of clients in the words of header fields and logs.
extension ClientCertificates {
    /// The subject as RFC 4514 writes it; empty where no field could carry it.
    static func subject(of certificate: Certificate) -> [UInt8] {
        let subject = certificate.subject
        return Fields.isValue(subject.span) ? subject : []
    }

    /// Why a certificate was refused, in a word.
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
        // Apps limit their header fields; a chain of this length helps nobody.
        return value.count <= 16 << 10 ? value : []
    }
}
