/// A status code, 100 to 999 (RFC 9110 §15).
public struct Status: RawRepresentable, Sendable, Hashable, Comparable, ExpressibleByIntegerLiteral {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public init(integerLiteral value: UInt16) { self.rawValue = value }

    public static func < (left: Status, right: Status) -> Bool { left.rawValue < right.rawValue }

    public var isInformational: Bool { rawValue < 200 }

    public var isSuccess: Bool { (200..<300).contains(rawValue) }

    /// The three digits of the code.
    public var digits: [3 of UInt8] {
        [Self.digit(rawValue / 100), Self.digit(rawValue / 10), Self.digit(rawValue)]
    }

    /// Whether responses with this status never have a body (RFC 9110 §6.4.1): 1xx, 204 and 304.
    public var forbidsBody: Bool { rawValue < 200 || rawValue == 204 || rawValue == 304 }

    /// Whether responses with this status may not even state the length of a body (RFC 9110 §8.6, RFC 9112 §6.1): 1xx and 204.
    public var forbidsLength: Bool { rawValue < 200 || rawValue == 204 }

    private static func digit(_ number: UInt16) -> UInt8 { 0x30 &+ UInt8(truncatingIfNeeded: number % 10) }

    /// The reason phrase of the IANA registry; empty if there is none.
    public var reason: String {
        switch rawValue {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 102: "Processing"
        case 103: "Early Hints"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 203: "Non-Authoritative Information"
        case 204: "No Content"
        case 205: "Reset Content"
        case 206: "Partial Content"
        case 207: "Multi-Status"
        case 208: "Already Reported"
        case 226: "IM Used"
        case 300: "Multiple Choices"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 305: "Use Proxy"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 407: "Proxy Authentication Required"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Range Not Satisfiable"
        case 417: "Expectation Failed"
        case 418: "I'm a teapot"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 423: "Locked"
        case 424: "Failed Dependency"
        case 425: "Too Early"
        case 426: "Upgrade Required"
        case 428: "Precondition Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 451: "Unavailable For Legal Reasons"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case 506: "Variant Also Negotiates"
        case 507: "Insufficient Storage"
        case 508: "Loop Detected"
        case 511: "Network Authentication Required"
        default: ""
        }
    }
}
