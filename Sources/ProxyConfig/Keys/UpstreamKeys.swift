import ProxyCore

enum UpstreamKey: String, Keys {
    case servers
    case scheme
    case host
    case balance
    case healthCheck = "health_check"
    case ejection
    case retries
    case slowStart = "slow_start"
    case resolve
    case maxConnections = "max_connections"
    case maxPending = "max_pending"
    case maxIdle = "max_idle"
    case maxStreams = "max_streams"
    case tls
    case timeouts

    static let section = "upstream"
    static let sentence = "An app at one or more addresses."
    static let foreign = [
        "hash": "say `balance: { hash: … }`", "max_fails": "say `ejection: { failures: 5 }`",
        "fail_timeout": "say `ejection: { duration: 10s }`",
        "weight": "it stands beside an address: `servers: [{ address: …, weight: 2 }]`",
        "backup": "it stands beside an address: `servers: [{ address: …, backup: true }]`",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .servers:
            .init(
                .oneOrMore("server_entry"), isRequired: true,
                """
                One address, or a list: `http://host:port`, `https://host`, `h2c://host:port`, `h2://host`, `host:port` or \
                `unix:/path`; or mappings: below. A name stands for all its addresses.
                """,
                words: ["server", "url", "address", "target"])
        case .scheme:
            .init(
                .words(["http", "https", "h2c", "h2"]), default: "http",
                """
                For servers that are written without one: HTTP/1.1 (http, https) or HTTP/2 (h2c, h2), in clear or over TLS \
                (https, h2).
                """)
        case .host: .init(.text, "The Host that the app sees; the client's where it is left out.")
        case .balance:
            .init(
                .either(.words(["round_robin", "least_requests", "two_choices"]), .defined("balance")), default: "round_robin",
                "Which server of several gets a request: below.",
                words: ["lb_policy", "load_balancing", "policy"])
        case .healthCheck:
            .init(
                .either(.pattern("^/"), .defined("health_check")),
                "Asks each server, whether it has requests or not. A path, or a mapping: below. Left out, nobody is asked.",
                words: ["check", "health_checks", "health"])
        case .ejection:
            .init(
                .either(.words(["off"]), .defined("ejection")), default: "on",
                "Leaves out a server of several whose requests fail, for a while: below; `off` leaves all in.",
                words: ["outlier_detection", "passive_health"])
        case .retries:
            .init(
                .either(.words(["off"]), .defined("retries")), default: "on",
                "A request that got no answer from one server goes to another one where that is safe: below; `off` sends none.",
                words: ["retry", "proxy_next_upstream"])
        case .slowStart:
            .init(
                .duration, default: "0",
                """
                In which the share of a server that has come back, or is new, grows from a tenth to its whole; 0 gives it at \
                once.
                """,
                words: ["slowstart"])
        case .resolve:
            .init(
                .duration, default: "10s",
                "How often names of servers are looked up; 0 leaves that to each connection.",
                words: ["dns_refresh"])
        case .maxConnections:
            .init(
                .integer(0...1_000_000), default: "0",
                "Connections that each event loop may have to one server at once; 0 is no limit.",
                words: ["max_conns"])
        case .maxPending:
            .init(
                .integer(0...1_000_000), default: "1024",
                "Exchanges that may wait for a connection to one server on each event loop; beyond it 503.")
        case .maxIdle:
            .init(
                .integer(0...100_000), default: "1024",
                """
                Idle connections to one server that each event loop keeps at the most: beyond 64, as many as were in use at \
                once in the last ten seconds.
                """,
                words: ["keepalive"])
        case .maxStreams:
            .init(
                .integer(1...100_000), default: "100",
                "Exchanges at once on one HTTP/2 connection; the upstream may allow fewer.",
                words: ["max_concurrent_streams"])
        case .tls: .init(.defined("upstream_tls"), "Of `https` and `h2`: below.", words: ["ssl"])
        case .timeouts: .init(.defined("upstream_timeouts"), "Those of this upstream: below.")
        }
    }
}

enum UpstreamServerKey: String, Keys {
    case address
    case weight
    case backup

    static let section = "upstream_server"
    static let sentence = "One of several servers."
    static let foreign = [
        "max_fails": "say `ejection` beside `servers`", "max_conns": "say `max_connections` beside `servers`",
        "down": "say `weight: 0`",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .address:
            .init(
                .defined("server"), isRequired: true,
                "Where it is, written like an address of `servers`.",
                words: ["url", "server", "host", "target"])
        case .weight:
            .init(
                .integer(0...UpstreamServer.weightLimit), default: "1",
                "Its share of the requests, in proportion to those of the others; 0 gets none.")
        case .backup: .init(.flag, default: "false", "It gets requests while none of the others can.")
        }
    }
}
