enum ListenerKey: String, Keys {
    case bind
    case name
    case proxyProtocol = "proxy_protocol"
    case tls
    case redirectToHTTPS = "redirect_to_https"
    case requestHeaders = "request_headers"
    case responseHeaders = "response_headers"

    static let section = "listener"
    static let sentence = "An address with rules of its own, which run after the global ones."
    static let foreign = [
        "shadow": RuleListKey.shadowHelp,
        "host": "say `bind: host:port`", "port": "say `bind: host:port`", "certificates": "they stand in `tls`",
        "redirect": "say `redirect_to_https: true`", "force_https": "say `redirect_to_https: true`",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .bind:
            .init(
                .defined("bind_address"), isRequired: true,
                """
                `host:port`, `:8080` or `8080` (every interface, of both versions of IP), `"[::]:8080"`, or `unix:/path`, to which every user may connect who may enter its folder (with `proxy_protocol` as the umask says). Port 0 takes any free \
                one.
                """,
                words: ["address", "listen"])
        case .name:
            .init(
                .text,
                """
                A socket that a service manager hands over under this name (`LISTEN_FDNAMES`) is used instead of binding one: \
                [upgrades](deploying.md#upgrades).
                """)
        case .proxyProtocol:
            .init(
                .flag, default: "false",
                """
                Every connection begins with a PROXY protocol header, version 1 or 2, that names the client; one without is \
                closed. Let nobody but the balancer reach the address: whoever connects is believed.
                """)
        case .tls: .init(.defined("listener_tls"), "HTTP/2 and HTTP/1.1 over TLS: below.", words: ["ssl", "https"])
        case .redirectToHTTPS:
            .init(
                .either(.flag, .defined("https_redirect")), default: "false",
                """
                On cleartext: requests are answered with a redirect to the same place by https; /.well-known/acme-challenge/ \
                is left alone.
                """)
        case .requestHeaders:
            .init(.defined("rules"), "Rules for requests, which run after the global ones and before the route's.")
        case .responseHeaders:
            .init(.defined("rules"), "Rules for responses, which run after the global ones and before the route's.")
        }
    }
}

enum HTTPSRedirectKey: String, Keys {
    case port
    case status

    static let section = "https_redirect"

    var declaration: KeyDeclaration {
        switch self {
        case .port: .init(.integer(1...65_535), default: "443", "Of the URL that is redirected to; 443 is not written in it.")
        case .status:
            .init(
                .redirectStatus, default: "308",
                "Of the redirect: 308 and 301 are permanent, 308 and 307 keep the method.",
                words: ["code"])
        }
    }
}
