import HTTPModel

/// A structured field (RFC 9651) of a policy, read strictly: browsers drop the whole field if it does not parse.
enum StructuredField {
    enum Kind: Sendable { case item, list, dictionary }

    enum Bare: Equatable, Sendable {
        case integer(Int)
        case decimal(String)
        case string(String)
        case token(String)
        case bytes(String)
        case boolean(Bool)
        case date(Int)
        case displayString(String)
    }

    struct Item: Equatable, Sendable {
        var bare: Bare
        var parameters: [Parameter] = []
    }

    struct Parameter: Equatable, Sendable {
        var key: String
        var value: Bare
    }

    enum Member: Equatable, Sendable {
        case item(Item)
        case inner([Item], [Parameter])
    }

    static func item(_ text: String) throws(PatternError) -> Item {
        var reader = StructuredFieldReader(text)
        let item = try reader.item()
        try reader.finish()
        return item
    }

    static func list(_ text: String) throws(PatternError) -> [Member] {
        var reader = StructuredFieldReader(text)
        var members: [Member] = []
        while try reader.hasMember(after: members.count) { members.append(try reader.member()) }
        return members
    }

    /// Returns the members in order. Of two with the same key, browsers take the last.
    static func dictionary(_ text: String) throws(PatternError) -> [(key: String, member: Member)] {
        var reader = StructuredFieldReader(text)
        var members: [(key: String, member: Member)] = []
        while try reader.hasMember(after: members.count) {
            let key = try reader.key()
            if reader.take(0x3D) {
                members.append((key, try reader.member()))
            } else {
                members.append((key, .item(Item(bare: .boolean(true), parameters: try reader.parameters()))))
            }
        }
        return members
    }

    static func check(_ text: String, _ kind: Kind) throws(PatternError) {
        switch kind {
        case .item: _ = try item(text)
        case .list: _ = try list(text)
        case .dictionary: _ = try dictionary(text)
        }
    }
}

/// The cursor over a structured field's text.
struct StructuredFieldReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        skip { $0 == 0x20 }
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skip(while holds: (UInt8) -> Bool) {
        while let byte = peek, holds(byte) { position += 1 }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private func failure(_ message: String) -> PatternError {
        PatternError("\(message) (at character \(position + 1) of the value)")
    }

    mutating func finish() throws(PatternError) {
        skip { $0 == 0x20 }
        if peek != nil { throw failure("there is more than one value") }
    }

    /// Whether another member of a list or dictionary follows; steps over the comma in front of it.
    mutating func hasMember(after count: Int) throws(PatternError) -> Bool {
        if count == 0 { return peek != nil }
        skip(while: Octet.isBlank)
        guard peek != nil else { return false }
        guard take(0x2C) else { throw failure("members are separated by commas") }
        skip(while: Octet.isBlank)
        if peek == nil { throw failure("the list ends with a comma") }
        return true
    }

    mutating func member() throws(PatternError) -> StructuredField.Member {
        guard take(0x28) else { return .item(try item()) }
        var items: [StructuredField.Item] = []
        while true {
            skip { $0 == 0x20 }
            if take(0x29) { return .inner(items, try parameters()) }
            if peek == nil { throw failure("the `(` is never closed") }
            items.append(try item())
            guard peek == 0x20 || peek == 0x29 else {
                throw failure(peek == nil ? "the `(` is never closed" : "members of `(…)` are separated by spaces")
            }
        }
    }

    mutating func item() throws(PatternError) -> StructuredField.Item {
        StructuredField.Item(bare: try bare(), parameters: try parameters())
    }

    mutating func parameters() throws(PatternError) -> [StructuredField.Parameter] {
        var parameters: [StructuredField.Parameter] = []
        while take(0x3B) {
            skip { $0 == 0x20 }
            let key = try key()
            parameters.append(StructuredField.Parameter(key: key, value: take(0x3D) ? try bare() : .boolean(true)))
        }
        return parameters
    }

    mutating func key() throws(PatternError) -> String {
        let start = position
        guard let first = peek, first == 0x2A || first &- 0x61 < 26 else {
            throw failure("a key begins with a lower-case letter")
        }
        skip { $0 &- 0x61 < 26 || Octet.isDigit($0) || $0 == 0x5F || $0 == 0x2D || $0 == 0x2E || $0 == 0x2A }
        return text(from: start)
    }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

    private mutating func bare() throws(PatternError) -> StructuredField.Bare {
        switch peek {
        case 0x22: return .string(try string())
        case 0x3A: return .bytes(try byteSequence())
        case 0x3F:
            position += 1
            if take(0x31) { return .boolean(true) }
            if take(0x30) { return .boolean(false) }
            throw failure("a boolean is `?1` or `?0`")
        case 0x40:
            position += 1
            guard case .integer(let seconds) = try number() else { throw failure("a date is whole seconds") }
            return .date(seconds)
        case 0x25:
            position += 1
            return .displayString(try displayString())
        case let byte? where byte == 0x2D || Octet.isDigit(byte): return try number()
        case let byte? where byte == 0x2A || Octet.lowercased(byte) &- 0x61 < 26:
            let start = position
            skip { Octet.isToken($0) || $0 == 0x3A || $0 == 0x2F }
            return .token(text(from: start))
        case nil: throw failure("a value is missing")
        case 0x27: throw failure("`'` quotes nothing here: strings stand in double quotes")
        default: throw failure("a value may not begin with this character")
        }
    }

    private mutating func number() throws(PatternError) -> StructuredField.Bare {
        let start = position
        _ = take(0x2D)
        let digits = position
        skip(while: Octet.isDigit)
        guard position > digits else { throw failure("a number needs digits") }
        let whole = position - digits
        if take(0x2E) {
            let fraction = position
            skip(while: Octet.isDigit)
            guard whole <= 12, 1...3 ~= position - fraction else {
                throw failure("a decimal has at most 12 digits before the point and 1 to 3 behind it")
            }
            return .decimal(text(from: start))
        }
        guard whole <= 15, let value = Int(text(from: start)) else { throw failure("an integer has at most 15 digits") }
        return .integer(value)
    }

    private mutating func string() throws(PatternError) -> String {
        position += 1
        var content: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case 0x22: return String(decoding: content, as: UTF8.self)
            case 0x5C:
                guard let escaped = peek, escaped == 0x22 || escaped == 0x5C else {
                    throw failure("in a string, `\\` stands only before `\"` and `\\`")
                }
                content.append(escaped)
                position += 1
            case 0x20...0x7E: content.append(byte)
            default: throw failure("a string takes printable ASCII only")
            }
        }
        throw failure("the string's closing quote is missing")
    }

    private mutating func displayString() throws(PatternError) -> String {
        guard take(0x22) else { throw failure("a display string is `%\"…\"`") }
        var content: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case 0x22:
                guard let text = String(validating: content, as: UTF8.self) else { throw failure("a display string is UTF-8") }
                return text
            case 0x25:
                guard position + 1 < bytes.count, let high = Self.lowerHex(bytes[position]),
                    let low = Self.lowerHex(bytes[position + 1])
                else { throw failure("`%` takes two lower-case hexadecimal digits") }
                content.append(high << 4 | low)
                position += 2
            case 0x20...0x7E: content.append(byte)
            default: throw failure("a display string takes printable ASCII only")
            }
        }
        throw failure("the string's closing quote is missing")
    }

    private static func lowerHex(_ byte: UInt8) -> UInt8? {
        0x41...0x46 ~= byte ? nil : Octet.hexValue(byte)
    }

    private mutating func byteSequence() throws(PatternError) -> String {
        position += 1
        let start = position
        skip { Octet.lowercased($0) &- 0x61 < 26 || Octet.isDigit($0) || $0 == 0x2B || $0 == 0x2F || $0 == 0x3D }
        let content = text(from: start)
        guard take(0x3A) else { throw failure("a byte sequence is base64 between two colons") }
        return content
    }
}
