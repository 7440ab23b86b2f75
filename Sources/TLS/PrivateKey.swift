import COpenSSL

/// The private key of a certificate.
@safe public final class PrivateKey: Sendable {
    nonisolated(unsafe) let handle: OpaquePointer

    /// Reads the key of a PEM text; nil if there is none, or if it is encrypted, damaged or of an unknown kind.
    public init?(inPEM bytes: [UInt8]) {
        // The memory is not written to and lives as long as the call.
        let key = unsafe bytes.withUnsafeBytes { bytes -> OpaquePointer? in
            guard let source = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
            defer { unsafe BIO_free(source) }
            // There is nobody to ask for a password.
            return unsafe PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in -1 }, nil)
        }
        ERR_clear_error()
        guard let key = unsafe key else { return nil }
        unsafe handle = key
    }

    deinit { unsafe EVP_PKEY_free(handle) }

    /// The kind of key, such as RSA: a number of OpenSSL's.
    var kind: Int32 { unsafe EVP_PKEY_get_base_id(handle) }

    /// Whether the key belongs to a certificate.
    public func fits(_ certificate: Certificate) -> Bool {
        defer { ERR_clear_error() }
        return unsafe X509_check_private_key(certificate.handle, handle) == 1
    }
}
