/// A request method (RFC 9110 §9). Methods are case-sensitive; the head keeps the text of one that is not listed.
public enum Method: UInt8, Sendable, Hashable, CaseIterable {
    case get, head, post, put, delete, connect, options, trace, patch, other

    /// The token; empty for `other`.
    public var token: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .connect: "CONNECT"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .patch: "PATCH"
        case .other: ""
        }
    }

    /// Takes the method that a token names; `other` if it is not listed.
    public init(token: Span<UInt8>) {
        let candidates: (Method, Method) =
            switch token.count {
            case 3: (.get, .put)
            case 4: (.post, .head)
            case 5: (.patch, .trace)
            case 6: (.delete, .other)
            case 7: (.options, .connect)
            default: (.other, .other)
            }
        if token.equals(candidates.0.token) {
            self = candidates.0
        } else {
            self = token.equals(candidates.1.token) ? candidates.1 : .other
        }
    }

    /// Whether repeating the request has the effect of sending it once (RFC 9110 §9.2.2).
    public var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .connect, .patch, .other: false
        }
    }
}

/// The protocol version with which a message came in.
public enum HTTPVersion: UInt8, Sendable, Hashable {
    case http10, http11, http2

    public var text: String {
        switch self {
        case .http10: "HTTP/1.0"
        case .http11: "HTTP/1.1"
        case .http2: "HTTP/2"
        }
    }
}

/// The scheme by which the client reached the proxy.
public enum Scheme: UInt8, Sendable, Hashable {
    case http, https

    public var text: String { self == .http ? "http" : "https" }
}
