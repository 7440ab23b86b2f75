enum UpstreamTLSKey: String, Keys {
    case ca
    case verify
    case serverName = "server_name"
    case certificate
    case key
    case minimumVersion = "minimum_version"

    static let section = "upstream_tls"
    static let sentence = "TLS towards an upstream of https or h2. Files are PEM, relative to the configuration."
    static let form = MappingForm.optional
    static let foreign = [
        "insecure": "say `verify: false`", "insecure_skip_verify": "say `verify: false`", "skip_verify": "say `verify: false`",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .ca:
            .init(.text, "The authorities that are trusted; the system's where it is left out.", words: ["ca_file", "cacert"])
        case .verify:
            .init(.flag, default: "true", "False believes any certificate: whoever is on the way can read and change everything.")
        case .serverName:
            .init(
                .text,
                "The name that the certificate must have and that is asked for (SNI); the server's host where it is left out.",
                words: ["sni"])
        case .certificate: .init(.text, "The proxy's own certificate, with its chain.", words: ["cert"])
        case .key: .init(.text, "The key of `certificate`.", words: ["private_key"])
        case .minimumVersion: .init(.words(["1.2", "1.3"]), default: "1.2", "Of TLS.", words: ["min_version"])
        }
    }
}
