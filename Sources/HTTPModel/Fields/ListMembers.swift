/// Iterates over the members of a comma-separated list (RFC 9110 §5.6.1). Commas in quoted strings do not separate, and empty
/// members are skipped. A quote that is never closed counts as an ordinary character, so that it hides no later member. The same
/// iteration serves a member's parameters, which semicolons separate.
public struct ListMembers: Sendable {
    private let separator: UInt8
    private var index = 0
    /// Whether an open quote was found. Later quotes then open no string either, and their ends are not searched for again.
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

    /// The index after a quoted string, or after its quote if the string never ends.
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
