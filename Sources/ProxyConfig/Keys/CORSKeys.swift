enum CORSKey: String, Keys {
    case allowOrigins = "allow_origins"
    case allowCredentials = "allow_credentials"
    case allowMethods = "allow_methods"
    case allowHeaders = "allow_headers"
    case exposeHeaders = "expose_headers"
    case maxAge = "max_age"
    case allowPrivateNetwork = "allow_private_network"
    case preflight
    case upstream
    case shadow

    static let section = "cors"
    static let sentence = "Owns every Access-Control-* field of the response, and Vary: Origin."
    static let foreign = [
        "resources": "say `when: { path: … }` beside `cors`", "vary_header": "leave it out: `Vary: Origin` is always right",
        "allow_origin_regex": "say `allow_origins: [\"regex:…\"]`", "send_wildcard": "say `allow_origins: [\"*\"]`",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .allowOrigins:
            .init(
                .defined("texts"), isRequired: true,
                """
                Which pages may read the responses: `https://app.example`, `https://*.app.example`, `http://localhost:*`, \
                `"*"`, `"null"` or `regex:…`: [origins](#origins).
                """,
                words: ["origins", "origin"])
        case .allowCredentials:
            .init(
                .flag, default: "false",
                "Cookies and client certificates go along.",
                words: ["supports_credentials", "credentials"])
        case .allowMethods:
            .init(
                .defined("texts"),
                """
                Left out: `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` and `OPTIONS`, or the methods of the rule's `when` and \
                of its route. `[]` is `GET`, `HEAD` and `POST`, which browsers never refuse for their method.
                """,
                words: ["methods"])
        case .allowHeaders:
            .init(
                .defined("texts"), default: "echo",
                "Field names, `\"*\"`, or `echo` for what the preflight asks for, in all its lines; `[]` is none.",
                words: ["headers"])
        case .exposeHeaders: .init(.defined("texts"), "Fields of the response that scripts may read.")
        case .maxAge:
            .init(
                .either(.integer(0...31_536_000), .duration),
                """
                How long a browser may keep a preflight's answer, as `10m` or in seconds; left out, 5 s is the browser's \
                default.
                """)
        case .allowPrivateNetwork:
            .init(
                .flag, default: "false",
                """
                A public site may ask an address of a private network: for Chrome up to 141. [Later ones ask the \
                user](#local-networks).
                """)
        case .preflight:
            .init(
                .words(["edge", "forward"]), default: "edge",
                "`edge`: answered here, also while the app is down. `forward`: by the app.")
        case .upstream:
            .init(
                .words(["replace", "keep"]), default: "replace",
                "`replace`: the app's own `Access-Control-*` go. `keep`: a complete answer of the app stands.")
        case .shadow:
            .init(
                .flag, default: "false",
                """
                `true`: the policy is [only tried](shadow.md): preflights go on as if it were not there, and what it would answer \
                is told.
                """)
        }
    }
}
