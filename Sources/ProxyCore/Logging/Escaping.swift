import HTTPModel

extension [UInt8] {
    /// Appends bytes as the inside of a JSON string (RFC 8259 §7). Characters that are not visible as themselves are escaped:
    /// controls, direction marks, invisible characters. Every byte that is not part of well-formed UTF-8 becomes U+FFFD, so that
    /// the result is always valid.
    ///
    /// - Parameter escapesSeparators: whether line and paragraph separators are escaped, too, which JSON allows unescaped.
    public mutating func append(jsonEscaping text: Span<UInt8>, escapesSeparators: Bool = false) {
        var plain = 0
        var index = 0
        while true {
            index = text.endOfPlain(from: index)
            guard index < text.count else { break }
            let byte = text[index]
            let length = byte < 0x80 ? 0 : text.scalarLength(at: index)
            let scalar = length > 0 ? text.scalar(at: index, length) : nil
            if let scalar, !scalar.breaksText || !escapesSeparators && (0x2028...0x2029).contains(scalar.value) {
                index &+= length
                continue
            }
            append(copying: text.extracting(plain..<index))
            index &+= Swift.max(1, length)
            plain = index
            if let scalar {
                append(jsonEscape: scalar)
                continue
            }
            switch byte {
            case 0x22, 0x5C:
                append(0x5C)
                append(byte)
            case 0x0A: append(text: #"\n"#)
            case 0x0D: append(text: #"\r"#)
            case 0x09: append(text: #"\t"#)
            case 0x80...: append(text: "\u{FFFD}")
            default:
                append(text: #"\u00"#)
                append(hexadecimal: byte)
            }
        }
        append(copying: text.extracting(plain..<text.count))
    }

    /// Appends bytes as the inside of a quoted text in a log line: printable ASCII unchanged, and everything else, the quote and
    /// the backslash as `\xHH`.
    mutating func append(logEscaping text: Span<UInt8>) {
        var plain = 0
        while true {
            let index = text.endOfPlain(from: plain)
            append(copying: text.extracting(plain..<index))
            guard index < text.count else { return }
            append(text: #"\x"#)
            append(hexadecimal: text[index])
            plain = index &+ 1
        }
    }

    /// Appends bytes as text of an HTML document, or of a quoted attribute in one.
    mutating func append(htmlEscaping text: Span<UInt8>) {
        for index in text.indices {
            switch text[index] {
            case 0x26: append(text: "&amp;")
            case 0x3C: append(text: "&lt;")
            case 0x3E: append(text: "&gt;")
            case 0x22: append(text: "&quot;")
            case 0x27: append(text: "&#39;")
            case let byte: append(byte)
            }
        }
    }

    /// Appends a character as one or two escapes of UTF-16.
    private mutating func append(jsonEscape scalar: Unicode.Scalar) {
        for unit in String(scalar).utf16 {
            append(text: #"\u"#)
            append(hexadecimal: UInt8(truncatingIfNeeded: unit >> 8))
            append(hexadecimal: UInt8(truncatingIfNeeded: unit))
        }
    }

    /// Appends a byte as two lower-case hexadecimal digits.
    private mutating func append(hexadecimal byte: UInt8) {
        append(hexadecimalDigit: byte >> 4)
        append(hexadecimalDigit: byte & 15)
    }

    private mutating func append(hexadecimalDigit digit: UInt8) {
        append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit)
    }
}

extension Span<UInt8> {
    /// Returns the first place at or after `start` whose byte is not printable ASCII, or is a quote or a backslash.
    fileprivate func endOfPlain(from start: Int) -> Int {
        var index = start
        while index &+ 8 <= count {
            let word = extracting(index..<index &+ 8).firstWord
            let special =
                Word.below(0x20, word) | Word.equal(0x22, word) | Word.equal(0x5C, word) | Word.equal(0x7F, word)
                | word & Word.tops
            if special != 0 { break }
            index &+= 8
        }
        while index < count {
            let byte = self[index]
            if byte < 0x20 || byte >= 0x7F || byte == 0x22 || byte == 0x5C { return index }
            index &+= 1
        }
        return count
    }

    /// Returns the character at a place, which is well-formed and has the given number of bytes.
    fileprivate func scalar(at index: Int, _ length: Int) -> Unicode.Scalar? {
        // These are all bits of the first byte below the length and the zero after it.
        var value = UInt32(self[index] & (0x7F >> UInt8(truncatingIfNeeded: length)))
        for place in index &+ 1..<index &+ Swift.max(1, length) { value = value << 6 | UInt32(self[place] & 0x3F) }
        return Unicode.Scalar(value)
    }

    /// Returns the number of bytes of the well-formed UTF-8 scalar at a place, whose first byte is 0x80 or more; 0 when there is
    /// none (Unicode 16, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
    func scalarLength(at index: Int) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch self[index] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: return 0
        }
        guard index &+ length <= count, second.contains(self[index &+ 1]) else { return 0 }
        for place in (index &+ 2)..<(index &+ Swift.max(2, length)) where self[place] & 0xC0 != 0x80 { return 0 }
        return length
    }
}
