import COpenSSL

/// The part that contexts of both sides share: an OpenSSL context, set up once and only read afterwards.
@safe final class ContextHandle: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer

    /// Mozilla's "intermediate" suites, without those for finite-field Diffie-Hellman. TLS 1.3 has suites of its own.
    private static let suites = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")

    init(_ method: OpaquePointer?, _ oldest: ProtocolVersion) throws(SetupError) {
        guard let pointer = unsafe SSL_CTX_new(method) else { throw .failed("SSL_CTX_new") }
        unsafe self.pointer = unsafe pointer
        guard unsafe letterhead_set_oldest_version(pointer, oldest.number) == 1,
            unsafe SSL_CTX_set_cipher_list(pointer, Self.suites) == 1
        else { throw .failed("SSL_CTX_set_cipher_list") }
        // An idle session holds no buffers. A peer gets the chain of the certificate's file and nothing more: OpenSSL would add what it
        // finds among the trusted authorities.
        unsafe letterhead_set_mode(pointer, Int(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN))
        unsafe letterhead_set_options(pointer)
        unsafe SSL_CTX_set_msg_callback(pointer) { isOwn, _, kind, _, _, session, _ in
            if isOwn == 0, kind == SSL3_RT_HANDSHAKE { unsafe Session.of(session)?.messageCame() }
        }
        // Sessions resume from tickets only, so the server keeps no session cache.
        unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    /// Sets the certificate chain, the own certificate first, and its key. A context has one for each kind of key, from which the
    /// client's abilities choose.
    func use(_ chain: [Certificate], _ key: PrivateKey) throws(SetupError) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let own = chain.first, unsafe SSL_CTX_use_certificate(pointer, own.handle) == 1 else { throw .unusableCertificate }
        for above in chain.dropFirst() {
            guard unsafe letterhead_add_chain_certificate(pointer, above.handle) == 1 else { throw .unusableCertificate }
        }
        guard unsafe SSL_CTX_use_PrivateKey(pointer, key.handle) == 1, unsafe SSL_CTX_check_private_key(pointer) == 1 else {
            throw .otherKey
        }
    }

    /// The files in which Debian, Fedora and openSUSE keep their trusted authorities.
    private static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/ca-bundle.pem",
    ]

    /// Trusts the system's authorities. OpenSSL looks in the place of the system that it was built for; a program that brings its
    /// own OpenSSL, like the one in the wheel, also runs on other systems.
    func trustSystem() throws(SetupError) {
        guard unsafe SSL_CTX_set_default_verify_paths(pointer) == 1 else { throw .noAuthorities }
        guard letterhead_finds_authorities() == 0 else { return }
        for bundle in Self.bundles where unsafe SSL_CTX_load_verify_file(pointer, bundle) == 1 { break }
        ERR_clear_error()
    }

    /// Sets the trusted authorities, replacing earlier ones.
    func trust(_ authorities: [Certificate]) throws(SetupError) {
        guard let store = unsafe X509_STORE_new() else { throw .failed("X509_STORE_new") }
        // The context owns the store from now on.
        unsafe SSL_CTX_set_cert_store(pointer, store)
        for authority in authorities where unsafe X509_STORE_add_cert(store, authority.handle) != 1 {
            throw .failed("X509_STORE_add_cert")
        }
        ERR_clear_error()
    }
}

/// The oldest accepted protocol version.
public enum ProtocolVersion: Hashable, Sendable {
    case tls12, tls13

    var number: Int32 { self == .tls12 ? TLS1_2_VERSION : TLS1_3_VERSION }
}

/// Why a context cannot be set up.
public enum SetupError: Error, Hashable, Sendable {
    /// The key does not belong to the certificate.
    case otherKey
    /// OpenSSL rejects the certificate, for example because its key is too short.
    case unusableCertificate
    /// The system's authorities could not be read.
    case noAuthorities
    /// A call failed that only fails when there is no memory.
    case failed(String)
}
