/// A field name as a small number: two names are the same field exactly when their IDs are equal and not `unknown`.
///
/// The names below have the lowest IDs, from 1 on. A configuration adds the names in its rules (see `FieldNames`), so that
/// matching a rule against a message compares integers.
public struct FieldID: BitwiseCopyable, RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The ID of a name that is in no table; compare the bytes of such names.
    @inlinable
    public static var unknown: FieldID { FieldID(rawValue: 0) }
}

extension FieldID {
    /// The listed names in canonical spelling; the ID of each is its index here plus one.
    static let listed: [String] = [
        "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "HTTP2-Settings",
        "Content-Length", "Host", "Expect", "Date", "Server", "Via",
        "Content-Type", "Set-Cookie", "Cookie", "Vary", "Location", "Cache-Control",
        "Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers", "Access-Control-Request-Private-Network",
        "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods",
        "Access-Control-Allow-Headers", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
        "Access-Control-Allow-Private-Network",
        "X-Request-ID", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Port",
        "Forwarded", "Authorization", "Proxy-Authorization", "Proxy-Authenticate", "User-Agent", "Referer", "Accept",
        "Accept-Encoding", "Accept-Language",
        "ETag", "Last-Modified", "If-None-Match", "If-Modified-Since", "Content-Encoding", "Allow", "Retry-After", "Link",
        "Strict-Transport-Security", "Content-Security-Policy", "Content-Security-Policy-Report-Only", "X-Content-Type-Options",
        "X-Frame-Options", "Referrer-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy",
        "Cross-Origin-Resource-Policy", "X-Powered-By", "X-XSS-Protection", "Reporting-Endpoints", "Server-Timing",
        "Timing-Allow-Origin", "Traceparent", "Tracestate", "Accept-Ranges", "Age", "Content-Disposition", "Content-Language",
        "Content-Location", "Content-Range", "Expires", "Pragma", "Range", "WWW-Authenticate", "Sec-WebSocket-Key",
        "Sec-WebSocket-Version", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
        "Client-Cert", "Client-Cert-Chain", "Max-Forwards",
    ]

    @inlinable public static var connection: FieldID { FieldID(rawValue: 1) }
    @inlinable public static var keepAlive: FieldID { FieldID(rawValue: 2) }
    @inlinable public static var proxyConnection: FieldID { FieldID(rawValue: 3) }
    @inlinable public static var transferEncoding: FieldID { FieldID(rawValue: 4) }
    @inlinable public static var te: FieldID { FieldID(rawValue: 5) }
    @inlinable public static var trailer: FieldID { FieldID(rawValue: 6) }
    @inlinable public static var upgrade: FieldID { FieldID(rawValue: 7) }
    @inlinable public static var http2Settings: FieldID { FieldID(rawValue: 8) }
    @inlinable public static var contentLength: FieldID { FieldID(rawValue: 9) }
    @inlinable public static var host: FieldID { FieldID(rawValue: 10) }
    @inlinable public static var expect: FieldID { FieldID(rawValue: 11) }
    @inlinable public static var date: FieldID { FieldID(rawValue: 12) }
    @inlinable public static var server: FieldID { FieldID(rawValue: 13) }
    @inlinable public static var via: FieldID { FieldID(rawValue: 14) }
    @inlinable public static var contentType: FieldID { FieldID(rawValue: 15) }
    @inlinable public static var setCookie: FieldID { FieldID(rawValue: 16) }
    @inlinable public static var cookie: FieldID { FieldID(rawValue: 17) }
    @inlinable public static var vary: FieldID { FieldID(rawValue: 18) }
    @inlinable public static var location: FieldID { FieldID(rawValue: 19) }
    @inlinable public static var cacheControl: FieldID { FieldID(rawValue: 20) }
    @inlinable public static var origin: FieldID { FieldID(rawValue: 21) }
    @inlinable public static var accessControlRequestMethod: FieldID { FieldID(rawValue: 22) }
    @inlinable public static var accessControlRequestHeaders: FieldID { FieldID(rawValue: 23) }
    @inlinable public static var accessControlRequestPrivateNetwork: FieldID { FieldID(rawValue: 24) }
    @inlinable public static var accessControlAllowOrigin: FieldID { FieldID(rawValue: 25) }
    @inlinable public static var accessControlAllowCredentials: FieldID { FieldID(rawValue: 26) }
    @inlinable public static var accessControlAllowMethods: FieldID { FieldID(rawValue: 27) }
    @inlinable public static var accessControlAllowHeaders: FieldID { FieldID(rawValue: 28) }
    @inlinable public static var accessControlExposeHeaders: FieldID { FieldID(rawValue: 29) }
    @inlinable public static var accessControlMaxAge: FieldID { FieldID(rawValue: 30) }
    @inlinable public static var accessControlAllowPrivateNetwork: FieldID { FieldID(rawValue: 31) }
    @inlinable public static var xRequestID: FieldID { FieldID(rawValue: 32) }
    @inlinable public static var xForwardedFor: FieldID { FieldID(rawValue: 33) }
    @inlinable public static var xForwardedProto: FieldID { FieldID(rawValue: 34) }
    @inlinable public static var xForwardedHost: FieldID { FieldID(rawValue: 35) }
    @inlinable public static var xForwardedPrefix: FieldID { FieldID(rawValue: 36) }
    @inlinable public static var xForwardedPort: FieldID { FieldID(rawValue: 37) }
    @inlinable public static var forwarded: FieldID { FieldID(rawValue: 38) }
    @inlinable public static var secWebSocketKey: FieldID { FieldID(rawValue: 82) }
    @inlinable public static var secWebSocketAccept: FieldID { FieldID(rawValue: 84) }
    @inlinable public static var clientCert: FieldID { FieldID(rawValue: 87) }
    @inlinable public static var clientCertChain: FieldID { FieldID(rawValue: 88) }
    @inlinable public static var maxForwards: FieldID { FieldID(rawValue: 89) }

    /// Whether a field belongs to one connection and not to the message (RFC 9110 §7.6.1), apart from fields that `Connection`
    /// nominates.
    @inlinable
    public var isHopByHop: Bool { rawValue >= 1 && rawValue <= 8 }

    /// Whether a field is `Access-Control-Allow-*`, `-Expose-*` or `-Max-Age`: the response fields that the CORS policy owns.
    @inlinable
    public var isAccessControlResponse: Bool { rawValue >= 25 && rawValue <= 31 }
}
