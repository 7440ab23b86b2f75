import HTTPModel

/// Counts harmless bytes at the start, eight at a time.
extension Span<UInt8> {
    /// The number of bytes before the first one that a request target may not have; all if there is none.
    @inline(__always)
    func countOfTarget() -> Int {
        var rest = extracting(0..<count)
        while rest.count >= 8 {
            let word = rest.firstWord
            let flags = Word.below(0x21, word) | Word.equal(0x7F, word) | (word & Word.tops)
            if flags != 0 { return count &- rest.count &+ flags.trailingZeroBitCount >> 3 }
            rest = rest.extracting(droppingFirst: 8)
        }
        while !rest.isEmpty, Octet.isTarget(rest[0]) { rest = rest.extracting(droppingFirst: 1) }
        return count &- rest.count
    }

    /// The number of bytes before the first colon or byte that is not printable ASCII; all if there is none. Some of them may not
    /// be token characters.
    @inline(__always)
    func countOfName() -> Int {
        var rest = extracting(0..<count)
        while rest.count >= 8 {
            let word = rest.firstWord
            let flags = Word.below(0x21, word) | Word.equal(0x3A, word) | Word.equal(0x7F, word) | (word & Word.tops)
            if flags != 0 { return count &- rest.count &+ flags.trailingZeroBitCount >> 3 }
            rest = rest.extracting(droppingFirst: 8)
        }
        while !rest.isEmpty, Octet.isTarget(rest[0]), rest[0] != 0x3A { rest = rest.extracting(droppingFirst: 1) }
        return count &- rest.count
    }

    /// The length of the token at the start: the number of bytes before the first one that a token may not have.
    func countOfToken() -> Int {
        var index = 0
        while index < count, Octet.isToken(self[index]) { index &+= 1 }
        return index
    }
}
