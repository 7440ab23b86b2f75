/// The keys of one kind of mapping. A reader asks for them by case, so it cannot ask for one that is not in the list.
package protocol Keys: RawRepresentable<String>, CaseIterable, Hashable, Sendable {
    /// The name under which the schema defines the mapping.
    static var section: String { get }
    /// Words that people know from other software, with what to write here.
    static var foreign: [String: String] { get }
    /// Returns what to write instead of an unknown word; nil to suggest the nearest key.
    static func help(for word: String) -> String?
}

extension Keys {
    package static var foreign: [String: String] { [:] }
    package static func help(for word: String) -> String? { nil }
}

/// All keys of all mappings, which the schema must have, too.
package enum Vocabulary {
    package struct Section: Sendable {
        package var name: String
        package var keys: [String]
    }

    package static let sections: [Section] = [
        section(RootKey.self), section(ListenerKey.self), section(ListenerTLSKey.self), section(ListenerCertificateKey.self),
        section(ClientCertificatesKey.self), section(HTTPSRedirectKey.self), section(UpstreamKey.self),
        section(UpstreamTLSKey.self), section(UpstreamServerKey.self), section(BalanceKey.self),
        section(BalanceHashKey.self), section(HealthCheckKey.self), section(EjectionKey.self), section(RetriesKey.self),
        section(RequestIDKey.self), section(DebugKey.self), section(InspectorKey.self),
        section(LimitKey.self), section(TimeoutKey.self), section(UpstreamTimeoutKey.self), section(RouteKey.self),
        section(RouteTimeoutKey.self), section(RouteLimitKey.self), section(RespondKey.self), section(RedirectKey.self),
        section(ReportsKey.self),
        section(RuleKey.self), section(RuleListKey.self),
        section(ConditionKey.self), section(FieldTestKey.self), section(SampleKey.self), section(EditKey.self),
        section(CORSKey.self), section(CookieKey.self),
    ]

    package static func section<Key: Keys>(_: Key.Type) -> Section {
        Section(name: Key.section, keys: Key.allCases.map(\.rawValue))
    }
}

enum RootKey: String, Keys {
    case listen, admin, workers, watch, upstreams, policies, limits, timeouts, routes, debug, inspector, via
    case logLevel = "log_level"
    case accessLog = "access_log"
    case trustedProxies = "trusted_proxies"
    case forwardingFields = "forwarding_fields"
    case requestID = "request_id"
    case requestHeaders = "request_headers"
    case responseHeaders = "response_headers"

    static let section = "configuration"
    static let foreign = [
        "shadow":
            "it is said of rules: `- set: { … }` with `shadow: true`, or `response_headers: { shadow: true, rules: [ … ] }`",
        "server": "say `listen` for the address that clients come to, `upstreams` for the app",
        "bind": "say `listen`", "port": "say `listen: 8080`", "http": "say `listen`",
        "backend": "say `upstreams`", "backends": "say `upstreams`", "clusters": "say `upstreams`",
        "proxy_pass": "say `upstreams: { app: http://127.0.0.1:5000 }`", "target": "say `upstreams`",
        "location": "say `routes`", "locations": "say `routes`", "rules": "say `response_headers`, or `routes`",
        "headers": "say `response_headers` or `request_headers`",
        "add_header": "say `response_headers: [{ set: { Name: value } }]`",
        "real_ip": "say `trusted_proxies`", "set_real_ip_from": "say `trusted_proxies`",
        "forwarded_allow_ips": "say `trusted_proxies`", "forwarder_headers": "say `forwarding_fields`",
        "client_max_body_size": "say `limits: { request_body: 16MB }`",
        "worker_processes": "say `workers`", "threads": "say `workers`", "log": "say `access_log`",
        "proxy_read_timeout": "say `timeouts: { response: 30s }`", "proxy_connect_timeout": "say `timeouts: { connect: 2s }`",
        "keepalive_timeout": "say `timeouts: { idle: 75s }`", "cors": "it is a rule: `response_headers: [{ cors: { … } }]`",
        "presets": "it is a rule: `response_headers: [{ preset: security }]`",
        "preset": "it is a rule: `response_headers: [{ preset: security }]`",
    ]
}

enum ListenerKey: String, Keys {
    case bind, name, tls
    case redirectToHTTPS = "redirect_to_https"
    case proxyProtocol = "proxy_protocol"
    case requestHeaders = "request_headers"
    case responseHeaders = "response_headers"

    static let section = "listener"
    static let foreign = [
        "shadow":
            "it is said of rules: `- set: { … }` with `shadow: true`, or `response_headers: { shadow: true, rules: [ … ] }`",
        "address": "say `bind`", "listen": "say `bind`", "host": "say `bind: host:port`", "port": "say `bind: host:port`",
        "ssl": "say `tls`", "https": "say `tls`", "certificates": "they stand in `tls`",
        "redirect": "say `redirect_to_https: true`", "force_https": "say `redirect_to_https: true`",
    ]
}

enum UpstreamKey: String, Keys {
    case servers, scheme, host, timeouts, tls, balance, ejection, retries, resolve
    case healthCheck = "health_check"
    case slowStart = "slow_start"
    case maxConnections = "max_connections"
    case maxIdle = "max_idle"
    case maxPending = "max_pending"
    case maxStreams = "max_streams"

    static let section = "upstream"
    static let foreign = [
        "server": "say `servers`", "url": "say `servers`", "address": "say `servers`", "target": "say `servers`",
        "keepalive": "say `max_idle`", "max_conns": "say `max_connections`",
        "max_concurrent_streams": "say `max_streams`", "ssl": "say `tls`",
        "lb_policy": "say `balance`", "load_balancing": "say `balance`", "policy": "say `balance`",
        "hash": "say `balance: { hash: … }`",
        "check": "say `health_check`", "health_checks": "say `health_check`", "health": "say `health_check`",
        "outlier_detection": "say `ejection`", "max_fails": "say `ejection: { failures: 5 }`",
        "fail_timeout": "say `ejection: { duration: 10s }`", "passive_health": "say `ejection`", "retry": "say `retries`",
        "proxy_next_upstream": "say `retries`", "slowstart": "say `slow_start`", "dns_refresh": "say `resolve`",
        "weight": "it stands beside an address: `servers: [{ address: …, weight: 2 }]`",
        "backup": "it stands beside an address: `servers: [{ address: …, backup: true }]`",
    ]
}

enum UpstreamTLSKey: String, Keys {
    case ca, verify, certificate, key
    case serverName = "server_name"
    case minimumVersion = "minimum_version"

    static let section = "upstream_tls"
    static let foreign = [
        "sni": "say `server_name`", "insecure": "say `verify: false`", "insecure_skip_verify": "say `verify: false`",
        "skip_verify": "say `verify: false`", "cert": "say `certificate`", "ca_file": "say `ca`", "cacert": "say `ca`",
        "min_version": "say `minimum_version`", "private_key": "say `key`",
    ]
}

enum RequestIDKey: String, Keys {
    case accept
    static let section = "request_id"
}

enum LimitKey: String, Keys {
    case streams, connections, tunnels, trailers, memory
    case connectionsPerClient = "connections_per_client"
    case requestBodyRate = "request_body_rate"
    case requestTarget = "request_target"
    case requestHeaders = "request_headers"
    case requestBody = "request_body"
    case headerCount = "header_count"
    case chunkExtensions = "chunk_extensions"
    case bodyBuffer = "body_buffer"
    case requestsPerConnection = "requests_per_connection"

    static let section = "limits"
    static let foreign = [
        "body": "say `request_body`", "client_max_body_size": "say `request_body`", "max_body_size": "say `request_body`",
        "headers": "say `request_headers`", "url": "say `request_target`",
    ]
}

enum TimeoutKey: String, Keys {
    case connect, response, idle, write, tunnel, drain, exchange, handshake
    case requestHead = "request_head"
    case requestBody = "request_body"
    case upstreamIdle = "upstream_idle"
    case eventStream = "event_stream"
    case halfClose = "half_close"

    static let section = "timeouts"
    static let foreign = ["read": "say `response`", "send": "say `write`", "keepalive": "say `idle`", "shutdown": "say `drain`"]
}

enum UpstreamTimeoutKey: String, Keys {
    case connect, response, idle
    case eventStream = "event_stream"
    static let section = "upstream_timeouts"
    static let foreign = ["read": "say `response`", "upstream_idle": "say `idle`"]
}

enum RouteTimeoutKey: String, Keys {
    case connect, response
    case eventStream = "event_stream"
    static let section = "route_timeouts"
    static let foreign = ["read": "say `response`"]
}

enum RouteLimitKey: String, Keys {
    case requestBody = "request_body"
    static let section = "route_limits"
    static let foreign = ["body": "say `request_body`"]
}

enum RouteKey: String, Keys {
    case host, path, method, listener, when, upstream, respond, redirect, reports, timeouts, limits, name
    case stripPrefix = "strip_prefix"
    case requestHeaders = "request_headers"
    case responseHeaders = "response_headers"

    static let section = "route"
    static let foreign = [
        "shadow":
            "it is said of rules: `- set: { … }` with `shadow: true`, or `response_headers: { shadow: true, rules: [ … ] }`",
        "proxy_pass": "say `upstream`", "backend": "say `upstream`", "to": "say `upstream`", "return": "say `respond`",
        "response": "say `respond`", "rewrite": "say `redirect`", "location": "say `path`", "prefix": "say `path: /prefix/**`",
        "strip": "say `strip_prefix: /prefix`", "handle_path": "say `path: /prefix/**` and `strip_prefix: /prefix`",
        "report_uri": "say `reports: {}`", "collector": "say `reports: {}`",
        "match": "say `path`, `host` or `method`", "headers": "say `response_headers` or `request_headers`",
        "if": "say `when`",
    ]
}

enum RespondKey: String, Keys {
    case status, body
    case contentType = "content_type"
    static let section = "respond"
    static let foreign = ["code": "say `status`", "headers": "say `response_headers` in the route"]
}

enum RedirectKey: String, Keys {
    case to, status
    static let section = "redirect"
    static let foreign = ["code": "say `status`", "location": "say `to`", "url": "say `to`"]
}
