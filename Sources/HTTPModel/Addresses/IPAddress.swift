/// An IP address as 128 bits. IPv4 is mapped into IPv6 (`::ffff:a.b.c.d`), so that one comparison serves both.
public struct IPAddress: Sendable, Hashable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public init(v4: UInt32) {
        self.init(high: 0, low: 0x0000_FFFF_0000_0000 | UInt64(v4))
    }

    public static let unspecified = IPAddress(high: 0, low: 0)

    public var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Whether the address is in 127.0.0.0/8, or `::1`.
    public var isLoopback: Bool { isV4 ? low >> 24 & 0xFF == 127 : high == 0 && low == 1 }

    /// Parses `192.0.2.1`, `2001:db8::1` or `[2001:db8::1]`; nil for anything else, including ports and zone IDs.
    public init?(_ text: Span<UInt8>) {
        let isBracketed = text.count >= 2 && text[0] == 0x5B && text[text.count - 1] == 0x5D
        let body = text.extracting(isBracketed ? 1..<text.count - 1 : 0..<text.count)
        if !isBracketed, let v4 = Self.parseV4(body) {
            self.init(v4: v4)
        } else if let words = Self.parseV6(body) {
            self.init(high: Self.pack(words[0..<4]), low: Self.pack(words[4..<8]))
        } else {
            return nil
        }
    }

    private static func pack(_ words: ArraySlice<UInt16>) -> UInt64 {
        words.reduce(0) { $0 << 16 | UInt64($1) }
    }

    /// Parses four decimal numbers without leading zeros, because an octal reading elsewhere would give another address.
    private static func parseV4(_ text: Span<UInt8>) -> UInt32? {
        var result: UInt32 = 0
        var parts = 0
        var index = 0
        while parts < 4 {
            var number: UInt32 = 0
            let start = index
            while index < text.count, Octet.isDigit(text[index]), index - start < 3 {
                number = number * 10 + UInt32(text[index] - 0x30)
                index += 1
            }
            guard index > start, number <= 255, index - start == 1 || text[start] != 0x30 else { return nil }
            result = result << 8 | number
            parts += 1
            if parts < 4 {
                guard index < text.count, text[index] == 0x2E else { return nil }
                index += 1
            }
        }
        return index == text.count ? result : nil
    }

    private static func parseV6(_ text: Span<UInt8>) -> [UInt16]? {
        var words: [UInt16] = []
        var gap: Int?
        var index = 0
        if text.count >= 2, text[0] == 0x3A {
            guard text[1] == 0x3A else { return nil }
            gap = 0
            index = 2
        }
        while index < text.count {
            guard words.count < 8 else { return nil }
            var word: UInt32 = 0
            let start = index
            while index < text.count, let digit = Octet.hexValue(text[index]), index - start < 4 {
                word = word << 4 | UInt32(digit)
                index += 1
            }
            if index < text.count, text[index] == 0x2E {
                guard words.count <= 6, let v4 = parseV4(text.extracting(start..<text.count)) else { return nil }
                words.append(UInt16(truncatingIfNeeded: v4 >> 16))
                words.append(UInt16(truncatingIfNeeded: v4))
                index = text.count
                break
            }
            guard index > start else { return nil }
            words.append(UInt16(truncatingIfNeeded: word))
            guard index < text.count else { break }
            guard text[index] == 0x3A, index + 1 < text.count else { return nil }
            index += 1
            if text[index] == 0x3A {
                guard gap == nil else { return nil }
                gap = words.count
                index += 1
            }
        }
        if let gap {
            guard words.count < 8 else { return nil }
            words.insert(contentsOf: Array(repeating: 0, count: 8 - words.count), at: gap)
        }
        return words.count == 8 ? words : nil
    }
}

/// A block of addresses: `10.0.0.0/8`, `2001:db8::/32`, or a single address.
public struct CIDR: Sendable, Hashable {
    public let base: IPAddress
    /// The prefix length, 0 to 128, for the mapped form.
    public let prefix: Int

    /// The peers of Unix sockets, which have no address.
    public static let unixPeers = CIDR(base: .unspecified, prefix: 128)

    private init(base: IPAddress, prefix: Int) {
        self.base = base
        self.prefix = prefix
    }

    /// Nil when the text is not an address with an optional prefix length that fits it.
    public init?(_ text: Span<UInt8>) {
        var slash = 0
        while slash < text.count, text[slash] != 0x2F { slash += 1 }
        guard let address = IPAddress(text.extracting(0..<slash)) else { return nil }
        var prefix = 128
        if slash < text.count {
            let digits = text.extracting((slash + 1)..<text.count)
            guard !digits.isEmpty, digits.count <= 3 else { return nil }
            prefix = 0
            for index in digits.indices {
                guard Octet.isDigit(digits[index]) else { return nil }
                prefix = prefix * 10 + Int(digits[index] - 0x30)
            }
            guard prefix <= (address.isV4 ? 32 : 128) else { return nil }
            if address.isV4 { prefix += 96 }
        }
        self.prefix = prefix
        base = IPAddress(high: address.high & Self.mask(prefix), low: address.low & Self.mask(prefix - 64))
    }

    public func contains(_ address: IPAddress) -> Bool {
        address.high & Self.mask(prefix) == base.high && address.low & Self.mask(prefix - 64) == base.low
    }

    /// The private blocks: RFC 1918, RFC 4193, loopback and link-local.
    public static let privateNetworks = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "::1", "fc00::/7", "fe80::/10",
    ].compactMap { CIDR($0.utf8.span) }

    private static func mask(_ bits: Int) -> UInt64 {
        bits <= 0 ? 0 : bits >= 64 ? .max : ~(.max >> UInt64(bits))
    }
}
