import HTTPModel

/// The table of a regular expression that is small enough for one: a single lookup per byte tells whether there is a match.
///
/// A state is the set of instructions that wait for a byte. The table is made at load and limited, since its size can be
/// exponential in the expression's. Larger expressions, and those with `\b` or `\B`, are simulated instead.
struct RegexAutomaton: Sendable {
    /// The limits for the entries of the table and for the instructions of an expression.
    private static let tableLimit = 16_384
    private static let programLimit = 500

    private static let match: UInt16 = 0
    private static let dead: UInt16 = 1

    /// The class of each byte. Bytes that no instruction tells apart share a class.
    private let classes: [UInt8]
    private let width: Int
    /// The next state, at `state * width + class`.
    private var next: [UInt16] = []
    /// Whether a text that ends in each state matches.
    private var endsInMatch: [Bool] = []
    private let start: UInt16

    /// Whether there is a match somewhere in the text.
    func matches(_ text: Span<UInt8>) -> Bool {
        var state = start
        for index in text.indices {
            if state <= Self.dead { break }
            state = next[Int(state) &* width &+ Int(classes[Int(text[index])])]
        }
        return endsInMatch[Int(state)]
    }

    /// Whether an expression can have a table, unless that becomes too large.
    static func mayServe(_ program: RegexProgram) -> Bool { program.code.count <= programLimit && !program.looksAtWords }

    init?(_ program: RegexProgram) {
        guard Self.mayServe(program) else { return nil }
        let alphabet = RegexAlphabet(Set(program.code.indices.compactMap { program.bytes(at: $0) }))
        classes = alphabet.classes
        width = alphabet.width
        var representatives = [UInt8](repeating: 0, count: width)
        for byte in UInt8.min...UInt8.max { representatives[Int(classes[Int(byte)])] = byte }
        var builder = Builder(program)
        start = builder.state(after: [], isStart: true)
        var state = 0
        while state < builder.states.count {
            guard builder.states.count * width <= Self.tableLimit else { return nil }
            let waiting = builder.states[state]
            for byte in representatives {
                let reached = waiting.filter { program.takes(byte, at: $0) }.map { $0 + 1 }
                next.append(state <= Self.dead ? UInt16(state) : builder.state(after: reached, isStart: false))
            }
            state += 1
        }
        endsInMatch = builder.endsInMatch
    }

    /// Collects the states that were found, each once.
    private struct Builder {
        let program: RegexProgram
        private let looksAtEnd: Bool
        var states: [[Int]] = [[], []]
        var endsInMatch = [true, false]
        private var numbers: [[Int]: UInt16] = [:]

        init(_ program: RegexProgram) {
            self.program = program
            looksAtEnd = program.code.contains { if case .assert(.end) = $0 { true } else { false } }
        }

        /// Returns the state after a byte led to these instructions. A match may begin anew at every place.
        mutating func state(after reached: [Int], isStart: Bool) -> UInt16 {
            let begins = isStart || !program.startsAtBeginning
            let places = reached + (begins ? [0] : [])
            let (waiting, isMatch) = closure(places, isStart: isStart, isEnd: false)
            if isMatch { return RegexAutomaton.match }
            let isMatchAtEnd = looksAtEnd && closure(places, isStart: isStart, isEnd: true).isMatch
            if waiting.isEmpty, !isMatchAtEnd, program.startsAtBeginning { return RegexAutomaton.dead }
            let key = waiting + [isMatchAtEnd ? -1 : -2]
            if let number = numbers[key] { return number }
            let number = UInt16(truncatingIfNeeded: states.count)
            numbers[key] = number
            states.append(waiting)
            endsInMatch.append(isMatchAtEnd)
            return number
        }

        private func closure(_ pcs: [Int], isStart: Bool, isEnd: Bool) -> (waiting: [Int], isMatch: Bool) {
            var isSeen = [Bool](repeating: false, count: program.code.count)
            var pending = pcs
            var waiting: [Int] = []
            var isMatch = false
            while let pc = pending.popLast() {
                guard !isSeen[pc] else { continue }
                isSeen[pc] = true
                switch program.code[pc] {
                case .byte, .set: waiting.append(pc)
                case .match: isMatch = true
                case .jump(let target): pending.append(target)
                case .split(let first, let second): pending += [first, second]
                case .assert(.start) where !isStart: continue
                case .assert(.end) where !isEnd: continue
                case .save, .assert: pending.append(pc + 1)
                }
            }
            return (waiting.sorted(), isMatch)
        }
    }
}
