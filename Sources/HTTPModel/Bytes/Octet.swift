/// The character classes of RFC 9110 §5.6.2 and §5.5 as bit tests, which need no table to load and no global to initialize.
public enum Octet {
    /// Whether a byte is a `tchar`, which a method, a field name or a token may have.
    @inlinable
    public static func isToken(_ byte: UInt8) -> Bool {
        // ! # $ % & ' * + - . 0-9 | A-Z ^ _ ` a-z | ~
        let low: UInt64 = 0x03FF_6CFA_0000_0000
        let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
        if byte < 64 { return (low >> UInt64(byte)) & 1 == 1 }
        if byte < 128 { return (high >> UInt64(byte &- 64)) & 1 == 1 }
        return false
    }

    /// Whether a byte may be inside a field value: `field-vchar`, space and tab, but never CR, LF, NUL or another control.
    @inlinable
    public static func isFieldValue(_ byte: UInt8) -> Bool {
        (byte >= 0x20 && byte != 0x7F) || byte == 0x09
    }

    /// Whether a byte may be in a request target: printable ASCII without space, and no control, DEL or 8-bit byte.
    @inlinable
    public static func isTarget(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F
    }

    /// Whether a byte is optional whitespace (`OWS`): space or tab.
    @inlinable
    public static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09
    }

    @inlinable
    public static func isDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10
    }

    /// The value of one hexadecimal digit, or nil.
    @inlinable
    public static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x41...0x46: byte &- 0x37
        case 0x61...0x66: byte &- 0x57
        default: nil
        }
    }

    /// The byte with ASCII capitals in lower case; every other byte is unchanged.
    @inlinable
    public static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    /// The bytes of a text with ASCII capitals in lower case.
    public static func lowercased(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        for index in bytes.indices { bytes[index] = lowercased(bytes[index]) }
        return bytes
    }
}

extension Span<UInt8> {
    /// Whether the bytes are equal when ASCII case is ignored.
    @inlinable
    public func equalsIgnoringCase(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] {
            if Octet.lowercased(self[index]) != Octet.lowercased(other[index]) { return false }
        }
        return true
    }

    /// Whether the bytes are equal, including their case.
    @inlinable
    public func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }

    /// Whether the bytes are the UTF-8 of a text, including its case.
    @inlinable
    @inline(__always)
    public func equals(_ text: String) -> Bool {
        // The compiler knows the length of a literal, while its bytes have to be asked for.
        count == text.utf8.count && equals(text.utf8.span)
    }

    /// The range without the blanks (SP, HTAB) at either end.
    @inlinable
    public func trimmingBlanks(_ range: Range<Int>) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, Octet.isBlank(self[lower]) { lower &+= 1 }
        while upper > lower, Octet.isBlank(self[upper &- 1]) { upper &-= 1 }
        return lower..<upper
    }

    /// The number that 1 to 19 digits are, if it fits an `Int`; nil for anything else, including a sign or a list.
    @inlinable
    public var decimal: Int? {
        guard !isEmpty, count <= 19 else { return nil }
        // Even nineteen nines fit.
        var number: UInt64 = 0
        for index in indices {
            guard Octet.isDigit(self[index]) else { return nil }
            number = number &* 10 &+ UInt64(self[index] &- 0x30)
        }
        return Int(exactly: number)
    }

    /// The text of these bytes; bytes that are not UTF-8 become U+FFFD. For logs and messages, never for the wire.
    public var text: String {
        String(decoding: Array(copying: self), as: UTF8.self)
    }
}

extension Array {
    /// Empties the array and keeps its storage. For an array that is empty already, as most are that are emptied between two
    /// messages, this costs next to nothing.
    @inlinable
    public mutating func clear() { if !isEmpty { removeAll(keepingCapacity: true) } }
}

extension Array where Element == UInt8 {
    /// A copy of the bytes of a span.
    @inlinable
    public init(copying bytes: Span<UInt8>) {
        self.init(capacity: bytes.count) { ByteCopy.append(bytes, to: &$0) }
    }

    /// Appends the bytes of a span.
    @inlinable
    public mutating func append(copying bytes: Span<UInt8>) {
        // All empty arrays share one storage, and appending nothing would still write its count, which is a data race.
        guard !bytes.isEmpty else { return }
        append(addingCapacity: bytes.count) { ByteCopy.append(bytes, to: &$0) }
    }

    /// Appends the bytes of two or three spans.
    @inlinable
    public mutating func append(copying first: Span<UInt8>, _ second: Span<UInt8>, _ third: Span<UInt8> = Span()) {
        append(addingCapacity: first.count &+ second.count &+ third.count) { output in
            ByteCopy.append(first, to: &output)
            ByteCopy.append(second, to: &output)
            ByteCopy.append(third, to: &output)
        }
    }

    /// Appends the UTF-8 of a text.
    @inlinable
    public mutating func append(text: String) {
        append(copying: text.utf8.span)
    }

    /// Appends a decimal number, without allocating.
    @inlinable
    public mutating func append(decimal number: Int) {
        guard number >= 0 else {
            append(0x2D)
            return append(decimal: number == .min ? .max : -number)
        }
        var divisor = 1
        while number / divisor >= 10 { divisor &*= 10 }
        var rest = number
        while divisor > 0 {
            append(0x30 &+ UInt8(truncatingIfNeeded: rest / divisor))
            rest %= divisor
            divisor /= 10
        }
    }
}
