import HTTPModel

/// A `Set-Cookie` value parsed as a browser does (RFC 6265bis §5.6): the effect of its attributes, and where they stand.
struct SetCookie {
    enum Attribute: Equatable {
        case path, domain, secure, httpOnly, sameSite, partitioned, other
    }

    enum SameSite: Sendable, CaseIterable {
        case none, lax, strict

        var text: String {
            switch self {
            case .none: "None"
            case .lax: "Lax"
            case .strict: "Strict"
            }
        }

        init?(_ text: Span<UInt8>) {
            guard let found = Self.allCases.first(where: { text.equalsIgnoringCase($0.text.utf8.span) }) else { return nil }
            self = found
        }
    }

    /// One `;attribute=value` of the text.
    struct Piece {
        var attribute: Attribute
        /// The range from the piece's semicolon to before the next one.
        var whole: Range<Int>
        var value: Range<Int>
    }

    /// The limit of an attribute's value in bytes; browsers ignore attributes with longer values.
    private static let valueLimit = 1024

    /// The cookie's name; empty for one without `=`, which browsers keep as a value without a name.
    let name: Range<Int>
    let value: Range<Int>
    /// The place of the first attribute's semicolon, or the end.
    let attributesStart: Int

    var isSecure = false
    var isHTTPOnly = false
    var isPartitioned = false
    /// The value of the last `SameSite`, which is the one that counts; nil when there is none or no browser knows its value.
    var sameSite: SameSite?
    /// Whether every `SameSite` of the value says the same.
    var sameSiteIsClear = true
    /// The value of the last `Path` or `Domain`, which is the one that counts; nil when there is none or a browser ignores it.
    var path: Range<Int>?
    var domain: Range<Int>?
    var paths = 0
    var domains = 0
    var sameSites = 0

    /// Fails when a browser would take no cookie from the value.
    init?(_ text: Span<UInt8>) {
        var end = 0
        while end < text.count, text[end] != 0x3B { end &+= 1 }
        attributesStart = end
        let pair = text.trimmingBlanks(0..<end)
        var equals = pair.lowerBound
        while equals < pair.upperBound, text[equals] != 0x3D { equals &+= 1 }
        if equals == pair.upperBound {
            name = pair.lowerBound..<pair.lowerBound
            value = pair
        } else {
            name = text.trimmingBlanks(pair.lowerBound..<equals)
            value = text.trimmingBlanks(equals &+ 1..<pair.upperBound)
        }
        if name.isEmpty, value.isEmpty { return nil }
        var position = end
        while let piece = Self.piece(of: text, at: &position) { note(piece, text) }
    }

    /// Returns the attribute whose semicolon is at the position, and moves the position to the next semicolon; nil at the end.
    static func piece(of text: Span<UInt8>, at position: inout Int) -> Piece? {
        guard position < text.count else { return nil }
        let start = position
        var end = start &+ 1
        while end < text.count, text[end] != 0x3B { end &+= 1 }
        var equals = start &+ 1
        while equals < end, text[equals] != 0x3D { equals &+= 1 }
        position = end
        let value = text.trimmingBlanks(min(equals &+ 1, end)..<end)
        let isHeeded = value.count <= valueLimit
        let name = text.extracting(text.trimmingBlanks(start &+ 1..<equals))
        return Piece(attribute: isHeeded ? attribute(name) : .other, whole: start..<end, value: value)
    }

    private static func attribute(_ name: Span<UInt8>) -> Attribute {
        switch name.count {
        case 4 where name.equalsIgnoringCase("path".utf8.span): .path
        case 6 where name.equalsIgnoringCase("domain".utf8.span): .domain
        case 6 where name.equalsIgnoringCase("secure".utf8.span): .secure
        case 8 where name.equalsIgnoringCase("httponly".utf8.span): .httpOnly
        case 8 where name.equalsIgnoringCase("samesite".utf8.span): .sameSite
        case 11 where name.equalsIgnoringCase("partitioned".utf8.span): .partitioned
        default: .other
        }
    }

    private mutating func note(_ piece: Piece, _ text: Span<UInt8>) {
        switch piece.attribute {
        case .secure: isSecure = true
        case .httpOnly: isHTTPOnly = true
        case .partitioned: isPartitioned = true
        case .path:
            paths &+= 1
            path = !piece.value.isEmpty && text[piece.value.lowerBound] == 0x2F ? piece.value : nil
        case .domain:
            domains &+= 1
            domain = piece.value.isEmpty ? nil : piece.value
        case .sameSite:
            let written = SameSite(text.extracting(piece.value))
            if written == nil || sameSites > 0 && written != sameSite { sameSiteIsClear = false }
            sameSite = written
            sameSites &+= 1
        case .other: break
        }
    }
}
