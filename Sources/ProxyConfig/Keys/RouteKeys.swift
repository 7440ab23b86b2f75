enum RouteKey: String, Keys {
    case host
    case name
    case path
    case method
    case listener
    case when
    case upstream
    case respond
    case redirect
    case reports
    case stripPrefix = "strip_prefix"
    case timeouts
    case limits
    case requestHeaders = "request_headers"
    case responseHeaders = "response_headers"

    /// The keys of which a route has exactly one.
    static let actions: [RouteKey] = [.upstream, .respond, .redirect, .reports]

    static let section = "route"
    static let sentence = "All of its tests hold, any of a list's entries; then one of upstream, respond, redirect and reports."
    static let form = MappingForm.with(one: actions.map(\.rawValue))
    static let foreign = [
        "shadow": RuleListKey.shadowHelp,
        "prefix": "say `path: /prefix/**`", "strip": "say `strip_prefix: /prefix`",
        "handle_path": "say `path: /prefix/**` and `strip_prefix: /prefix`", "report_uri": "say `reports: {}`",
        "collector": "say `reports: {}`", "match": "say `path`, `host` or `method`",
        "headers": "say `response_headers` or `request_headers`",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .name: .init(.text, "How logs and metrics call it; left out, by its place: `letterhead.yaml:12`.")
        case .host: .init(.defined("texts"), "Exact, or `*.example.com` (one label or more); one, or a list.")
        case .path:
            .init(
                .defined("texts"),
                """
                A [path pattern](#path-patterns), or a list: exact; `*` is one segment or part of one, `**` at the end is the \
                rest; `regex:` and an expression.
                """,
                words: ["location"])
        case .method:
            .init(
                .defined("texts"),
                "One method, or a list. Methods are case-sensitive: `get` for `GET` is an error. `GET` alone leaves `HEAD` to other routes."
            )
        case .listener:
            .init(
                .defined("texts"),
                "The `name` of a listener, or a list: requests that came by another one are not for this route.")
        case .when:
            .init(
                .defined("condition"),
                "A [condition](conditions.md) on the request: what tests the response is an error.",
                words: ["if"])
        case .upstream: .init(.text, "The name of one of `upstreams`.", words: ["proxy_pass", "backend", "to"])
        case .respond:
            .init(
                .either(.integer(200...599), .defined("respond")),
                "An answer without an app: a status, or a mapping: below.",
                words: ["return", "response"])
        case .redirect:
            .init(
                .either(.text, .defined("redirect")),
                "Where to; [placeholders](placeholders.md) such as `{path.rest}` are filled in. A text, or a mapping: below.",
                words: ["rewrite"])
        case .reports: .init(.defined("reports"), "Takes the reports that browsers send and logs each as a line: below.")
        case .stripPrefix:
            .init(
                .pattern(#"^(/[A-Za-z0-9._~-]+)+$"#),
                """
                A literal path, /app, that is taken off the path before it goes to the upstream, which gets it as \
                X-Forwarded-Prefix.
                """)
        case .timeouts: .init(.defined("route_timeouts"), "Those of this route, which override those of the upstream: below.")
        case .limits: .init(.defined("route_limits"), "Those of this route, which override the global ones: below.")
        case .requestHeaders: .init(.defined("rules"), "Run after those of the listener.")
        case .responseHeaders: .init(.defined("rules"), "Run after those of the listener.")
        }
    }
}
