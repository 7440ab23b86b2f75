public import HTTPModel
import HeaderPolicy

/// The results of a client connection's TLS handshake, which are the same for all exchanges on it.
public final class TLSClient: Sendable {
    /// The version, as in `TLSv1.3`.
    public let version: [UInt8]
    /// The suite's name in the IANA registry.
    public let cipher: [UInt8]
    /// The name that the client asked for, in lower case; empty when it named none.
    public let serverName: [UInt8]
    /// The subject of the client's certificate in the form of RFC 4514; empty without one.
    public let subject: [UInt8]
    /// The values of `Client-Cert` and `Client-Cert-Chain` (RFC 9440) for the app; empty when there are none.
    public let certificate: [UInt8]
    public let chain: [UInt8]
    /// The names in the certificate that the client was shown, in lower case.
    private let names: [[UInt8]]

    public init(
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
    /// certificate covers it, too. True when the handshake had no name, because then there is nothing to compare.
    public func serves(_ host: Span<UInt8>) -> Bool {
        let asked = serverName
        let host = Authority.withoutClosingDot(host)
        if asked.isEmpty || host.isEmpty || host.equalsIgnoringCase(asked.span) { return true }
        var dot = 0
        while dot < host.count, host[dot] != 0x2E { dot += 1 }
        for name in names {
            if host.equalsIgnoringCase(name.span) { return true }
            // A star stands for the first label.
            guard name.first == 0x2A, dot > 0, dot < host.count else { continue }
            if host.extracting(dot..<host.count).equalsIgnoringCase(name.span.extracting(1..<name.count)) { return true }
        }
        return false
    }

    /// Copies the values into the facts of an exchange.
    func describe(to facts: inout ExchangeFacts) {
        facts.tlsVersion = version
        facts.tlsCipher = cipher
        facts.tlsServerName = serverName
        facts.tlsClientSubject = subject
    }
}

extension Fields {
    /// Removes the fields about client certificates (RFC 9440 §4). Only the proxy may write them, so any that a client sends are
    /// forged.
    public mutating func dropClaimedCertificate() {
        for field in [FieldID.clientCert, .clientCertChain] where mayContain(field) { remove(field) }
    }
}
