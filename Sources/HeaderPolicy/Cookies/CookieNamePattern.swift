import HTTPModel

/// A cookie's name, or a pattern of names in which `*` is any run of characters. Case counts, as in browsers.
struct CookieNamePattern: Sendable {
    private let bytes: [UInt8]

    init(_ text: String) throws(PatternError) {
        guard !text.isEmpty, text.utf8.allSatisfy({ Octet.isToken($0) }) else {
            throw PatternError(
                "\"\(text)\" is not the name of a cookie", suggestion: "write a name, or a pattern such as `session_*`")
        }
        bytes = Array(text.utf8)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func matches(_ name: Span<UInt8>) -> Bool {
        var (position, index) = (0, 0)
        var star: (after: Int, from: Int)?
        while index < name.count {
            if position < bytes.count, bytes[position] == 0x2A {
                position &+= 1
                star = (position, index)
            } else if position < bytes.count, bytes[position] == name[index] {
                position &+= 1
                index &+= 1
            } else if let last = star {
                star = (last.after, last.from &+ 1)
                (position, index) = (last.after, last.from &+ 1)
            } else {
                return false
            }
        }
        while position < bytes.count, bytes[position] == 0x2A { position &+= 1 }
        return position == bytes.count
    }
}

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
