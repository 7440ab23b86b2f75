/// Iterates over the members of a comma-separated list (RFC 9110 §5.6.1). Commas in quoted strings do not separate, and empty
/// members are skipped. A quote that is never closed counts as an ordinary character, so that it hides no later member. The same
/// iteration serves a member's parameters, which semicolons separate.
public struct ListMembers: Sendable {
    private let separator: UInt8
    private var index = 0
    /// Whether an open quote was found. Later quotes then open no string either, and their ends are not searched for again.
    private var hasOpenQuote = false
    /// Whether a member may begin with a URL in angle brackets, in which nothing separates.
    private var hasTargets: Bool

    public init(separator: UInt8 = 0x2C, hasTargets: Bool = false) {
        self.separator = separator
        self.hasTargets = hasTargets
    }

    /// The range of the next member, without blanks around it.
    public mutating func next(in list: Span<UInt8>) -> Range<Int>? {
        var end = index
        while end < list.count {
            let start = end
            if hasTargets { end = endOfTarget(in: list, from: end) }
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

    /// The index after the URL that a member begins with; where it begins with none, or with one that never ends, its start.
    private mutating func endOfTarget(in list: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < list.count, Octet.isBlank(list[index]) { index &+= 1 }
        guard index < list.count, list[index] == 0x3C else { return start }
        while index < list.count, list[index] != 0x3E { index &+= 1 }
        if index < list.count { return index }
        // If this URL never ends, no later one does either.
        hasTargets = false
        return start
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
