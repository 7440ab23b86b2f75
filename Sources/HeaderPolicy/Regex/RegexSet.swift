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
        let regexes = regexes.enumerated().map { (number: $0.offset, regex: $0.element) }
        var chunk = regexes[..<0]
        var size = 0
        for (number, regex) in regexes {
            if size + regex.program.code.count > Self.chunk, !chunk.isEmpty {
                join(chunk)
                (chunk, size) = (regexes[number..<number], 0)
            }
            size += regex.program.code.count
            chunk = regexes[chunk.startIndex...number]
        }
        join(chunk)
    }

    private typealias Numbered = (number: Int, regex: LinearRegex)

    /// Puts the expressions into one table. If that would be too large, those that are too large by themselves are left out, and
    /// each half of the others goes into its own.
    private mutating func join(_ regexes: ArraySlice<Numbered>) {
        guard !share(regexes) else { return }
        let tabled = regexes.map { (number: $0.number, regex: $0.regex.withTable()) }
        alone += tabled.filter { !$0.regex.hasTable }
        halve(tabled.filter { $0.regex.hasTable }[...])
    }

    private mutating func halve(_ regexes: ArraySlice<Numbered>) {
        guard regexes.count > 1 else { return alone += regexes }
        let middle = regexes.startIndex + regexes.count / 2
        for half in [regexes[..<middle], regexes[middle...]] where !share(half) { halve(half) }
    }

    /// Returns false if no table is small enough.
    private mutating func share(_ regexes: ArraySlice<Numbered>) -> Bool {
        if regexes.isEmpty { return true }
        guard let automaton = RegexSetAutomaton(Array(regexes)) else { return false }
        automata.append(automaton)
        return true
    }

    /// The number of passes over a text that a search takes.
    var passes: Int { automata.count + alone.count }

    /// Calls `body` with the number of each expression that has a match in the text, possibly more than once.
    func visit(_ text: Span<UInt8>, _ body: (Int) -> Void) {
        for place in automata.indices { automata[place].visit(text, body) }
        for place in alone.indices where alone[place].regex.matches(text) { body(alone[place].number) }
    }
}
