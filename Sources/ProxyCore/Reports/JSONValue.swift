/// A JSON text (RFC 8259) from an untrusted sender. It is read completely or refused, and its depth is limited.
///
/// Strings are UTF-8 with their escapes resolved; a lone surrogate is an error. Of members with the same name, the first counts.
enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A number as it is written.
    case number([UInt8])
    case string([UInt8])
    case array([JSONValue])
    case object([Member])

    struct Member: Sendable, Hashable {
        var name: [UInt8]
        var value: JSONValue
    }

    /// The maximal nesting of arrays and objects; a report needs three levels.
    static let depthLimit = 16

    /// Fails for text that is not exactly one JSON value.
    init?(_ text: [UInt8]) {
        var reader = JSONReader(text)
        guard let value = reader.readWhole() else { return nil }
        self = value
    }

    /// The member of an object with a name; nil when it is not there, and when the value is not an object.
    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.elementsEqual(name.utf8) }?.value
    }

    var text: [UInt8]? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The value as a number if it is a non-negative integer of a sensible size; nil for any other value.
    var count: Int? {
        guard case .number(let digits) = self, digits.count <= 15 else { return nil }
        return Int(String(decoding: digits, as: UTF8.self)).flatMap { $0 >= 0 ? $0 : nil }
    }
}
