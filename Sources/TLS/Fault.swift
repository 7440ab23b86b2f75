import COpenSSL

/// Why a handshake or a connection failed.
public struct Fault: Error, Hashable, Sendable {
    /// The reason as one word for logs: OpenSSL's own (`certificate_verify_failed`, `tlsv1_alert_unknown_ca` …), or `truncated`,
    /// `unknown_server_name`, `no_application_protocol`.
    public let reason: String
    /// Why the peer's certificate was rejected; nil when that is not the cause.
    public let verdict: CertificateVerdict?

    public init(_ reason: String, verdict: CertificateVerdict? = nil) {
        self.reason = reason
        self.verdict = verdict
    }

    /// Returns the first error in this thread's error queue, and clears the queue.
    static func last(_ session: OpaquePointer?) -> Fault {
        let code = ERR_peek_error()
        ERR_clear_error()
        guard code != 0 else { return Fault("connection_lost") }
        // The text is static.
        let text = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "tls_error"
        let reason = text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: "_")
        guard let session = unsafe session, letterhead_error_reason(code) == UInt(SSL_R_CERTIFICATE_VERIFY_FAILED) else {
            return Fault(reason)
        }
        return unsafe Fault(reason, verdict: CertificateVerdict(code: Int32(truncatingIfNeeded: SSL_get_verify_result(session))))
    }
}

/// What is wrong with a peer's certificate (RFC 5280 §6.1).
public enum CertificateVerdict: Hashable, Sendable {
    case expired, notYetValid, untrusted, otherName, revoked
    /// Another error, in OpenSSL's words.
    case other(String)

    init(code: Int32) {
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED: self = .expired
        case X509_V_ERR_CERT_NOT_YET_VALID: self = .notYetValid
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: self = .otherName
        case X509_V_ERR_CERT_REVOKED: self = .revoked
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE, X509_V_ERR_CERT_UNTRUSTED,
            X509_V_ERR_INVALID_CA:
            self = .untrusted
        default:
            // The text is static.
            self = .other(unsafe X509_verify_cert_error_string(Int(code)).map { unsafe String(cString: $0) } ?? "\(code)")
        }
    }
}
