import COpenSSL

/// What contexts of both sides have in common: OpenSSL's own object, set up once and only read afterwards.
@safe final class ContextHandle: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer

    /// Mozilla's "intermediate" suites, without those for finite-field Diffie-Hellman. TLS 1.3 has its own.
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
        // An idle session holds no buffers.
        unsafe letterhead_set_mode(pointer, Int(SSL_MODE_RELEASE_BUFFERS))
        unsafe letterhead_set_options(pointer)
        // What is resumed comes with a ticket; nothing is remembered here.
        unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    /// The certificate with those above it, and its key.
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

    /// Where Debian, Fedora and openSUSE keep the authorities that they believe.
    private static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/ca-bundle.pem",
    ]

    /// What the system believes. OpenSSL looks where the system that it was built for has it; a program that has its own OpenSSL, as that of
    /// the wheel, runs on others too.
    func trustSystem() throws(SetupError) {
        guard unsafe SSL_CTX_set_default_verify_paths(pointer) == 1 else { throw .noAuthorities }
        guard letterhead_finds_authorities() == 0 else { return }
        for bundle in Self.bundles where unsafe SSL_CTX_load_verify_file(pointer, bundle) == 1 { break }
        ERR_clear_error()
    }

    /// Who is believed; replaces what was set before.
    func trust(_ authorities: [Certificate]) throws(SetupError) {
        guard let store = unsafe X509_STORE_new() else { throw .failed("X509_STORE_new") }
        for authority in authorities { unsafe X509_STORE_add_cert(store, authority.handle) }
        // The context has the store from now on.
        unsafe SSL_CTX_set_cert_store(pointer, store)
        ERR_clear_error()
    }
}

/// The oldest version that is spoken.
public enum ProtocolVersion: Hashable, Sendable {
    case tls12, tls13

    var number: Int32 { self == .tls12 ? TLS1_2_VERSION : TLS1_3_VERSION }
}

/// Why a context cannot be set up.
public enum SetupError: Error, Hashable, Sendable {
    /// The key is not the certificate's.
    case otherKey
    /// OpenSSL refuses the certificate: its key is too short, for example.
    case unusableCertificate
    /// The system's authorities could not be read.
    case noAuthorities
    /// A call that fails only where memory does.
    case failed(String)
}
