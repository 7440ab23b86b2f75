import HTTPModel

/// Several regular expressions that are searched for in one text, together if possible, so that a hundred cost one pass.
///
/// Expressions share a table as long as it stays small (see `RegexSetAutomaton`). Plain texts nearly always do; expressions with
/// `.*` inside multiply its states, so that fewer go into one.
struct RegexSet: Sendable {
    private var automata: [RegexSetAutomaton] = []
    /// The expressions that fit into no table.
    private var alone: [(number: Int, regex: LinearRegex)] = []

    /// The number of instructions up to which expressions are first tried together.
    private static let chunk = 4_096

    init(_ regexes: [LinearRegex]) {
        var start = 0
        var size = 0
        for (number, regex) in regexes.enumerated() {
            if size + regex.program.code.count > Self.chunk, number > start {
                join(start..<number, of: regexes)
                (start, size) = (number, 0)
            }
            size += regex.program.code.count
        }
        join(start..<regexes.count, of: regexes)
    }

    /// Puts the expressions into one table or, if that would be too large, each half into its own.
    private mutating func join(_ range: Range<Int>, of regexes: [LinearRegex]) {
        guard !range.isEmpty else { return }
        if let automaton = RegexSetAutomaton(range.map { ($0, regexes[$0]) }) {
            automata.append(automaton)
        } else if range.count == 1 {
            alone.append((range.lowerBound, regexes[range.lowerBound]))
        } else {
            let middle = range.lowerBound + range.count / 2
            join(range.lowerBound..<middle, of: regexes)
            join(middle..<range.upperBound, of: regexes)
        }
    }

    /// The number of passes over a text that a search takes.
    var passes: Int { automata.count + alone.count }

    /// Calls `body` with the number of each expression that has a match in the text, possibly more than once.
    func visit(_ text: Span<UInt8>, _ body: (Int) -> Void) {
        for place in automata.indices { automata[place].visit(text, body) }
        for place in alone.indices where alone[place].regex.matches(text) { body(alone[place].number) }
    }
}
