extension [UInt8] {
    /// Appends bytes, each of those that `isEscaped` tells as `%` and two digits in capitals (RFC 3986 §2.1).
    @inlinable
    public mutating func append(percentEncoding bytes: Span<UInt8>, where isEscaped: (UInt8) -> Bool) {
        for index in bytes.indices {
            let byte = bytes[index]
            guard isEscaped(byte) else {
                append(byte)
                continue
            }
            append(0x25)
            append(hexDigit: byte >> 4)
            append(hexDigit: byte & 15)
        }
    }

    @inlinable
    public mutating func append(hexDigit value: UInt8) {
        append(value < 10 ? 0x30 &+ value : 0x37 &+ value)
    }

    /// The bytes with percent-escapes decoded once; nil if one is broken.
    public init?(percentDecoding bytes: Span<UInt8>) {
        self.init()
        reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == 0x25 else {
                append(bytes[index])
                index += 1
                continue
            }
            guard index + 2 < bytes.count, let high = Octet.hexValue(bytes[index + 1]), let low = Octet.hexValue(bytes[index + 2])
            else { return nil }
            append(high << 4 | low)
            index += 3
        }
    }
}

extension String {
    /// The text in which each of the bytes that `isEscaped` tells is percent-encoded.
    public func percentEncoded(where isEscaped: (UInt8) -> Bool) -> String {
        var bytes: [UInt8] = []
        bytes.append(percentEncoding: utf8.span, where: isEscaped)
        return String(decoding: bytes, as: UTF8.self)
    }
}
