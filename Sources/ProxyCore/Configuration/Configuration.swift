public import HTTPModel
public import HeaderPolicy

/// Everything that one YAML file says, checked and with defaults filled in. Immutable; a reload makes another.
public struct Configuration: Sendable {
    public var listeners: [Listener] = []
    public var admin: Located<SocketTarget>?
    /// Event loops; nil is one per core.
    public var workers: Int?
    public var accessLog = AccessLog.json
    /// Of the log for people; what is below it is not written.
    public var logLevel = LogLevel.info
    /// The file, and what it names, is read again when it changes.
    public var watch = false
    /// In the order of the file; names are unique.
    public var upstreams: [Upstream] = []
    public var trustedProxies: [CIDR] = []
    /// Fields that only those may send, beside the known ones (`ForwardingFields`); a star at the end stands for the rest of a name.
    public var forwardingFields: [String] = []
    /// What the proxy calls itself in `Via`; nil leaves requests as they are.
    public var via: String? = "letterhead"
    public var requestID = RequestIDPolicy()
    /// Nil: no response says more than its policy.
    public var debug: DebugPolicy?
    /// Nil: nothing is looked at.
    public var inspector: InspectorPolicy?
    public var limits = Limits()
    public var timeouts = Timeouts()
    /// Global rules.
    public var requestHeaders: [Rule] = []
    public var responseHeaders: [Rule] = []
    /// First match wins. Never empty: without `routes:`, everything goes to the only upstream.
    public var routes: [Route] = []

    public init() {}

    public enum LogLevel: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }

    public enum AccessLog: String, Sendable, CaseIterable { case json, ecs, text, common, combined, off }
}

/// An address to listen on or to connect to.
public enum SocketTarget: Sendable, Hashable, CustomStringConvertible {
    /// A host name or address (no brackets) and a port; port 0 binds any free one.
    case tcp(host: String, port: Int)
    /// A path.
    case unix(String)

    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// One address that clients come to.
public struct Listener: Sendable {
    public var bind: Located<SocketTarget>
    /// A socket that the process was given under this name is used instead of binding one (`LISTEN_FDNAMES`).
    public var name: String?
    /// Each connection begins with a PROXY protocol header (version 1 or 2) that names the client; one without is closed.
    public var proxyProtocol = false
    /// Nil speaks cleartext.
    public var tls: ListenerTLS?
    /// On cleartext: requests are answered with a redirect to the same place by https.
    public var redirectToHTTPS: HTTPSRedirect?
    public var requestHeaders: [Rule] = []
    public var responseHeaders: [Rule] = []

    public init(bind: Located<SocketTarget>) { self.bind = bind }
}

/// An app, known to routes by its name.
public struct Upstream: Sendable {
    public var name: String
    public var scheme: Scheme
    public var servers: [UpstreamServer]
    /// The `Host` that the app sees; nil passes the client's on.
    public var host: String?
    /// Overrides of the global ones; nil inherits.
    public var timeouts = TimeoutOverrides()
    public var balance = Balance.roundRobin
    public var healthCheck: HealthCheck?
    /// Nil leaves servers in whatever happens to their requests.
    public var ejection: Ejection? = Ejection()
    public var retries = Retries()
    /// Milliseconds in which the share of a server that has come back, or is new, grows to its whole; 0 gives it at once.
    public var slowStart = 0
    /// How often names of servers are looked up, in milliseconds.
    public var resolve = 10_000
    /// Connections that each event loop may have to one server at once; 0 is no limit.
    public var maxConnections = 0
    /// Idle connections to one server that each event loop keeps at the most: beyond 64 as many as were in use at once in the last
    /// seconds.
    public var maxIdle = 1_024
    /// Exchanges that may wait for a connection to one server on each event loop; beyond it 503.
    public var maxPending = 1_024
    /// Exchanges at once on one HTTP/2 connection; the upstream may allow fewer.
    public var maxStreams = 100
    /// Set exactly where the scheme asks for TLS.
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

/// `request_id:` — which ids of clients are taken over.
public struct RequestIDPolicy: Sendable {
    /// A pattern that a client's id must match as a whole; nil is the default, `[A-Za-z0-9_-]{8,64}`.
    public var accept: Located<String>?
    public init() {}
}

/// `limits:` — what is refused, and how large it may be. Sizes are in bytes; 0 means no limit where that makes sense.
public struct Limits: Sendable {
    public var message = MessageLimits()
    /// Beyond it 413. 0 is no limit.
    public var requestBody = 16 << 20
    /// Bytes of a body that may wait for a slow reader before the sender is paused.
    public var bodyBuffer = 64 << 10
    /// Bytes that all connections together may keep; 0 is no limit, nil is half of what the process may have.
    public var memory: Int?
    /// Streams that one HTTP/2 connection may have open.
    public var streams = 128
    /// Connections from clients, all listeners together; beyond it 503. 0 is no limit.
    public var connections = 16_384
    /// Connections from one client address that is no trusted proxy; beyond it 429. 0 is no limit.
    public var connectionsPerClient = 0
    /// Tunnels (`Upgrade`) at a time; beyond it 503. 0 is no limit.
    public var tunnels = 0
    /// Bytes a second that a request body has to come with, on average, once `timeouts.request_body` is over; below it 408.
    /// 0 asks for nothing.
    public var requestBodyRate = 500
    /// Requests on one connection before it is closed; 0 is no limit.
    public var requestsPerConnection = 0
    public init() {}
}

/// `timeouts:` — in milliseconds; 0 waits for ever.
public struct Timeouts: Sendable {
    /// To connect to an upstream; then 504.
    public var connect = 2_000
    /// From the end of the request to the head of the response, and between two parts of its body; then 504.
    public var response = 30_000
    /// The same between two parts of a `text/event-stream`, where it is longer than `response`.
    public var eventStream = 300_000
    /// A kept-alive client connection without a request.
    public var idle = 75_000
    /// From the first moment of a TLS connection to the end of its handshake; then it is closed.
    public var handshake = 10_000
    /// From the first byte of a request to the end of its head; then 408.
    public var requestHead = 30_000
    /// Between two parts of a request body; then 408.
    public var requestBody = 30_000
    /// A client that takes no byte of a response that waits for it.
    public var write = 60_000
    /// An idle pooled upstream connection.
    public var upstreamIdle = 60_000
    /// For a response to begin once the client has closed its side; then the app's side is cancelled.
    public var halfClose = 2_000
    /// A tunnel (`Upgrade`) without a byte either way.
    public var tunnel = 3_600_000
    /// How long a drain waits for exchanges to end.
    public var drain = 30_000
    /// From the head of a request to the end of its response, tunnels left out; then 504, or the response breaks off.
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
