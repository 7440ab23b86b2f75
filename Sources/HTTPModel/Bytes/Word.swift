/// Processing eight bytes at a time, in safe Swift.
///
/// A word is assembled from bounds-checked reads, which the compiler turns into one load.
extension Span<UInt8> {
    /// The first eight bytes as a little-endian number; 0 if there are fewer.
    @inlinable
    @inline(__always)
    public var firstWord: UInt64 {
        guard count >= 8 else { return 0 }
        let low = UInt64(self[0]) | UInt64(self[1]) << 8 | UInt64(self[2]) << 16 | UInt64(self[3]) << 24
        let high = UInt64(self[4]) << 32 | UInt64(self[5]) << 40 | UInt64(self[6]) << 48 | UInt64(self[7]) << 56
        return low | high
    }

    /// The number of bytes before the first one that a field value may not have; all if there is none.
    @inlinable
    @inline(__always)
    public func countOfValue() -> Int {
        var rest = extracting(0..<count)
        while rest.count >= 8 {
            let word = rest.firstWord
            let flags = Word.below(0x20, word) | Word.equal(0x7F, word)
            if flags == 0 {
                rest = rest.extracting(droppingFirst: 8)
                continue
            }
            rest = rest.extracting(droppingFirst: flags.trailingZeroBitCount >> 3)
            guard !rest.isEmpty, rest[0] == 0x09 else { return count &- rest.count }
            rest = rest.extracting(droppingFirst: 1)
        }
        while !rest.isEmpty, Octet.isFieldValue(rest[0]) { rest = rest.extracting(droppingFirst: 1) }
        return count &- rest.count
    }
}

/// Tests of all bytes of a word at once. Each sets the top bit of the bytes that match.
public enum Word {
    @inlinable public static var ones: UInt64 { 0x0101_0101_0101_0101 }
    @inlinable public static var tops: UInt64 { 0x8080_8080_8080_8080 }

    /// Flags bytes below `limit`, which is at most 128. A byte above a correctly flagged one may be flagged wrongly, so only the
    /// lowest flag counts.
    @inlinable
    @inline(__always)
    public static func below(_ limit: UInt64, _ word: UInt64) -> UInt64 {
        (word &- ones &* limit) & ~word & tops
    }

    /// Flags bytes equal to `byte`, as exactly as `below` does.
    @inlinable
    @inline(__always)
    public static func equal(_ byte: UInt64, _ word: UInt64) -> UInt64 {
        below(1, word ^ ones &* byte)
    }

    /// The word with ASCII capitals in lower case; every other byte is unchanged.
    @inlinable
    @inline(__always)
    public static func lowercased(_ word: UInt64) -> UInt64 {
        let low = word & ~tops
        let fromA = low &+ ones &* (0x80 - 0x41)
        let afterZ = low &+ ones &* (0x80 - 0x5B)
        return word | (fromA & ~afterZ & ~word & tops) >> 2
    }
}
