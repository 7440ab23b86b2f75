import NIOCore
import NIOSSL

/// Why TLS failed, in words.
enum TLSFailure {
    static func isTLS(_ error: any Error) -> Bool {
        error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
    }

    /// Why there is no connection to the app. `certificate`: what the app showed, as far as it got; `now` in seconds since 1970.
    static func cause(_ error: any Error, certificate: NIOSSLCertificate?, now: Int) -> String {
        let text = "\(error)"
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            return "its certificate is for another name"
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidateCertificate") {
            guard let certificate else { return "its certificate does not verify" }
            if Int(certificate.notValidAfter) < now { return "its certificate has expired" }
            if Int(certificate.notValidBefore) > now { return "its certificate is not valid yet" }
            return "its certificate does not lead to a trusted authority"
        }
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") { return "it does not speak TLS" }
        if text.contains("NO_APPLICATION_PROTOCOL") { return "it does not speak HTTP/2 over TLS" }
        if text.contains("CERTIFICATE_REQUIRED") { return "it asks for a client certificate" }
        return words(error)
    }

    /// The library's own name for an error, `TLSV1_ALERT_UNKNOWN_CA` for example, as words.
    static func words(_ error: any Error) -> String {
        let text = "\(error)"
        guard let mark = text.firstRange(of: "OPENSSL_internal:") else { return text }
        return text[mark.upperBound...].prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }.lowercased()
            .split(separator: "_").joined(separator: " ")
    }
}
