import HTTPModel

/// Reads a JSON text of any length from beginning to end, holding only one buffer of it. The caller asks for the next part, and
/// skips what it does not want.
///
/// It accepts what other software writes: control characters in strings, halves of surrogate pairs, bytes that are not UTF-8. In
/// skipped parts, only brackets and strings have to be complete.
struct JSONStream: ~Copyable {
    /// Overwrites the buffer; returns the number of bytes that it has now, 0 at the end.
    typealias Source = (inout [UInt8]) throws -> Int

    enum Kind { case object, array, text, number, word }

    private let source: Source
    private var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
    private var index = 0
    private var end = 0
    /// The number of bytes of the text before the buffer.
    private var passed = 0
    /// Whether nothing of the object or array has been read.
    private var isFirst = false
    /// The last key, string, number or word.
    private(set) var token: [UInt8] = []

    private static let bufferSize = 256 << 10
    /// The number of bytes of a string that are kept.
    static let textLimit = 64 << 10

    init(_ source: @escaping Source) { self.source = source }

    /// The number of bytes that have been read.
    var offset: Int { passed + index }

    /// Whether the last token is that word.
    func isToken(_ word: String) -> Bool { token.count == word.utf8.count && token.elementsEqual(word.utf8) }

    var text: String { String(decoding: token, as: UTF8.self) }

    // MARK: Structure

    /// Returns the kind of the next value; nil when no value begins here.
    mutating func kind() throws(JSONFault) -> Kind? {
        guard let byte = try peek() else { throw fault(.ends) }
        switch byte {
        case 0x7B: return .object
        case 0x5B: return .array
        case 0x22: return .text
        case 0x2D, 0x30...0x39: return .number
        case 0x74, 0x66, 0x6E: return .word
        default: return nil
        }
    }

    /// Enters an object, whose members `nextKey` returns. Any other value is skipped, and the result is false.
    mutating func enterObject() throws(JSONFault) -> Bool { try enter(.object) }

    /// Enters an array, whose items `nextItem` announces. Any other value is skipped, and the result is false.
    mutating func enterArray() throws(JSONFault) -> Bool { try enter(.array) }

    private mutating func enter(_ wanted: Kind) throws(JSONFault) -> Bool {
        guard try kind() == wanted else {
            try skipValue()
            return false
        }
        index += 1
        isFirst = true
        return true
    }

    /// Reads a key into `token`; returns false at the end of the object.
    mutating func nextKey() throws(JSONFault) -> Bool {
        guard try goOn(0x7D) else { return false }
        guard try peek() == 0x22 else { throw fault(.unexpected) }
        try readText()
        guard try peek() == 0x3A else { throw fault(.unexpected) }
        index += 1
        return true
    }

    /// Moves on to the next item; returns false at the end of the array.
    mutating func nextItem() throws(JSONFault) -> Bool { try goOn(0x5D) }

    private mutating func goOn(_ close: UInt8) throws(JSONFault) -> Bool {
        let byte = try peek()
        defer { isFirst = false }
        if byte == close {
            index += 1
            return false
        }
        guard byte != nil else { throw fault(.ends) }
        if isFirst { return true }
        guard byte == 0x2C else { throw fault(.unexpected) }
        index += 1
        return true
    }

    // MARK: Values

    /// Reads a string, or a number as it is written, into `token`. Any other value is skipped, and the result is false.
    mutating func readScalar() throws(JSONFault) -> Bool {
        switch try kind() {
        case .text: try readText()
        case .number: try readWord()
        default:
            try skipValue()
            return false
        }
        return true
    }

    mutating func skipValue() throws(JSONFault) {
        switch try kind() {
        case .text: try skipText()
        case .number, .word: try readWord()
        case .object, .array: try skipNested()
        case nil: throw fault(.unexpected)
        }
    }

    /// Reads a number or a word.
    private mutating func readWord() throws(JSONFault) {
        token.removeAll(keepingCapacity: true)
        while let byte = try current(), Self.isWord(byte) {
            if token.count < 64 { token.append(byte) }
            index += 1
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
        default: false
        }
    }

    @_optimize(speed) private mutating func skipNested() throws(JSONFault) {
        var depth = 0
        repeat {
            guard let byte = try current() else { throw fault(.ends) }
            switch byte {
            case 0x22:
                try skipText()
                continue
            case 0x7B, 0x5B: depth += 1
            case 0x7D, 0x5D: depth -= 1
            default: break
            }
            index += 1
        } while depth > 0
    }

    // MARK: Texts

    @_optimize(speed) private mutating func skipText() throws(JSONFault) {
        index += 1
        while true {
            index = buffer.span.endOfPlainJSON(from: index, to: end)
            guard let byte = try current() else { throw fault(.ends) }
            if byte == 0x22 {
                index += 1
                return
            }
            guard byte == 0x5C else { continue }
            index += 1
            guard try current() != nil else { throw fault(.ends) }
            index += 1
        }
    }

    @_optimize(speed) private mutating func readText() throws(JSONFault) {
        token.removeAll(keepingCapacity: true)
        index += 1
        while true {
            let stop = buffer.span.endOfPlainJSON(from: index, to: end)
            let room = max(0, Self.textLimit - token.count)
            token += buffer[index..<min(stop, index + room)]
            index = stop
            guard let byte = try current() else { throw fault(.ends) }
            if byte == 0x22 {
                index += 1
                return
            }
            guard byte == 0x5C else { continue }
            index += 1
            try readEscape(take())
        }
    }

    /// Reads the part after a backslash.
    private mutating func readEscape(_ byte: UInt8) throws(JSONFault) {
        switch byte {
        case 0x62: token.append(0x08)
        case 0x66: token.append(0x0C)
        case 0x6E: token.append(0x0A)
        case 0x72: token.append(0x0D)
        case 0x74: token.append(0x09)
        case 0x75: try readUnit()
        case let byte: token.append(byte)
        }
    }

    /// Reads `0041` of `\u0041`, or a pair of such units. Half a pair becomes U+FFFD.
    private mutating func readUnit() throws(JSONFault) {
        var unit = try hexadecimal()
        while 0xD800...0xDBFF ~= unit, try current() == 0x5C {
            index += 1
            let byte = try take()
            guard byte == 0x75 else {
                append(unit)
                return try readEscape(byte)
            }
            let second = try hexadecimal()
            guard !(0xDC00...0xDFFF ~= second) else { return append(0x10000 + (unit - 0xD800) << 10 + (second - 0xDC00)) }
            append(unit)
            unit = second
        }
        append(unit)
    }

    private mutating func append(_ value: UInt32) {
        for byte in String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8 { token.append(byte) }
    }

    private mutating func hexadecimal() throws(JSONFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Octet.hexValue(try take()) else { throw fault(.unexpected) }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    // MARK: Bytes

    private mutating func take() throws(JSONFault) -> UInt8 {
        guard let byte = try current() else { throw fault(.ends) }
        index += 1
        return byte
    }

    /// Returns the next byte that is not a blank.
    @_optimize(speed) private mutating func peek() throws(JSONFault) -> UInt8? {
        while let byte = try current() {
            // The first three bytes may be the UTF-8 mark that some editors write.
            let isBlank = byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
            guard isBlank || offset < 3 && [0xEF, 0xBB, 0xBF][offset] == byte else { return byte }
            index += 1
        }
        return nil
    }

    /// Returns the next byte; nil at the end.
    @inline(__always) private mutating func current() throws(JSONFault) -> UInt8? {
        if index < end { return buffer[index] }
        return try fill() ? buffer[index] : nil
    }

    private mutating func fill() throws(JSONFault) -> Bool {
        passed += end
        (index, end) = (0, 0)
        do { end = min(try source(&buffer), buffer.count) } catch { throw fault(.unreadable("\(error)")) }
        return index < end
    }

    private func fault(_ kind: JSONFault.Kind) -> JSONFault { JSONFault(kind: kind, offset: offset) }
}

/// An error in the JSON text, and its place.
struct JSONFault: Error, Hashable {
    enum Kind: Hashable {
        /// The text ends in the middle.
        case ends
        case unexpected
        /// The file cannot be read, for a reason in the system's words.
        case unreadable(String)
    }

    var kind: Kind
    /// The number of bytes before it.
    var offset: Int
}

extension Span<UInt8> {
    /// Returns the first place of a range whose byte is a quote or a backslash; its end if there is none.
    @_optimize(speed) fileprivate func endOfPlainJSON(from start: Int, to end: Int) -> Int {
        var index = start
        while index &+ 8 <= end {
            let word = extracting(index..<index &+ 8).firstWord
            let special = Word.equal(0x22, word) | Word.equal(0x5C, word)
            if special != 0 { return index &+ special.trailingZeroBitCount >> 3 }
            index &+= 8
        }
        while index < end, self[index] != 0x22, self[index] != 0x5C { index &+= 1 }
        return index
    }
}
