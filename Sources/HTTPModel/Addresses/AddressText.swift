extension IPAddress {
    /// The address as people and `X-Forwarded-For` write it: `192.0.2.1`, or the canonical form of RFC 5952 §4, without brackets.
    public var text: [UInt8] { isV4 ? ipv4Text : ipv6Text }

    /// The canonical form in which no IPv4 stands within an address of IPv6, as browsers write it.
    public var ipv6Text: [UInt8] {
        let words = (0..<8).map { index in
            UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4)))
        }
        let gap = Self.longestGap(words)
        let texts = words.map { String($0, radix: 16) }
        guard gap.count > 1 else { return Array(texts.joined(separator: ":").utf8) }
        let (left, right) = (texts[..<gap.lowerBound], texts[gap.upperBound...])
        return Array("\(left.joined(separator: ":"))::\(right.joined(separator: ":"))".utf8)
    }

    private var ipv4Text: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(15)
        for shift: UInt64 in [24, 16, 8, 0] {
            text.append(decimal: Int(low >> shift & 0xFF))
            if shift > 0 { text.append(0x2E) }
        }
        return text
    }

    /// Returns the first of the longest runs of zeros.
    private static func longestGap(_ words: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in words.indices {
            if words[index] != 0 { start = index + 1 } else if index + 1 - start > longest.count { longest = start..<index + 1 }
        }
        return longest
    }
}
