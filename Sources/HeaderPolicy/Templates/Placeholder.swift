/// The kinds of placeholders. A template part that uses a field or cookie placeholder has its name.
enum Placeholder: UInt8, Sendable, CaseIterable {
    case requestID, clientIP, clientPort, method, scheme
    case host, hostPort, authority
    case path, pathRest, query, uri
    case upstream, nonce, traceparent
    case timeUnix, timeHTTP, timeISO
    case timingProxy, timingUpstream
    case tlsVersion, tlsCipher, tlsServerName, tlsClientSubject
    case status
    case requestHeader, requestCookie, responseHeader

    /// The text between the braces; for the last three, the part before the name.
    var text: String {
        switch self {
        case .requestID: "request.id"
        case .clientIP: "client.ip"
        case .clientPort: "client.port"
        case .method: "method"
        case .scheme: "scheme"
        case .host: "host"
        case .hostPort: "host.port"
        case .authority: "authority"
        case .path: "path"
        case .pathRest: "path.rest"
        case .query: "query"
        case .uri: "uri"
        case .upstream: "upstream"
        case .nonce: "nonce"
        case .traceparent: "traceparent"
        case .timeUnix: "time.unix"
        case .timeHTTP: "time.http"
        case .timeISO: "time.iso"
        case .timingProxy: "timing.proxy"
        case .timingUpstream: "timing.upstream"
        case .tlsVersion: "tls.version"
        case .tlsCipher: "tls.cipher"
        case .tlsServerName: "tls.server_name"
        case .tlsClientSubject: "tls.client.subject"
        case .status: "status"
        case .requestHeader: "request.header."
        case .requestCookie: "request.cookie."
        case .responseHeader: "response.header."
        }
    }

    var takesName: Bool { self == .requestHeader || self == .requestCookie || self == .responseHeader }

    /// Whether the placeholder stands for a part of the request's target, which the author of a link has chosen.
    var isOfTarget: Bool {
        switch self {
        case .path, .pathRest, .query, .uri: true
        default: false
        }
    }

    var needsResponse: Bool {
        switch self {
        case .status, .responseHeader, .timingProxy, .timingUpstream: true
        default: false
        }
    }

    /// Returns the placeholder for the text between a pair of braces, with the name that it takes; nil when there is no such
    /// placeholder.
    static func parse(_ text: String) -> (placeholder: Placeholder, name: String)? {
        if text == "upstream.name" { return (.upstream, "") }
        for placeholder in allCases {
            if !placeholder.takesName, text == placeholder.text { return (placeholder, "") }
            if placeholder.takesName, text.hasPrefix(placeholder.text), text != placeholder.text {
                return (placeholder, String(text.dropFirst(placeholder.text.count)))
            }
        }
        return nil
    }
}
