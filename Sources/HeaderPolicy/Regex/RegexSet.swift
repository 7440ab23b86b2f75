import HTTPModel

/// Several regular expressions that are searched for in one text, together if possible, so that a hundred cost one pass.
///
/// Expressions share a table as long as it stays small (see `RegexSetAutomaton`). Plain texts nearly always do; expressions with
/// `.*` inside multiply its states, so that fewer go into one.
struct RegexSet: Sendable {
    private var automata: [RegexSetAutomaton] = []
    /// The expressions that fit into no table.
    private var alone: [Numbered] = []

    private typealias Numbered = (number: Int, regex: LinearRegex)

    init(_ regexes: [LinearRegex]) {
        let all: [Numbered] = regexes.enumerated().map { (number: $0.offset, regex: $0.element) }
        let able = all.filter { RegexAutomaton.mayServe($0.regex.program) }
        alone = all.filter { !RegexAutomaton.mayServe($0.regex.program) }
        // Those that may match anywhere are looked for in every state, so that they do not go with the others.
        for group in [able.filter { $0.regex.program.startsAtBeginning }, able.filter { !$0.regex.program.startsAtBeginning }] {
            for chunk in Self.chunks(of: group[...], .large) where !share(chunk, .large) {
                for part in Self.chunks(of: chunk, .small) { join(part) }
            }
        }
    }

    /// Cuts a list into pieces of at most as many instructions as are tried together, or of one expression.
    private static func chunks(of regexes: ArraySlice<Numbered>, _ size: RegexSetAutomaton.Size) -> [ArraySlice<Numbered>] {
        var chunks: [ArraySlice<Numbered>] = []
        var (start, count) = (regexes.startIndex, 0)
        for place in regexes.indices {
            count += regexes[place].regex.program.code.count
            guard count > size.instructions, place > start else { continue }
            chunks.append(regexes[start..<place])
            (start, count) = (place, regexes[place].regex.program.code.count)
        }
        return chunks + (start < regexes.endIndex ? [regexes[start...]] : [])
    }

    /// Puts the expressions into one small table. If that would be too large, those that are too large by themselves are left
    /// out, and each half of the others goes into its own.
    private mutating func join(_ regexes: ArraySlice<Numbered>) {
        guard !share(regexes, .small) else { return }
        let tabled = regexes.map { (number: $0.number, regex: $0.regex.withTable()) }
        alone += tabled.filter { !$0.regex.hasTable }
        halve(tabled.filter { $0.regex.hasTable }[...])
    }

    private mutating func halve(_ regexes: ArraySlice<Numbered>) {
        guard regexes.count > 1 else { return alone += regexes }
        let middle = regexes.startIndex + regexes.count / 2
        for half in [regexes[..<middle], regexes[middle...]] where !share(half, .small) { halve(half) }
    }

    /// Returns false if a table of all of them would be too large.
    private mutating func share(_ regexes: ArraySlice<Numbered>, _ size: RegexSetAutomaton.Size) -> Bool {
        guard let automaton = RegexSetAutomaton(Array(regexes), size) else { return false }
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
