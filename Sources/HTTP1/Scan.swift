import HTTPModel

/// How many bytes at the beginning are harmless, counted eight at a step.
extension Span<UInt8> {
    /// Those before the first byte that may not stand in a field value; all where there is none.
    @inline(__always)
    func countOfValue() -> Int {
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

    /// Those before the first byte that may not stand in a request target; all where there is none.
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

    /// Those before the first colon or byte that is not printable ASCII; all where there is none. They may have bytes among
    /// them that are not token characters.
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

    /// Those before the first byte that may not stand in a token; all where there is none.
    func countOfToken() -> Int {
        var index = 0
        while index < count, Octet.isToken(self[index]) { index &+= 1 }
        return index
    }
}
