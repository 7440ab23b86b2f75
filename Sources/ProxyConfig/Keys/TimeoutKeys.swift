enum TimeoutKey: String, Keys {
    case connect
    case response
    case eventStream = "event_stream"
    case idle
    case handshake
    case requestHead = "request_head"
    case requestBody = "request_body"
    case write
    case halfClose = "half_close"
    case upstreamIdle = "upstream_idle"
    case tunnel
    case exchange
    case drain

    static let section = "timeouts"
    static let sentence = "How long anything may take; 0 waits for ever."
    static let form = MappingForm.optional

    var declaration: KeyDeclaration {
        switch self {
        case .connect: .init(.duration, default: "2s", "To connect to an upstream; then 504.")
        case .response:
            .init(
                .duration, default: "30s",
                "From the end of the request to the head of the response, and between two parts of its body; then 504.",
                words: ["read"])
        case .eventStream:
            .init(
                .duration, default: "5m",
                "Between two parts of a response of the type `text/event-stream`; `response` where that is longer.")
        case .idle: .init(.duration, default: "75s", "A kept-alive client connection without a request.", words: ["keepalive"])
        case .handshake: .init(.duration, default: "10s", "Of TLS, from the connection's first moment; then it is closed.")
        case .requestHead:
            .init(
                .duration, default: "30s",
                "From the first byte of a request, or the first moment of a connection, to the end of the head; then 408.")
        case .requestBody: .init(.duration, default: "30s", "Between two parts of a request body; then 408.")
        case .write:
            .init(.duration, default: "1m", "A client that takes no byte of a response that waits for it.", words: ["send"])
        case .halfClose:
            .init(
                .duration, default: "2s",
                """
                For a response to begin once an HTTP/1 client has closed its side: it may still read, or be gone. Then the \
                app's side is cancelled. A reset cancels at once.
                """)
        case .upstreamIdle: .init(.duration, default: "1m", "An idle pooled upstream connection.")
        case .tunnel: .init(.duration, default: "1h", "A tunnel (WebSocket) without a byte either way.")
        case .exchange:
            .init(
                .duration, default: "0",
                "From the head of a request to the end of its response, tunnels left out; then 504, or the response breaks off.")
        case .drain: .init(.duration, default: "30s", "How long a shutdown waits for exchanges to end.", words: ["shutdown"])
        }
    }
}

enum UpstreamTimeoutKey: String, Keys {
    case connect
    case response
    case eventStream = "event_stream"
    case idle

    static let section = "upstream_timeouts"
    static let sentence = "Override the global timeouts; `idle` is that of a pooled connection."
    static let form = MappingForm.optional

    var declaration: KeyDeclaration {
        switch self {
        case .connect: .init(.duration, "To connect; left out, `timeouts.connect`.")
        case .response:
            .init(
                .duration,
                "To the head of the response, and between two parts of its body; left out, `timeouts.response`.",
                words: ["read"])
        case .eventStream: .init(.duration, "Between two parts of a `text/event-stream`; left out, `timeouts.event_stream`.")
        case .idle: .init(.duration, "An idle pooled connection; left out, `timeouts.upstream_idle`.", words: ["upstream_idle"])
        }
    }
}

enum RouteTimeoutKey: String, Keys {
    case connect
    case response
    case eventStream = "event_stream"

    static let section = "route_timeouts"
    static let sentence = "Override those of the upstream."
    static let form = MappingForm.optional

    var declaration: KeyDeclaration {
        switch self {
        case .connect: .init(.duration, "Left out, that of the upstream.")
        case .response: .init(.duration, "Left out, that of the upstream.", words: ["read"])
        case .eventStream: .init(.duration, "Left out, that of the upstream.")
        }
    }
}
