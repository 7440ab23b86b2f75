import HTTPModel

/// The prefix of a cookie's name, which makes demands of the cookie (draft-ietf-httpbis-rfc6265bis §4.1.3, and
/// draft-ietf-httpbis-layered-cookies for the `Http` ones), ASCII case ignored.
enum CookiePrefix: String, CaseIterable {
    case none = ""
    case secure = "__Secure-"
    case http = "__Http-"
    case host = "__Host-"
    case hostHTTP = "__Host-Http-"

    init(_ name: Span<UInt8>) {
        self = Self.allCases.last { $0 != .none && name.starts(withIgnoringCase: $0.rawValue.utf8.span) } ?? .none
    }

    var demandsSecure: Bool { self != .none }
    /// Whether the cookie must be set by a response, not by a script.
    var demandsHTTPOnly: Bool { self == .http || self == .hostHTTP }
    /// Whether the cookie goes only to the host that set it, for every path: `Path=/`, and no `Domain`.
    var isHostOnly: Bool { self == .host || self == .hostHTTP }

    /// The demands of the prefix, for people.
    var demands: String {
        switch self {
        case .none: "nothing"
        case .secure: "Secure"
        case .http: "Secure and HttpOnly"
        case .host: "Secure, Path=/ and no Domain"
        case .hostHTTP: "Secure, HttpOnly, Path=/ and no Domain"
        }
    }

    /// Whether a cookie with this prefix meets its demands.
    func isMet(by cookie: SetCookie, _ text: Span<UInt8>) -> Bool {
        if demandsSecure, !cookie.isSecure { return false }
        if demandsHTTPOnly, !cookie.isHTTPOnly { return false }
        guard isHostOnly else { return true }
        return cookie.domain == nil && cookie.path.map { text.extracting($0).equals("/") } ?? false
    }
}

extension Span<UInt8> {
    fileprivate func starts(withIgnoringCase prefix: Span<UInt8>) -> Bool {
        count >= prefix.count && extracting(0..<prefix.count).equalsIgnoringCase(prefix)
    }
}
