import HTTPModel

/// A walk over the pairs of a `Cookie` (RFC 6265 §4.2.1).
struct CookiePairs {
    private var position = 0

    /// Returns where the next pair is, without the blanks around it; it may be empty. Nil at the end.
    mutating func next(in text: Span<UInt8>) -> Range<Int>? {
        guard position < text.count else { return nil }
        var end = position
        while end < text.count, text[end] != 0x3B { end &+= 1 }
        let pair = text.trimmingBlanks(position..<end)
        position = end &+ 1
        return pair
    }
}
