import TLS

/// Describes in sentences about the app why there is no TLS with it.
enum TLSWords {
    /// - Parameters:
    ///   - name: the name that its certificate must have.
    ///   - isHTTP2: HTTP/2 was the only protocol offered to it.
    static func cause(_ fault: Fault, name: String, isHTTP2: Bool) -> String {
        if let verdict = fault.verdict { return cause(verdict, name: name) }
        if fault.reason == "tlsv1_alert_no_application_protocol" { return isHTTP2 ? noHTTP2 : noHTTP1 }
        // The library's own reason is enough for those who know it.
        return sentences[fault.reason] ?? fault.reason.split(separator: "_").joined(separator: " ")
    }

    private static func cause(_ verdict: CertificateVerdict, name: String) -> String {
        switch verdict {
        case .expired: "its certificate has expired"
        case .notYetValid: "its certificate is not valid yet"
        case .untrusted: "its certificate does not lead to a trusted authority"
        case .otherName: "its certificate is not for \(name)"
        case .revoked: "its certificate has been revoked"
        case .other(let text): "its certificate does not verify: \(text)"
        }
    }

    /// The sentence for an app that settled on another protocol than HTTP/2, or on none.
    static func noHTTP2(_ agreed: String?) -> String {
        "\(noHTTP2): it agreed to \(agreed.map { "`\($0)`" } ?? "no protocol") (ALPN)"
    }

    static let noMemory = "there is no memory for TLS"

    private static let noHTTP1 = "it does not speak HTTP/1.1 over TLS"
    private static let noHTTP2 = "it does not speak HTTP/2 over TLS"
    private static let noTLS = "it does not speak TLS"
    private static let otherVersion = "it speaks no version of TLS that is allowed here"

    /// The sentences, keyed by the library's reason.
    private static let sentences = [
        "wrong_version_number": noTLS,
        "http_request": noTLS,
        "packet_length_too_long": noTLS,
        "record_layer_failure": noTLS,
        "unexpected_message": noTLS,
        "tlsv13_alert_certificate_required": "it asks for a client certificate",
        "sslv3_alert_handshake_failure": "it refuses the handshake: it asks for a client certificate, or for other ciphers",
        "sslv3_alert_bad_certificate": "it refuses the client certificate",
        "sslv3_alert_certificate_expired": "it refuses the client certificate, which has expired",
        "sslv3_alert_certificate_revoked": "it refuses the client certificate, which has been revoked",
        "sslv3_alert_certificate_unknown": "it refuses the client certificate",
        "sslv3_alert_unsupported_certificate": "it refuses the client certificate",
        "tlsv1_alert_unknown_ca": "it does not know the authority of the client certificate",
        "tlsv1_unrecognized_name": "it knows no site of that name",
        "unsupported_protocol": otherVersion,
        "tlsv1_alert_protocol_version": otherVersion,
        "certificate_verify_failed": "its certificate does not verify",
        "closed_during_handshake": "it closed the connection during the handshake",
        "truncated": "it closed the connection",
        "connection_lost": "it closed the connection",
    ]
}

extension SetupError {
    /// Why TLS cannot be set up, as the end of a sentence that names what cannot be used.
    var words: String {
        switch self {
        case .otherKey: "the certificate is for another key"
        case .unusableCertificate: "its key is too short, or its signature too weak"
        case .noAuthorities: "the system's authorities cannot be read"
        case .failed(let call): "\(call) failed"
        }
    }
}
