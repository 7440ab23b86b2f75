enum LimitKey: String, Keys {
    case streams
    case requestTarget = "request_target"
    case requestHeaders = "request_headers"
    case headerCount = "header_count"
    case requestBody = "request_body"
    case trailers
    case chunkExtensions = "chunk_extensions"
    case bodyBuffer = "body_buffer"
    case memory
    case connections
    case connectionsPerClient = "connections_per_client"
    case tunnels
    case requestBodyRate = "request_body_rate"
    case requestsPerConnection = "requests_per_connection"

    static let section = "limits"
    static let sentence = "What is refused, and how large it may be."
    static let form = MappingForm.optional

    var declaration: KeyDeclaration {
        switch self {
        case .requestTarget:
            .init(
                .size(256...1 << 20), default: "16KB",
                "Bytes; beyond it 414, on no route and without a path. Up to `request_headers` more are passed over to know who asks.",
                words: ["url"])
        case .requestHeaders:
            .init(
                .size(1 << 10...1 << 20), default: "64KB",
                "Bytes of all header lines together; beyond it 431, and 502 for a response of an upstream.",
                words: ["headers"])
        case .headerCount:
            .init(
                .integer(8...10_000), default: "256",
                "Number of header lines; beyond it 431, and 502 for a response of an upstream.")
        case .requestBody:
            .init(
                .size(), default: "16MB",
                "Bytes; beyond it 413. 0 is no limit.",
                words: ["body", "client_max_body_size", "max_body_size"])
        case .trailers: .init(.size(0...1 << 20), default: "8KB", "Bytes of all trailer lines together.")
        case .chunkExtensions: .init(.size(0...1 << 20), default: "4KB", "Bytes of chunk extensions in one body.")
        case .bodyBuffer:
            .init(
                .size(4 << 10...64 << 20), default: "64KB",
                """
                Bytes of a body that may wait for a slow reader before the sender is paused; of all responses of an HTTP/2 \
                connection together.
                """)
        case .memory:
            .init(
                .either(.words(["auto"]), .size()), default: "auto",
                """
                Bytes that all connections together may keep, at least 4MB; [beyond it](#memory) 431 and 503. 0 is no limit, \
                `auto` half of what the process may have.
                """)
        case .streams: .init(.integer(1...100_000), default: "128", "Streams that one HTTP/2 connection may have open.")
        case .connections:
            .init(
                .integer(0...10_000_000), default: "16384",
                "Connections from clients, all listeners together; beyond it 503. 0 is no limit.")
        case .connectionsPerClient:
            .init(
                .integer(0...10_000_000), default: "0",
                "Connections from one client address that is no trusted proxy; beyond it 429. 0 is no limit.")
        case .tunnels:
            .init(.integer(0...10_000_000), default: "0", "Tunnels (WebSockets) at a time; beyond it 503. 0 is no limit.")
        case .requestBodyRate:
            .init(
                .size(), default: "500",
                """
                Bytes a second that a request body has to come with, on average, once `timeouts.request_body` is over; below \
                it 408. 0 asks for nothing.
                """)
        case .requestsPerConnection:
            .init(.integer(0...1_000_000_000), default: "0", "Requests on one connection before it is closed; 0 is no limit.")
        }
    }
}

enum RouteLimitKey: String, Keys {
    case requestBody = "request_body"

    static let section = "route_limits"
    static let sentence = "Override the global limits."
    static let form = MappingForm.optional

    var declaration: KeyDeclaration {
        switch self {
        case .requestBody: .init(.size(), "Left out, `limits.request_body`; 0 is no limit.", words: ["body"])
        }
    }
}
