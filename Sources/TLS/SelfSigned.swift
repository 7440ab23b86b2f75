import COpenSSL

/// A self-signed certificate with its key, as PEM texts, for servers that are only used from their own machine.
public struct SelfSigned: Sendable {
    public let certificate: [UInt8]
    /// The key, not encrypted.
    public let key: [UInt8]

    /// Makes a certificate that cannot sign others, so that whoever trusts it trusts this server alone.
    ///
    /// - Parameters:
    ///   - name: the name of the owner.
    ///   - alternatives: the names that it covers, in OpenSSL's notation: `DNS:localhost,IP:127.0.0.1`.
    ///   - days: the days until it expires; it is valid from yesterday on.
    /// - Returns: nil if OpenSSL cannot make it.
    public init?(name: String, alternatives: String, days: Int) {
        defer { ERR_clear_error() }
        guard let key = unsafe letterhead_new_key() else { return nil }
        defer { unsafe EVP_PKEY_free(key) }
        guard let certificate = unsafe Self.certificate(key, name, alternatives, days) else { return nil }
        defer { unsafe X509_free(certificate) }
        // Both calls write into the BIO that they get, which copies the bytes.
        guard let certificateText = unsafe Self.text({ unsafe PEM_write_bio_X509($0, certificate) }),
            let keyText = unsafe Self.text({ unsafe PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) })
        else { return nil }
        self.certificate = certificateText
        self.key = keyText
    }

    private static let day = 86_400

    private static func certificate(
        _ key: OpaquePointer, _ name: String, _ alternatives: String, _ days: Int
    ) -> OpaquePointer? {
        guard let certificate = unsafe X509_new() else { return nil }
        let subject = unsafe X509_get_subject_name(certificate)
        let serial = UInt64.random(in: 1...UInt64(Int64.max))
        // The texts are copied during the calls; what belongs to the certificate is freed with it.
        let isDone =
            unsafe X509_set_version(certificate, 2) == 1
            && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1
            && X509_gmtime_adj(X509_getm_notBefore(certificate), -day) != nil
            && X509_gmtime_adj(X509_getm_notAfter(certificate), days * day) != nil
            && X509_NAME_add_entry_by_txt(subject, "CN", Int32(MBSTRING_FLAG), name, -1, -1, 0) == 1
            && X509_set_issuer_name(certificate, subject) == 1 && X509_set_pubkey(certificate, key) == 1
            && add(NID_basic_constraints, "critical,CA:FALSE", to: certificate)
            && add(NID_key_usage, "critical,digitalSignature", to: certificate)
            && add(NID_ext_key_usage, "serverAuth", to: certificate)
            && add(NID_subject_alt_name, alternatives, to: certificate)
            && X509_sign(certificate, key, EVP_sha256()) > 0
        guard !isDone else { return unsafe certificate }
        unsafe X509_free(certificate)
        return nil
    }

    private static func add(_ kind: Int32, _ value: String, to certificate: OpaquePointer) -> Bool {
        // The text is copied during the call, and the certificate copies what is added.
        guard let addition = unsafe X509V3_EXT_conf_nid(nil, nil, kind, value) else { return false }
        defer { unsafe X509_EXTENSION_free(addition) }
        return unsafe X509_add_ext(certificate, addition, -1) == 1
    }

    private static func text(_ write: (OpaquePointer) -> Int32) -> [UInt8]? {
        guard let target = unsafe BIO_new(BIO_s_mem()) else { return nil }
        defer { unsafe BIO_free(target) }
        guard unsafe write(target) == 1 else { return nil }
        var text = [UInt8](repeating: 0, count: 8192)
        // The call writes at most as many bytes as it is told.
        let count = unsafe text.withUnsafeMutableBytes { unsafe BIO_read(target, $0.baseAddress, Int32($0.count)) }
        return count > 0 && count < text.count ? Array(text.prefix(Int(count))) : nil
    }
}
