public import HTTPModel

/// A regular expression over bytes whose matching time is at most proportional to the text's length times the expression's size,
/// for any text and expression: it follows all ways at once and never backtracks.
///
/// The syntax is: literals, `.`, classes, `\d \w \s \D \W \S \b \B \t \n \r \xHH`, `^ $` (of the whole text), `(…)`, `(?:…)`,
/// `|`, `* + ? {n} {n,} {n,m}` and their lazy forms, and `(?i)` at the very start (ASCII). A character outside ASCII stands for
/// its UTF-8 bytes. Of several matches the leftmost counts, and among those the one that a backtracking engine would find first.
public struct LinearRegex: Sendable {
    let program: RegexProgram
    private var automaton: RegexAutomaton?
    /// The number of capturing groups; those from 10 on only group.
    public let groups: Int

    /// Whether there is a table, for which the expression has to be small enough.
    var hasTable: Bool { automaton != nil }

    /// - Parameters:
    ///   - anchored: whether the whole text has to match.
    ///   - makesTable: whether to make a table, with which searches are quick. It is most of the work, and not needed for an
    ///     expression that is only checked, or searched for by a `RegexSet`.
    /// - Throws: a `RegexError` for anything outside the syntax above, by name, and for an expression that compiles to more than
    ///   10,000 steps.
    public init(_ pattern: String, anchored: Bool = false, makesTable: Bool = true) throws(RegexError) {
        var parser = RegexParser(pattern)
        program = try RegexProgram(parser.parse(), anchored: anchored)
        automaton = makesTable ? RegexAutomaton(program) : nil
        groups = parser.groups
    }

    /// The same expression with a table, if it is small enough for one.
    func withTable() -> LinearRegex {
        guard !hasTable else { return self }
        var tabled = self
        tabled.automaton = RegexAutomaton(program)
        return tabled
    }

    /// Whether there is a match somewhere in the text (or of it, when anchored). May allocate its working memory.
    public func matches(_ text: Span<UInt8>) -> Bool {
        var scratch = RegexScratch()
        return matches(text, scratch: &scratch)
    }

    /// Whether there is a match somewhere in the text (or of it, when anchored).
    public func matches(_ text: Span<UInt8>, scratch: inout RegexScratch) -> Bool {
        if let automaton { return automaton.matches(text) }
        return simulate(text, scratch: &scratch)
    }

    /// Follows all ways at once, instruction by instruction.
    func simulate(_ text: Span<UInt8>, scratch: inout RegexScratch) -> Bool {
        scratch.prepare(for: program)
        var index = 0
        while true {
            if scratch.reached.isEmpty, let first = program.firstBytes, !program.startsAtBeginning {
                while index < text.count, !first.contains(text[index]) { index &+= 1 }
                if index == text.count { return false }
            }
            scratch.generation &+= 1
            scratch.live.removeAll(keepingCapacity: true)
            if index == 0 || !program.startsAtBeginning { scratch.reached.append(0) }
            for start in scratch.reached where follow(start, in: text, at: index, scratch: &scratch) { return true }
            if scratch.live.isEmpty, program.startsAtBeginning { return false }
            guard index < text.count else { return false }
            scratch.reached.removeAll(keepingCapacity: true)
            for pc in scratch.live where program.takes(text[index], at: pc) { scratch.reached.append(pc &+ 1) }
            index &+= 1
        }
    }

    /// Replaces every match and appends the result to `output`. Returns false, and appends nothing, when nothing matched or
    /// the result would be longer than `limit` bytes.
    public func replaceAll(
        in text: Span<UInt8>, with replacement: Replacement, into output: inout [UInt8], scratch: inout RegexScratch,
        limit: Int = Fields.capacityLimit
    ) -> Bool {
        guard matches(text, scratch: &scratch) else { return false }
        let before = output.count
        var copied = 0
        var search = RegexSearch(program, in: text, scratch: &scratch)
        while let match = search.next(in: text, scratch: &scratch) {
            output.append(copying: text.extracting(copied..<match.lowerBound))
            replacement.append(text, scratch.slots, to: &output)
            copied = match.upperBound
            guard output.count &- before <= limit else {
                output.removeLast(output.count &- before)
                return false
            }
        }
        output.append(copying: text.extracting(copied..<text.count))
        return true
    }

    /// Collects in `live` the instructions that are reached without taking a byte and wait for one. Returns true at a match.
    private func follow(_ start: Int, in text: Span<UInt8>, at index: Int, scratch: inout RegexScratch) -> Bool {
        scratch.pending.append(start)
        while let pc = scratch.pending.popLast() {
            guard scratch.visit(pc) else { continue }
            switch program.code[pc] {
            case .byte, .set: scratch.live.append(pc)
            case .match: return true
            case .jump(let target): scratch.pending.append(target)
            case .split(let first, let second):
                scratch.pending.append(second)
                scratch.pending.append(first)
            case .save: scratch.pending.append(pc &+ 1)
            case .assert(let assertion):
                if assertion.holds(in: text, at: index) { scratch.pending.append(pc &+ 1) }
            }
        }
        return false
    }
}
