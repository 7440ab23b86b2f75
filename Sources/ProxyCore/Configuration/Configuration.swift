package import HTTPModel
package import HeaderPolicy

/// The contents of one YAML file, checked and with defaults filled in. It is immutable; a reload makes another.
package struct Configuration: Sendable {
    package var listeners: [Listener] = []
    package var admin: Located<SocketTarget>?
    /// The number of event loops; nil means one per core.
    package var workers: Int?
    package var accessLog = AccessLog.json
    /// The lowest level that is written to the log for people.
    package var logLevel = LogLevel.info
    /// Whether the file, and the files that it names, are read again when they change.
    package var watch = false
    /// The upstreams in the order of the file; names are unique.
    package var upstreams: [Upstream] = []
    package var trustedProxies: [CIDR] = []
    /// Fields that only trusted proxies may send, besides the known ones (`ForwardingFields`); a star at the end stands for the
    /// rest of a name.
    package var forwardingFields: [String] = []
    /// The proxy's name in `Via`; nil leaves requests as they are.
    package var via: String? = "letterhead"
    package var requestID = RequestIDPolicy()
    /// The clients that may see in responses what the rules did; nil when none may.
    package var debug: DebugPolicy?
    /// The settings of the inspector; nil when it is off.
    package var inspector: InspectorPolicy?
    package var limits = Limits()
    package var timeouts = Timeouts()
    /// The global rules.
    package var requestHeaders: [Rule] = []
    package var responseHeaders: [Rule] = []
    /// The routes, of which the first match wins. Never empty: without `routes:`, everything goes to the only upstream.
    package var routes: [Route] = []

    package init() {}

    package enum LogLevel: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }

    package enum AccessLog: String, Sendable, CaseIterable { case json, ecs, text, common, combined, off }
}

/// An address to listen on or to connect to.
package enum SocketTarget: Sendable, Hashable, CustomStringConvertible {
    /// A host name or address (no brackets) and a port; port 0 binds any free one.
    case tcp(host: String, port: Int)
    /// The path of a Unix socket.
    case unix(String)

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// One address on which clients connect.
package struct Listener: Sendable {
    package var bind: Located<SocketTarget>
    /// The name of a socket that the process was given (`LISTEN_FDNAMES`) and that is used instead of binding one.
    package var name: String?
    /// Whether each connection begins with a PROXY protocol header (version 1 or 2) that names the client; one without is closed.
    package var proxyProtocol = false
    /// The TLS settings; nil for cleartext.
    package var tls: ListenerTLS?
    /// On cleartext, the settings for redirecting requests to the same place by https; nil when they are not redirected.
    package var redirectToHTTPS: HTTPSRedirect?
    package var requestHeaders: [Rule] = []
    package var responseHeaders: [Rule] = []

    package init(bind: Located<SocketTarget>) { self.bind = bind }
}

/// An app, to which routes refer by its name.
package struct Upstream: Sendable {
    package var name: String
    package var scheme: Scheme
    package var servers: [UpstreamServer]
    /// The `Host` that the app sees; nil to pass on the client's.
    package var host: String?
    /// Overrides of the global timeouts; nil inherits.
    package var timeouts = TimeoutOverrides()
    package var balance = Balance.roundRobin
    package var healthCheck: HealthCheck?
    /// The settings of ejection; nil keeps servers in even when their requests fail.
    package var ejection: Ejection? = Ejection()
    package var retries = Retries()
    /// The time in milliseconds in which the share of a new or returned server grows to its full size; with 0 it has it at once.
    package var slowStart = 0
    /// The interval in milliseconds at which names of servers are looked up.
    package var resolve = 10_000
    /// The number of connections that each event loop may have to one server at once; 0 is no limit.
    package var maxConnections = 0
    /// The number of idle connections to one server that each event loop keeps at most; beyond 64, as many as were in use at once
    /// in the last seconds.
    package var maxIdle = 1_024
    /// The number of exchanges that may wait for a connection to one server on each event loop; beyond it 503.
    package var maxPending = 1_024
    /// The number of exchanges at once on one HTTP/2 connection; the upstream may allow fewer.
    package var maxStreams = 100
    /// The TLS settings, which are set exactly when the scheme asks for TLS.
    package var tls: UpstreamTLS?
    package var location: SourceLocation

    package enum Scheme: String, Sendable, CaseIterable {
        case http, https, h2c, h2

        package var isTLS: Bool { self == .https || self == .h2 }
        package var isHTTP2: Bool { self == .h2 || self == .h2c }
    }

    package init(name: String, scheme: Scheme = .http, servers: [UpstreamServer], location: SourceLocation) {
        self.name = name
        self.scheme = scheme
        self.servers = servers
        self.location = location
    }
}

/// `request_id:` — the ids of clients that are accepted.
package struct RequestIDPolicy: Sendable {
    /// A pattern that a client's id must match as a whole; nil is the default, `[A-Za-z0-9_-]{8,64}`.
    package var accept: Located<String>?
    package init() {}
}

/// `limits:` — how large or how many things may be before they are refused. Sizes are in bytes; 0 means no limit where that makes
/// sense.
package struct Limits: Sendable {
    package var message = MessageLimits()
    /// The size of a request body; beyond it 413. 0 is no limit.
    package var requestBody = 16 << 20
    /// The number of bytes of a body that may wait for a slow reader before the sender is paused.
    package var bodyBuffer = 64 << 10
    /// The number of bytes that all connections together may keep; 0 is no limit, nil is half of the process's memory limit.
    package var memory: Int?
    /// The number of streams that one HTTP/2 connection may have open.
    package var streams = 128
    /// The number of connections from clients, on all listeners together; beyond it 503. 0 is no limit.
    package var connections = 16_384
    /// The number of connections from one client address that is not a trusted proxy; beyond it 429. 0 is no limit.
    package var connectionsPerClient = 0
    /// The number of tunnels (`Upgrade`) at a time; beyond it 503. 0 is no limit.
    package var tunnels = 0
    /// The average rate in bytes per second that a request body must have once `timeouts.request_body` is over; below it 408. 0
    /// demands nothing.
    package var requestBodyRate = 500
    /// The number of requests on one connection before it is closed; 0 is no limit.
    package var requestsPerConnection = 0
    package init() {}
}

/// `timeouts:` — times in milliseconds; 0 waits for ever.
package struct Timeouts: Sendable {
    /// The time to connect to an upstream; then 504.
    package var connect = 2_000
    /// The time from the end of the request to the head of the response, and between two parts of its body; then 504.
    package var response = 30_000
    /// The time between two parts of a `text/event-stream`, if it is longer than `response`.
    package var eventStream = 300_000
    /// The time that a kept-alive client connection may be without a request.
    package var idle = 75_000
    /// The time from the beginning of a TLS connection to the end of its handshake; then it is closed.
    package var handshake = 10_000
    /// The time from the first byte of a request to the end of its head; then 408.
    package var requestHead = 30_000
    /// The time between two parts of a request body; then 408.
    package var requestBody = 30_000
    /// The time that a client may take no byte of a response that waits for it.
    package var write = 60_000
    /// The time that a pooled upstream connection may be idle.
    package var upstreamIdle = 60_000
    /// The time for a response to begin once the client has closed its side; then the app's side is cancelled.
    package var halfClose = 2_000
    /// The time that a tunnel (`Upgrade`) may be without a byte in either direction.
    package var tunnel = 3_600_000
    /// The time that a drain waits for exchanges to end.
    package var drain = 30_000
    /// The time from the head of a request to the end of its response, except for tunnels; then 504, or the response breaks off.
    package var exchange = 0
    package init() {}
}

/// An upstream's own `timeouts:`, in milliseconds; nil inherits.
package struct TimeoutOverrides: Sendable {
    package var connect: Int?
    package var response: Int?
    package var eventStream: Int?
    package var idle: Int?
    package init() {}
}
