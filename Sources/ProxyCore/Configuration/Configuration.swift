package import HTTPModel
package import HeaderPolicy

/// Everything that one YAML file says, checked and with defaults filled in. Immutable; a reload makes another.
package struct Configuration: Sendable {
    package var listeners: [Listener] = []
    package var admin: Located<SocketTarget>?
    /// Event loops; nil is one per core.
    package var workers: Int?
    package var accessLog = AccessLog.json
    /// Of the log for people; what is below it is not written.
    package var logLevel = LogLevel.info
    /// The file, and what it names, is read again when it changes.
    package var watch = false
    /// In the order of the file; names are unique.
    package var upstreams: [Upstream] = []
    package var trustedProxies: [CIDR] = []
    /// Fields that only those may send, beside the known ones (`ForwardingFields`); a star at the end stands for the rest of a name.
    package var forwardingFields: [String] = []
    /// What the proxy calls itself in `Via`; nil leaves requests as they are.
    package var via: String? = "letterhead"
    package var requestID = RequestIDPolicy()
    /// Nil: no response says more than its policy.
    package var debug: DebugPolicy?
    /// Nil: nothing is looked at.
    package var inspector: InspectorPolicy?
    package var limits = Limits()
    package var timeouts = Timeouts()
    /// Global rules.
    package var requestHeaders: [Rule] = []
    package var responseHeaders: [Rule] = []
    /// First match wins. Never empty: without `routes:`, everything goes to the only upstream.
    package var routes: [Route] = []

    package init() {}

    package enum LogLevel: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }

    package enum AccessLog: String, Sendable, CaseIterable { case json, ecs, text, common, combined, off }
}

/// An address to listen on or to connect to.
package enum SocketTarget: Sendable, Hashable, CustomStringConvertible {
    /// A host name or address (no brackets) and a port; port 0 binds any free one.
    case tcp(host: String, port: Int)
    /// A path.
    case unix(String)

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// One address that clients come to.
package struct Listener: Sendable {
    package var bind: Located<SocketTarget>
    /// A socket that the process was given under this name is used instead of binding one (`LISTEN_FDNAMES`).
    package var name: String?
    /// Each connection begins with a PROXY protocol header (version 1 or 2) that names the client; one without is closed.
    package var proxyProtocol = false
    /// Nil speaks cleartext.
    package var tls: ListenerTLS?
    /// On cleartext: requests are answered with a redirect to the same place by https.
    package var redirectToHTTPS: HTTPSRedirect?
    package var requestHeaders: [Rule] = []
    package var responseHeaders: [Rule] = []

    package init(bind: Located<SocketTarget>) { self.bind = bind }
}

/// An app, known to routes by its name.
package struct Upstream: Sendable {
    package var name: String
    package var scheme: Scheme
    package var servers: [UpstreamServer]
    /// The `Host` that the app sees; nil passes the client's on.
    package var host: String?
    /// Overrides of the global ones; nil inherits.
    package var timeouts = TimeoutOverrides()
    package var balance = Balance.roundRobin
    package var healthCheck: HealthCheck?
    /// Nil leaves servers in whatever happens to their requests.
    package var ejection: Ejection? = Ejection()
    package var retries = Retries()
    /// Milliseconds in which the share of a server that has come back, or is new, grows to its whole; 0 gives it at once.
    package var slowStart = 0
    /// How often names of servers are looked up, in milliseconds.
    package var resolve = 10_000
    /// Connections that each event loop may have to one server at once; 0 is no limit.
    package var maxConnections = 0
    /// Idle connections to one server that each event loop keeps at the most: beyond 64 as many as were in use at once in the last
    /// seconds.
    package var maxIdle = 1_024
    /// Exchanges that may wait for a connection to one server on each event loop; beyond it 503.
    package var maxPending = 1_024
    /// Exchanges at once on one HTTP/2 connection; the upstream may allow fewer.
    package var maxStreams = 100
    /// Set exactly where the scheme asks for TLS.
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

/// `request_id:` — which ids of clients are taken over.
package struct RequestIDPolicy: Sendable {
    /// A pattern that a client's id must match as a whole; nil is the default, `[A-Za-z0-9_-]{8,64}`.
    package var accept: Located<String>?
    package init() {}
}

/// `limits:` — what is refused, and how large it may be. Sizes are in bytes; 0 means no limit where that makes sense.
package struct Limits: Sendable {
    package var message = MessageLimits()
    /// Beyond it 413. 0 is no limit.
    package var requestBody = 16 << 20
    /// Bytes of a body that may wait for a slow reader before the sender is paused.
    package var bodyBuffer = 64 << 10
    /// Bytes that all connections together may keep; 0 is no limit, nil is half of what the process may have.
    package var memory: Int?
    /// Streams that one HTTP/2 connection may have open.
    package var streams = 128
    /// Connections from clients, all listeners together; beyond it 503. 0 is no limit.
    package var connections = 16_384
    /// Connections from one client address that is no trusted proxy; beyond it 429. 0 is no limit.
    package var connectionsPerClient = 0
    /// Tunnels (`Upgrade`) at a time; beyond it 503. 0 is no limit.
    package var tunnels = 0
    /// Bytes a second that a request body has to come with, on average, once `timeouts.request_body` is over; below it 408.
    /// 0 asks for nothing.
    package var requestBodyRate = 500
    /// Requests on one connection before it is closed; 0 is no limit.
    package var requestsPerConnection = 0
    package init() {}
}

/// `timeouts:` — in milliseconds; 0 waits for ever.
package struct Timeouts: Sendable {
    /// To connect to an upstream; then 504.
    package var connect = 2_000
    /// From the end of the request to the head of the response, and between two parts of its body; then 504.
    package var response = 30_000
    /// The same between two parts of a `text/event-stream`, where it is longer than `response`.
    package var eventStream = 300_000
    /// A kept-alive client connection without a request.
    package var idle = 75_000
    /// From the first moment of a TLS connection to the end of its handshake; then it is closed.
    package var handshake = 10_000
    /// From the first byte of a request to the end of its head; then 408.
    package var requestHead = 30_000
    /// Between two parts of a request body; then 408.
    package var requestBody = 30_000
    /// A client that takes no byte of a response that waits for it.
    package var write = 60_000
    /// An idle pooled upstream connection.
    package var upstreamIdle = 60_000
    /// For a response to begin once the client has closed its side; then the app's side is cancelled.
    package var halfClose = 2_000
    /// A tunnel (`Upgrade`) without a byte either way.
    package var tunnel = 3_600_000
    /// How long a drain waits for exchanges to end.
    package var drain = 30_000
    /// From the head of a request to the end of its response, tunnels left out; then 504, or the response breaks off.
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
