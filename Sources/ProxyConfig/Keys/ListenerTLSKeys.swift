enum ListenerTLSKey: String, Keys {
    case certificates
    case minimumVersion = "minimum_version"
    case strictSNI = "strict_sni"
    case clientCertificates = "client_certificates"

    static let section = "listener_tls"
    static let sentence = "HTTP/2 and HTTP/1.1 over TLS 1.2 and 1.3."
    static let foreign = [
        "certificate": "say `certificates: [{ certificate: site.pem, key: site.key }]`",
        "cert": "say `certificates: [{ certificate: site.pem, key: site.key }]`",
        "key": "say `certificates: [{ certificate: site.pem, key: site.key }]`",
        "client_ca": "say `client_certificates: { ca: clients.pem }`", "ca": "say `client_certificates: { ca: clients.pem }`",
        "ciphers": "there is nothing to choose: only suites with forward secrecy and authenticated encryption are spoken",
        "alpn": "there is nothing to choose: h2 and http/1.1 are offered",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .certificates:
            .init(
                .oneOrMore("listener_certificate"), isRequired: true,
                "One, or a list. The name that a client asks for chooses; the first is for all other names.")
        case .minimumVersion:
            .init(
                .words(["1.2", "1.3"]), default: "1.2",
                "The oldest version of TLS that is spoken.",
                words: ["protocols", "min_version", "version"])
        case .strictSNI:
            .init(
                .flag, default: "false",
                "A name that no certificate has, or none, is refused with the alert unrecognized_name.")
        case .clientCertificates:
            .init(
                .defined("client_certificates"),
                "Whether clients are asked for a certificate: below. Left out, they are not.",
                words: ["client_auth", "verify_client"])
        }
    }
}

enum ListenerCertificateKey: String, Keys {
    case certificate
    case key

    static let section = "listener_certificate"
    static let sentence = "PEM files, relative to the configuration."

    var declaration: KeyDeclaration {
        switch self {
        case .certificate:
            .init(
                .text, isRequired: true,
                "The site's certificate, then those that lead to its authority.",
                words: ["cert", "cert_file", "file", "chain"])
        case .key:
            .init(
                .text,
                "Its private key, without a password; left out, it stands in the certificate's file.",
                words: ["private_key", "key_file"])
        }
    }
}

enum ClientCertificatesKey: String, Keys {
    case mode
    case ca
    case forward

    static let section = "client_certificates"
    static let sentence = "Clients are asked for a certificate."
    static let foreign = [
        "required": "say `mode: required`", "optional": "say `mode: optional`",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .mode:
            .init(
                .words(["required", "optional"]), default: "required",
                "Whether a client may come without one.",
                words: ["verify"])
        case .ca:
            .init(
                .text, isRequired: true,
                "PEM: the authorities that may have signed them.",
                words: ["authorities", "trusted_ca", "ca_file"])
        case .forward:
            .init(
                .flag, default: "true",
                "The app gets the certificate in Client-Cert, those above it in Client-Cert-Chain (RFC 9440).")
        }
    }
}
