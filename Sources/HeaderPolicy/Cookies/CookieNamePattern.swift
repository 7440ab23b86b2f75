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

/// What a cookie's name demands of it (RFC 6265bis §4.1.3), ASCII case ignored.
enum CookiePrefix {
    case none, secure, host

    init(_ name: Span<UInt8>) {
        if name.starts(withIgnoringCase: "__host-".utf8.span) {
            self = .host
        } else if name.starts(withIgnoringCase: "__secure-".utf8.span) {
            self = .secure
        } else {
            self = .none
        }
    }
}

extension Span<UInt8> {
    fileprivate func starts(withIgnoringCase prefix: Span<UInt8>) -> Bool {
        count >= prefix.count && extracting(0..<prefix.count).equalsIgnoringCase(prefix)
    }
}
