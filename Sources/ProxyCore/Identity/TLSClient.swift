package import HTTPModel
import HeaderPolicy

/// What a TLS handshake settled about a client connection: the same for all exchanges on it.
package final class TLSClient: Sendable {
    /// `TLSv1.3`.
    package let version: [UInt8]
    /// The suite's name in the registry of IANA.
    package let cipher: [UInt8]
    /// The name that the client asked for, in lower case; empty where it named none.
    package let serverName: [UInt8]
    /// The subject of the client's certificate as RFC 4514 writes it; empty without one.
    package let subject: [UInt8]
    /// The values of `Client-Cert` and `Client-Cert-Chain` (RFC 9440) for the app; empty for none.
    package let certificate: [UInt8]
    package let chain: [UInt8]
    /// The names of the certificate that the client was shown, in lower case.
    private let names: [[UInt8]]

    package init(
        version: String, cipher: String, serverName: [UInt8], subject: [UInt8], certificate: [UInt8], chain: [UInt8],
        names: [String]
    ) {
        self.version = Array(version.utf8)
        self.cipher = Array(cipher.utf8)
        self.serverName = serverName
        self.subject = subject
        self.certificate = certificate
        self.chain = chain
        self.names = names.map { Array(copying: Authority.withoutClosingDot($0.utf8.span)) }
    }

    /// Whether a request for this host belongs on the connection (RFC 9110 §7.4): the client asked for that name, or the
    /// certificate is for it too. Without a name in the handshake there is nothing to compare.
    package func serves(_ host: Span<UInt8>) -> Bool {
        let asked = serverName
        let host = Authority.withoutClosingDot(host)
        if asked.isEmpty || host.isEmpty || host.equalsIgnoringCase(asked.span) { return true }
        var dot = 0
        while dot < host.count, host[dot] != 0x2E { dot += 1 }
        for name in names {
            if host.equalsIgnoringCase(name.span) { return true }
            // The star stands for the first label.
            guard name.first == 0x2A, dot > 0, dot < host.count else { continue }
            if host.extracting(dot..<host.count).equalsIgnoringCase(name.span.extracting(1..<name.count)) { return true }
        }
        return false
    }

    /// Tells a stage of it.
    func describe(to facts: inout ExchangeFacts) {
        facts.tlsVersion = version
        facts.tlsCipher = cipher
        facts.tlsServerName = serverName
        facts.tlsClientSubject = subject
    }
}

extension Fields {
    /// Only the proxy speaks of client certificates (RFC 9440 §4): what a client says of its own is a forgery.
    package mutating func dropClaimedCertificate() {
        for field in [FieldID.clientCert, .clientCertChain] where mayContain(field) { remove(field) }
    }
}
