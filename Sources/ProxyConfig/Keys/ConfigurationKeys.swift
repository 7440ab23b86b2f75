enum RootKey: String, Keys {
    case listen
    case admin
    case workers
    case watch
    case upstreams
    case policies
    case limits
    case timeouts
    case routes
    case debug
    case inspector
    case via
    case logLevel = "log_level"
    case accessLog = "access_log"
    case trustedProxies = "trusted_proxies"
    case forwardingFields = "forwarding_fields"
    case requestID = "request_id"
    case requestHeaders = "request_headers"
    case responseHeaders = "response_headers"

    static let section = "configuration"
    static let sentence = "A Letterhead configuration file. With one upstream, nothing else is required."
    static let foreign = [
        "shadow": RuleListKey.shadowHelp,
        "server": "say `listen` for the address that clients come to, `upstreams` for the app", "port": "say `listen: 8080`",
        "proxy_pass": "say `upstreams: { app: http://127.0.0.1:5000 }`", "rules": "say `response_headers`, or `routes`",
        "headers": "say `response_headers` or `request_headers`",
        "add_header": "say `response_headers: [{ set: { Name: value } }]`",
        "client_max_body_size": "say `limits: { request_body: 16MB }`",
        "proxy_read_timeout": "say `timeouts: { response: 30s }`", "proxy_connect_timeout": "say `timeouts: { connect: 2s }`",
        "keepalive_timeout": "say `timeouts: { idle: 75s }`", "cors": "it is a rule: `response_headers: [{ cors: { … } }]`",
        "presets": "it is a rule: `response_headers: [{ preset: security }]`",
        "preset": "it is a rule: `response_headers: [{ preset: security }]`",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .listen:
            .init(
                .oneOrMore("listen_entry"), default: ":8080",
                """
                Where clients come in, by HTTP/1.1 and HTTP/2 on the same port, in cleartext or over TLS: \
                [listeners](listeners.md).
                """,
                words: ["bind", "http"])
        case .admin:
            .init(
                .defined("bind_address"),
                """
                Where health, readiness, metrics and the inspector are served, and reloads asked for: [admin \
                endpoints](admin.md). Left out, nowhere.
                """)
        case .workers:
            .init(.integer(1...1_024), "Event loops; one per core where it is left out.", words: ["worker_processes", "threads"])
        case .watch:
            .init(
                .flag, default: "false",
                "Read the configuration again when the file, or one that it names, has changed: [reload](deploying.md#reload).")
        case .upstreams:
            .init(
                .defined("upstreams"),
                "The apps, by name: [upstreams](upstreams.md).",
                words: ["backend", "backends", "clusters", "target"])
        case .policies: .init(.defined("policies"), "Lists of rules by name, for `use`: [rules](rules.md#policies).")
        case .limits:
            .init(
                .defined("limits"),
                "What is refused, and how large it may be: [limits and timeouts](limits-and-timeouts.md).")
        case .timeouts:
            .init(
                .defined("timeouts"),
                "How long anything may take; 0 waits for ever: [limits and timeouts](limits-and-timeouts.md).")
        case .routes:
            .init(
                .defined("routes"),
                """
                Where requests go; the first that matches wins: [routes](routes.md). Without routes, everything goes to the \
                only upstream.
                """,
                words: ["location", "locations"])
        case .debug:
            .init(
                .defined("debug"),
                """
                Whose responses say, in Letterhead-Trace, which rules touched them: [debugging](debugging.md#debug). Left out, \
                nobody's.
                """)
        case .inspector:
            .init(
                .defined("inspector"),
                "A page that shows exchanges as they pass: [debugging](debugging.md#inspector). Left out, nothing is looked at.")
        case .via:
            .init(
                .text, default: "letterhead",
                """
                What the proxy calls itself in [`Via`](#via), which goes with every forwarded request and by which a loop is \
                known: a word or `host[:port]`; `off` adds nothing.
                """)
        case .logLevel:
            .init(
                .words(["trace", "debug", "info", "notice", "warning", "error", "critical"]), default: "info",
                "Of what the process says of itself on standard error: [logging](logging.md).")
        case .accessLog:
            .init(
                .words(["json", "ecs", "text", "common", "combined", "off"]), default: "json",
                "One line per exchange on standard output; left out, it is `text` on a terminal: [logging](logging.md).",
                words: ["log"])
        case .trustedProxies:
            .init(
                .defined("texts"),
                """
                Peers whose Forwarded and X-Forwarded-* fields are believed and extended, as addresses or blocks, `unix` for who \
                comes by a Unix socket, or `private` for that and RFC 1918, RFC 4193, loopback and link-local; those of all others are overwritten or removed: \
                [below](#forwarding-fields).
                """,
                words: ["real_ip", "set_real_ip_from", "forwarded_allow_ips"])
        case .forwardingFields:
            .init(
                .defined("texts"),
                """
                Request fields that only trusted proxies may send, beside the [known ones](#forwarding-fields); a star at the \
                end stands for the rest of a name.
                """,
                words: ["forwarder_headers"])
        case .requestID:
            .init(
                .defined("request_id"),
                "Which request ids of clients are taken over; all others are replaced: [below](#request_id).")
        case .requestHeaders: .init(.defined("rules"), "[Rules](rules.md) for every request before it goes to the app.")
        case .responseHeaders:
            .init(.defined("rules"), "[Rules](rules.md) for every response before it leaves, whatever made it.")
        }
    }
}

enum RequestIDKey: String, Keys {
    case accept

    static let section = "request_id"
    static let sentence = "Which request ids of clients are taken over; all others are replaced."
    static let form = MappingForm.optional

    var declaration: KeyDeclaration {
        switch self {
        case .accept: .init(.text, default: "[A-Za-z0-9_-]{8,64}", "A regular expression that the whole id matches.")
        }
    }
}
