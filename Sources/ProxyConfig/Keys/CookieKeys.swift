enum CookieKey: String, Keys {
    case names
    case secure
    case httpOnly = "http_only"
    case sameSite = "same_site"
    case partitioned
    case path
    case domain
    case prefix
    case force
    case remove
    case shadow

    static let section = "cookies"
    static let sentence = "What every Set-Cookie must have. What the app wrote stays, unless force."
    static let form = MappingForm.filled
    static let foreign = [
        "max_age": "a cookie's life is the app's to say"
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .names: .init(.defined("texts"), "Cookies by name, `*` for any run of characters; left out, all.", words: ["name"])
        case .secure: .init(.flag, "`true` adds `Secure`.")
        case .httpOnly: .init(.flag, "`true` adds `HttpOnly`.", words: ["httponly"])
        case .sameSite:
            .init(
                .words(["Strict", "Lax", "None"]),
                "Where the cookie has none, or one that no browser knows.",
                words: ["samesite"])
        case .partitioned: .init(.flag, "`true` adds `Partitioned`.")
        case .path: .init(.text, "`Path` where the cookie has none.")
        case .domain: .init(.text, "`Domain` where the cookie has none.")
        case .prefix: .init(.flag, "`true`: what the [prefix](#prefixes) of a cookie's name demands is put in order.")
        case .force:
            .init(
                .flag, default: "false",
                "`true` also replaces what the cookie has, and lets `secure: false` and the like take it away.")
        case .remove:
            .init(
                .flag,
                "`true`: these `names` are taken away; in `request_headers` from what the client sends: [below](#removing).",
                words: ["delete", "drop"])
        case .shadow:
            .init(.flag, default: "false", "`true`: the policy is [only tried](shadow.md), and no cookie is changed.")
        }
    }
}
