import COpenSSL

/// An X.509 certificate, as far as a proxy looks into it.
@safe public final class Certificate: Sendable {
    /// The certificate; never written to after this object is made.
    nonisolated(unsafe) let handle: OpaquePointer

    /// Takes over the reference.
    init(owning handle: OpaquePointer) { unsafe self.handle = handle }

    /// Takes a reference of its own.
    init(sharing handle: OpaquePointer) {
        unsafe X509_up_ref(handle)
        unsafe self.handle = handle
    }

    deinit { unsafe X509_free(handle) }

    /// Returns the certificates of a PEM text, in its order; nil if one is damaged, empty if there is none.
    public static func all(inPEM bytes: [UInt8]) -> [Certificate]? {
        // The memory is not written to and lives as long as the call.
        unsafe bytes.withUnsafeBytes { bytes -> [Certificate]? in
            guard let source = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
            defer { unsafe BIO_free(source) }
            var found: [Certificate] = []
            ERR_clear_error()
            while let certificate = unsafe PEM_read_bio_X509(source, nil, nil, nil) {
                found.append(unsafe Certificate(owning: certificate))
            }
            // Reading ends where no further block begins.
            let reason = letterhead_error_reason(ERR_peek_last_error())
            ERR_clear_error()
            return reason == UInt(PEM_R_NO_START_LINE) ? found : nil
        }
    }

    /// The DNS names that the certificate covers, in lower case; `*.example.com` covers one label. Without alternative names, the
    /// common name.
    public var names: [String] {
        guard let alternatives = unsafe X509_get_ext_d2i(handle, NID_subject_alt_name, nil, nil) else {
            return commonName.map { [$0.lowercased()] } ?? []
        }
        let list = OpaquePointer(alternatives)
        defer { unsafe GENERAL_NAMES_free(list) }
        var names: [String] = []
        for index in 0..<(unsafe letterhead_general_name_count(list)) {
            var length: Int32 = 0
            guard let text = unsafe letterhead_dns_name_at(list, index, &length), length >= 0 else { continue }
            // The text has this many bytes and lives as long as the list.
            names.append(
                unsafe String(decoding: UnsafeBufferPointer(start: text, count: Int(length)), as: UTF8.self).lowercased())
        }
        return names
    }

    /// Whether the certificate covers anything but DNS names, such as an address.
    var hasOtherNames: Bool {
        guard let alternatives = unsafe X509_get_ext_d2i(handle, NID_subject_alt_name, nil, nil) else { return false }
        let list = OpaquePointer(alternatives)
        defer { unsafe GENERAL_NAMES_free(list) }
        var length: Int32 = 0
        return (0..<(unsafe letterhead_general_name_count(list))).contains {
            unsafe letterhead_dns_name_at(list, $0, &length) == nil
        }
    }

    private var commonName: String? {
        var text = [CChar](repeating: 0, count: 256)
        // The call writes at most as many bytes as it is told.
        let count = unsafe X509_NAME_get_text_by_NID(X509_get_subject_name(handle), NID_commonName, &text, Int32(text.count))
        return count > 0 ? String(decoding: text.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// The subject in the form of RFC 4514: the most specific part first, with non-ASCII bytes in hexadecimal.
    public var subject: [UInt8] {
        guard let target = unsafe BIO_new(BIO_s_mem()) else { return [] }
        defer { unsafe BIO_free(target) }
        unsafe letterhead_write_name(target, X509_get_subject_name(handle))
        var text = [UInt8](repeating: 0, count: 4096)
        // The call writes at most as many bytes as it is told.
        let count = unsafe text.withUnsafeMutableBytes { unsafe BIO_read(target, $0.baseAddress, Int32($0.count)) }
        return count > 0 ? Array(text.prefix(Int(count))) : []
    }

    /// The certificate in the form in which it is signed (DER).
    public var encoded: [UInt8] {
        let count = unsafe i2d_X509(handle, nil)
        guard count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        // The call writes as many bytes as it has just reported.
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            var end = buffer.baseAddress
            unsafe i2d_X509(handle, &end)
        }
        return bytes
    }

    /// Whether the certificate is valid at a given time.
    public enum Validity: Hashable, Sendable { case valid, expired, notYetValid }

    /// - Parameter now: seconds since 1970.
    public func validity(at now: Int) -> Validity {
        if now > notAfter { return .expired }
        return now < notBefore ? .notYetValid : .valid
    }

    /// The last second of its validity, since 1970; `notBefore` is the first.
    public var notAfter: Int { unsafe Self.seconds(X509_get0_notAfter(handle)) }
    public var notBefore: Int { unsafe Self.seconds(X509_get0_notBefore(handle)) }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int {
        guard let epoch = unsafe ASN1_TIME_set(nil, 0) else { return 0 }
        defer { unsafe ASN1_TIME_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        unsafe ASN1_TIME_diff(&days, &seconds, epoch, time)
        return Int(days) * 86_400 + Int(seconds)
    }
}

extension Certificate: Equatable {
    public static func == (one: Certificate, other: Certificate) -> Bool {
        unsafe X509_cmp(one.handle, other.handle) == 0
    }
}
