enum DebugKey: String, Keys {
    case secret
    case header
    case allowFrom = "allow_from"

    static let section = "debug"
    static let sentence = "Whose responses say, in Letterhead-Trace, which rules touched them; whatever is given has to hold."
    static let foreign = [
        "enabled": "it is on where there is a `secret` or `allow_from`"
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .secret:
            .init(
                .text,
                "What the field has to be: at least 16 visible characters. Take it from `${file:…}` or a variable.",
                words: ["token", "password", "value"])
        case .header:
            .init(
                .text, default: "Letterhead-Debug",
                "The request field that carries the secret; it is taken out of every request.",
                words: ["field", "name"])
        case .allowFrom:
            .init(
                .defined("texts"),
                "Clients by address or block, as `trusted_proxies` tell them.",
                words: ["cidr", "allow", "client_ip"])
        }
    }
}

enum InspectorKey: String, Keys {
    case entries
    case sample
    case rate
    case redact

    static let section = "inspector"
    static let sentence = "The page /inspector of the admin listener, which shows exchanges as they pass."
    static let form = MappingForm.optional
    static let foreign = [
        "enabled": "it is on where `inspector` stands"
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .entries:
            .init(
                .integer(1...2_000), default: "200",
                "How many exchanges are kept, in memory, at most 16 MB.",
                words: ["size", "limit", "buffer"])
        case .sample: .init(.share, default: "100%", "Which share of the exchanges is looked at.", words: ["percent"])
        case .rate:
            .init(
                .integer(1...10_000), default: "50",
                "Exchanges a second that each event loop looks at; the rest passes unseen.")
        case .redact:
            .init(
                .defined("texts"),
                """
                Fields whose values are not kept, beside Authorization, Cookie, Set-Cookie and every name that ends in key, \
                token, secret and their like.
                """,
                words: ["secrets", "hide"])
        }
    }
}
