import HTTPModel

/// Many regular expressions that are looked for in one text: together where that is possible, so that a hundred cost one pass.
///
/// Expressions share a table as long as it stays small (see `RegexSetAutomaton`): those of plain text nearly always do; those with
/// `.*` inside multiply its states, so that fewer go into one.
struct RegexSet: Sendable {
    private var automata: [RegexSetAutomaton] = []
    /// Those that no table takes.
    private var alone: [(number: Int, regex: LinearRegex)] = []

    /// Instructions of the expressions that are tried together first.
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

    /// Puts them into one table or, where that would be too large, each half into its own.
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

    /// How many passes over a text it takes.
    var passes: Int { automata.count + alone.count }

    /// Names each expression that has a match in the text, perhaps more than once.
    func visit(_ text: Span<UInt8>, _ body: (Int) -> Void) {
        for place in automata.indices { automata[place].visit(text, body) }
        for place in alone.indices where alone[place].regex.matches(text) { body(alone[place].number) }
    }
}
