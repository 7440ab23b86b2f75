public import HTTPModel
public import HeaderPolicy

/// The contents of one YAML file, checked and with defaults filled in. It is immutable; a reload makes another.
public struct Configuration: Sendable {
    public var listeners: [Listener] = []
    public var admin: Located<SocketTarget>?
    /// The number of event loops; nil means one per core.
    public var workers: Int?
    public var accessLog = AccessLog.json
    /// The lowest level that is written to the log for people.
    public var logLevel = LogLevel.info
    /// Whether the file, and the files that it names, are read again when they change.
    public var watch = false
    /// The upstreams in the order of the file; names are unique.
    public var upstreams: [Upstream] = []
    public var trustedProxies: [Located<CIDR>] = []
    /// Fields that only trusted proxies may send, besides the known ones (`ForwardingFields`); a star at the end stands for the
    /// rest of a name.
    public var forwardingFields: [String] = []
    /// The proxy's name in `Via`; nil leaves requests as they are.
    public var via: String? = "letterhead"
    public var requestID = RequestIDPolicy()
    /// The clients that may see in responses what the rules did; nil when none may.
    public var debug: DebugPolicy?
    /// The settings of the inspector; nil when it is off.
    public var inspector: InspectorPolicy?
    public var limits = Limits()
    public var timeouts = Timeouts()
    /// The places of the keys in `limits` and `timeouts`, such as `timeouts.idle`.
    public var places: [String: SourceLocation] = [:]
    /// The global rules.
    public var requestHeaders: [Rule] = []
    public var responseHeaders: [Rule] = []
    /// The routes, of which the first match wins. Never empty: without `routes:`, everything goes to the only upstream.
    public var routes: [Route] = []

    public init() {}

    public enum LogLevel: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }

    public enum AccessLog: String, Sendable, CaseIterable { case json, ecs, text, common, combined, off }
}

/// An address to listen on or to connect to.
public enum SocketTarget: Sendable, Hashable, CustomStringConvertible {
    /// A host name or address (no brackets) and a port; port 0 binds any free one.
    case tcp(host: String, port: Int)
    /// The path of a Unix socket.
    case unix(String)

    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// One address on which clients connect.
public struct Listener: Sendable {
    public var bind: Located<SocketTarget>
    /// The name of a socket that the process was given (`LISTEN_FDNAMES`) and that is used instead of binding one.
    public var name: String?
    /// Whether each connection begins with a PROXY protocol header (version 1 or 2) that names the client; one without is closed.
    public var proxyProtocol = false
    /// The TLS settings; nil for cleartext.
    public var tls: ListenerTLS?
    /// On cleartext, the settings for redirecting requests to the same place by https; nil when they are not redirected.
    public var redirectToHTTPS: HTTPSRedirect?
    public var requestHeaders: [Rule] = []
    public var responseHeaders: [Rule] = []

    public init(bind: Located<SocketTarget>) { self.bind = bind }
}

/// An app, to which routes refer by its name.
public struct Upstream: Sendable {
    public var name: String
    public var scheme: Scheme
    public var servers: [UpstreamServer]
    /// The `Host` that the app sees; nil to pass on the client's.
    public var host: String?
    /// Overrides of the global timeouts; nil inherits.
    public var timeouts = TimeoutOverrides()
    public var balance = Balance.roundRobin
    public var healthCheck: HealthCheck?
    /// The settings of ejection; nil keeps servers in even when their requests fail.
    public var ejection: Ejection? = Ejection()
    public var retries = Retries()
    /// The time in milliseconds in which the share of a new or returned server grows to its full size; with 0 it has it at once.
    public var slowStart = 0
    /// The interval in milliseconds at which names of servers are looked up.
    public var resolve = 10_000
    /// The number of connections that each event loop may have to one server at once; 0 is no limit.
    public var maxConnections = 0
    /// The number of idle connections to one server that each event loop keeps at most; beyond 64, as many as were in use at once
    /// in the last seconds.
    public var maxIdle = 1_024
    /// The number of exchanges that may wait for a connection to one server on each event loop; beyond it 503.
    public var maxPending = 1_024
    /// The number of exchanges at once on one HTTP/2 connection; the upstream may allow fewer.
    public var maxStreams = 100
    /// The TLS settings, which are set exactly when the scheme asks for TLS.
    public var tls: UpstreamTLS?
    public var location: SourceLocation

    public enum Scheme: String, Sendable, CaseIterable {
        case http, https, h2c, h2

        public var isTLS: Bool { self == .https || self == .h2 }
        public var isHTTP2: Bool { self == .h2 || self == .h2c }
    }

    public init(name: String, scheme: Scheme = .http, servers: [UpstreamServer], location: SourceLocation) {
        self.name = name
        self.scheme = scheme
        self.servers = servers
        self.location = location
    }
}

/// `request_id:` — the ids of clients that are accepted.
public struct RequestIDPolicy: Sendable {
    /// A pattern that a client's id must match as a whole; nil is the default, `[A-Za-z0-9_-]{8,64}`.
    public var accept: Located<String>?
    public init() {}
}

/// `limits:` — how large or how many things may be before they are refused. Sizes are in bytes; 0 means no limit where that makes
/// sense.
public struct Limits: Sendable {
    public var message = MessageLimits()
    /// The size of a request body; beyond it 413. 0 is no limit.
    public var requestBody = 16 << 20
    /// The number of bytes of a body that may wait for a slow reader before the sender is paused.
    public var bodyBuffer = 64 << 10
    /// The number of bytes that all connections together may keep; 0 is no limit, nil is half of the process's memory limit.
    public var memory: Int?
    /// The number of streams that one HTTP/2 connection may have open.
    public var streams = 128
    /// The number of connections from clients, on all listeners together; beyond it 503. 0 is no limit.
    public var connections = 16_384
    /// The number of connections from one client address that is not a trusted proxy; beyond it 429. 0 is no limit.
    public var connectionsPerClient = 0
    /// The number of tunnels (`Upgrade`) at a time; beyond it 503. 0 is no limit.
    public var tunnels = 0
    /// The average rate in bytes per second that a request body must have once `timeouts.request_body` is over; below it 408. 0
    /// demands nothing.
    public var requestBodyRate = 500
    /// The number of requests on one connection before it is closed; 0 is no limit.
    public var requestsPerConnection = 0
    public init() {}
}

/// `timeouts:` — times in milliseconds; 0 waits for ever.
public struct Timeouts: Sendable {
    /// The time to connect to an upstream; then 504.
    public var connect = 2_000
    /// The time from the end of the request to the head of the response, and between two parts of its body; then 504.
    public var response = 30_000
    /// The time between two parts of a `text/event-stream`, if it is longer than `response`.
    public var eventStream = 300_000
    /// The time that a kept-alive client connection may be without a request.
    public var idle = 75_000
    /// The time from the beginning of a TLS connection to the end of its handshake; then it is closed.
    public var handshake = 10_000
    /// The time from the first byte of a request to the end of its head; then 408.
    public var requestHead = 30_000
    /// The time between two parts of a request body; then 408.
    public var requestBody = 30_000
    /// The time that a client may take no byte of a response that waits for it.
    public var write = 60_000
    /// The time that a pooled upstream connection may be idle.
    public var upstreamIdle = 60_000
    /// The time for a response to begin once the client has closed its side; then the app's side is cancelled.
    public var halfClose = 2_000
    /// The time that a tunnel (`Upgrade`) may be without a byte in either direction.
    public var tunnel = 3_600_000
    /// The time that a drain waits for exchanges to end.
    public var drain = 30_000
    /// The time from the head of a request to the end of its response, except for tunnels; then 504, or the response breaks off.
    public var exchange = 0
    public init() {}
}

/// An upstream's own `timeouts:`, in milliseconds; nil inherits.
public struct TimeoutOverrides: Sendable {
    public var connect: Int?
    public var response: Int?
    public var eventStream: Int?
    public var idle: Int?
    public init() {}
}
