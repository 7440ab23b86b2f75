/// Walks the members of a comma-separated list (RFC 9110 §5.6.1). Commas in quoted strings do not separate; empty members
/// are skipped; a quote that is never closed is a character like any other, so that it hides no member behind it. The same walk
/// serves the parameters of a member, between semicolons.
public struct ListMembers: Sendable {
    private let separator: UInt8
    private var index = 0
    /// An open quote was found: those behind it open nothing either, and are not searched for their ends again.
    private var hasOpenQuote = false

    public init(separator: UInt8 = 0x2C) { self.separator = separator }

    /// The range of the next member, without blanks around it.
    public mutating func next(in list: Span<UInt8>) -> Range<Int>? {
        var end = index
        while end < list.count {
            let start = end
            while end < list.count, list[end] != separator {
                end = list[end] == 0x22 ? endOfString(in: list, from: end) : end &+ 1
            }
            let member = list.trimmingBlanks(start..<end)
            end &+= 1
            if !member.isEmpty {
                index = end
                return member
            }
        }
        index = end
        return nil
    }

    /// The place behind a quoted string; behind its quote if it never ends.
    private mutating func endOfString(in list: Span<UInt8>, from quote: Int) -> Int {
        guard !hasOpenQuote else { return quote &+ 1 }
        var index = quote &+ 1
        while index < list.count {
            if list[index] == 0x22 { return index &+ 1 }
            index &+= list[index] == 0x5C ? 2 : 1
        }
        hasOpenQuote = true
        return quote &+ 1
    }
}
