import HTTPModel

/// Reads one JSON text from beginning to end. Every function returns nil for what the grammar does not allow.
struct JSONReader {
    private let text: [UInt8]
    private var index = 0

    init(_ text: [UInt8]) { self.text = text }

    mutating func readWhole() -> JSONValue? {
        guard let value = value(depth: 0) else { return nil }
        skipSpace()
        return index == text.count ? value : nil
    }

    private var next: UInt8? { index < text.count ? text[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    /// Consumes a byte, and returns whether it was there.
    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    private mutating func take(_ word: StaticString, _ value: JSONValue) -> JSONValue? {
        for byte in "\(word)".utf8 where !take(byte) { return nil }
        return value
    }

    private mutating func value(depth: Int) -> JSONValue? {
        skipSpace()
        switch next {
        case 0x22: return string().map(JSONValue.string)
        case 0x7B: return depth < JSONValue.depthLimit ? object(depth: depth + 1) : nil
        case 0x5B: return depth < JSONValue.depthLimit ? array(depth: depth + 1) : nil
        case 0x74: return take("true", .bool(true))
        case 0x66: return take("false", .bool(false))
        case 0x6E: return take("null", .null)
        default: return number()
        }
    }

    private mutating func array(depth: Int) -> JSONValue? {
        index += 1
        var items: [JSONValue] = []
        skipSpace()
        if take(0x5D) { return .array(items) }
        while true {
            guard let item = value(depth: depth) else { return nil }
            items.append(item)
            skipSpace()
            if take(0x5D) { return .array(items) }
            guard take(0x2C) else { return nil }
        }
    }

    private mutating func object(depth: Int) -> JSONValue? {
        index += 1
        var members: [JSONValue.Member] = []
        skipSpace()
        if take(0x7D) { return .object(members) }
        while true {
            skipSpace()
            guard next == 0x22, let name = string() else { return nil }
            skipSpace()
            guard take(0x3A), let value = value(depth: depth) else { return nil }
            members.append(JSONValue.Member(name: name, value: value))
            skipSpace()
            if take(0x7D) { return .object(members) }
            guard take(0x2C) else { return nil }
        }
    }

    private mutating func number() -> JSONValue? {
        let start = index
        _ = take(0x2D)
        // A zero may not be in front of other digits.
        if !take(0x30), !takeDigits() { return nil }
        if take(0x2E), !takeDigits() { return nil }
        if take(0x65) || take(0x45) {
            if !take(0x2B) { _ = take(0x2D) }
            if !takeDigits() { return nil }
        }
        return .number(Array(text[start..<index]))
    }

    private mutating func takeDigits() -> Bool {
        let start = index
        while let byte = next, Octet.isDigit(byte) { index += 1 }
        return index > start
    }

    private mutating func string() -> [UInt8]? {
        index += 1
        var result: [UInt8] = []
        while let byte = next {
            switch byte {
            case 0x22:
                index += 1
                return result
            case 0x5C:
                index += 1
                guard escape(into: &result) else { return nil }
            case 0..<0x20: return nil
            case 0..<0x80:
                result.append(byte)
                index += 1
            default:
                let length = text.span.scalarLength(at: index)
                guard length > 0 else { return nil }
                result += text[index..<index + length]
                index += length
            }
        }
        return nil
    }

    /// Reads the part after a backslash.
    private mutating func escape(into result: inout [UInt8]) -> Bool {
        guard let byte = next else { return false }
        index += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: result.append(byte)
        case 0x62: result.append(0x08)
        case 0x66: result.append(0x0C)
        case 0x6E: result.append(0x0A)
        case 0x72: result.append(0x0D)
        case 0x74: result.append(0x09)
        case 0x75:
            guard let scalar = escapedScalar() else { return false }
            result += Array(String(Character(scalar)).utf8)
        default: return false
        }
        return true
    }

    /// Reads the part after `\u`: one unit of UTF-16, or the two of a pair.
    private mutating func escapedScalar() -> Unicode.Scalar? {
        guard let first = hexadecimal() else { return nil }
        guard 0xD800...0xDBFF ~= first else { return Unicode.Scalar(first) }
        guard take(0x5C), take(0x75), let second = hexadecimal(), 0xDC00...0xDFFF ~= second else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private mutating func hexadecimal() -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = next.flatMap(Octet.hexValue) else { return nil }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
