import NIOSSL

/// Why a handshake, or a TLS connection, failed: one word for logs.
enum TLSFault {
    static func reason(of error: any Error) -> String {
        switch error {
        case NIOSSLError.handshakeFailed(let error), NIOSSLError.shutdownFailed(let error): reason(of: error)
        case NIOSSLError.uncleanShutdown: "truncated"
        case let error as BoringSSLError: reason(of: error)
        default: "connection_lost"
        }
    }

    private static func reason(of error: BoringSSLError) -> String {
        switch error {
        case .sslError(let stack), .unknownError(let stack):
            // `error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at …:320`; the first is the cause.
            guard let first = stack.first else { return "connection_lost" }
            if first == .eofDuringHandshake { return "closed_during_handshake" }
            guard let mark = first.description.firstRange(of: "OPENSSL_internal:") else { return "tls_error" }
            let words = first.description[mark.upperBound...].firstRange(of: " at ").map {
                first.description[mark.upperBound..<$0.lowerBound]
            }
            return (words ?? first.description[mark.upperBound...]).lowercased().replacing(" ", with: "_")
        case .syscallError, .zeroReturn: return "connection_lost"
        default: return "tls_error"
        }
    }
}
