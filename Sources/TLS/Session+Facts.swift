import COpenSSL

/// The results of a handshake.
extension Session {
    /// The protocol version, such as `TLSv1.3`.
    public var version: String {
        // The text is static.
        unsafe SSL_get_version(handle).map { unsafe String(cString: $0) } ?? ""
    }

    /// The suite's name in the IANA registry.
    public var cipher: String {
        guard let cipher = unsafe SSL_get_current_cipher(handle), let name = unsafe SSL_CIPHER_standard_name(cipher) else {
            return ""
        }
        // The text is static.
        return unsafe String(cString: name)
    }

    /// The protocol agreed on by ALPN; nil if there is none.
    public var applicationProtocol: String? {
        var start: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(handle, &start, &count)
        guard count > 0 else { return nil }
        // The text has this many bytes and lives as long as the session.
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
    }

    /// Whether the session was resumed, without a new exchange of certificates.
    public var isResumed: Bool { unsafe SSL_session_reused(handle) == 1 }

    /// The peer's certificate; nil if it showed none.
    public var peerCertificate: Certificate? {
        unsafe SSL_get1_peer_certificate(handle).map { unsafe Certificate(owning: $0) }
    }

    /// The encoded certificates between the client's certificate and the authority, without these two, in the order of TLS. For a
    /// resumed session, the chain from when it began.
    public var verifiedChain: [[UInt8]] {
        if isResumed { return sealedChain }
        guard let chain = unsafe SSL_get0_verified_chain(handle) else { return [] }
        let count = unsafe letterhead_certificate_count(chain)
        guard count > 2 else { return [] }
        return (1..<count - 1).compactMap { index in
            unsafe letterhead_certificate_at(chain, index).map { unsafe Certificate(sharing: $0).encoded }
        }
    }

    /// The session as a later connection to the same server may resume it; nil while the server has not offered that.
    public var saved: SavedSession? {
        guard let session = unsafe SSL_get1_session(handle) else { return nil }
        guard unsafe SSL_SESSION_is_resumable(session) == 1 else {
            unsafe SSL_SESSION_free(session)
            return nil
        }
        return unsafe SavedSession(owning: session)
    }

    // MARK: What a ticket says of a client's certificate

    /// The most bytes of a chain that are put into a ticket, because the client sends the ticket with its next handshake.
    private static let sealedLimit = 8 << 10

    /// Adds to the ticket when the client has shown its certificate, in eight bytes, and the chain, each certificate preceded by its
    /// length in four. A ticket for a resumed session keeps what the first one had, so that a chain of tickets lives no longer than
    /// one.
    func sealFacts() {
        guard !isResumed, let server, server.settings.clients != nil else { return }
        var bytes: [UInt8] = []
        unsafe withUnsafeBytes(of: Int64(server.tickets.now()).bigEndian) { unsafe bytes.append(contentsOf: $0) }
        var chain: [UInt8] = []
        for certificate in verifiedChain {
            unsafe withUnsafeBytes(of: UInt32(certificate.count).bigEndian) { unsafe chain.append(contentsOf: $0) }
            chain += certificate
        }
        if chain.count <= Self.sealedLimit { bytes += chain }
        // The bytes are copied.
        unsafe SSL_SESSION_set1_ticket_appdata(SSL_get_session(handle), bytes, bytes.count)
    }

    /// Whether a session may be resumed, going by what its ticket says. It is nil where a client has only asked for a ticket.
    func mayResume(_ saved: OpaquePointer?) -> Bool {
        guard let server, server.settings.clients != nil else { return true }
        guard let saved = unsafe saved else { return false }
        let facts = unsafe Self.sealedFacts(of: saved)
        guard facts.count >= Self.momentSize else { return false }
        let age = server.tickets.now() - Self.number(facts[..<Self.momentSize])
        return (0...ServerContext.clientLifetime).contains(age)
    }

    private static let momentSize = 8

    private var sealedChain: [[UInt8]] {
        let bytes = unsafe Self.sealedFacts(of: SSL_get_session(handle))
        var chain: [[UInt8]] = []
        var position = Self.momentSize
        while position + 4 <= bytes.count {
            let length = Self.number(bytes[position..<position + 4])
            guard length <= bytes.count - position - 4 else { return [] }
            chain.append(Array(bytes[(position + 4)..<(position + 4 + length)]))
            position += 4 + length
        }
        return chain
    }

    private static func sealedFacts(of session: OpaquePointer?) -> [UInt8] {
        var start: UnsafeMutableRawPointer?
        var count = 0
        guard let session = unsafe session, unsafe SSL_SESSION_get0_ticket_appdata(session, &start, &count) == 1, count > 0 else {
            return []
        }
        // The data has this many bytes and lives as long as the session.
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The number that a few bytes are, the most significant first. Tickets are sealed by this process, so that it fits.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}

/// An ended session that a client keeps for resumption.
@safe public final class SavedSession: Sendable {
    nonisolated(unsafe) let handle: OpaquePointer

    init(owning handle: OpaquePointer) { unsafe self.handle = handle }

    deinit { unsafe SSL_SESSION_free(handle) }
}
