import HTTPModel

/// One table for several regular expressions: a single lookup per byte tells which of them have a match.
///
/// A state is the set of instructions that wait for a byte, without those with which a match may begin anywhere. These are in
/// every state, and their successors are computed once for all. So a state costs only what it adds to them, and a table of plain
/// texts is no larger than the texts.
struct RegexSetAutomaton: Sendable {
    /// How much a table may take.
    struct Size {
        /// The number of instructions of the expressions that are tried together.
        let instructions: Int
        /// The largest number of entries of the table.
        let entries: Int
        /// The largest number of steps that making it may take for each instruction. Expressions that multiply one another's
        /// states need many long before their table is full.
        let steps: Int

        static let small = Size(instructions: 4_096, entries: 65_536, steps: 256)
        static let large = Size(instructions: 65_536, entries: 1 << 20, steps: 64)
    }

    private let classes: [UInt8]
    private let width: Int
    /// The next state, at `state * width + class`.
    private let next: [UInt16]
    /// For each state, the range in `numbers` of the expressions with a match that ends there; in `endsAtEnd`, those that have
    /// one if the text ends there.
    private let ends: [Range<Int>]
    private let endsAtEnd: [Range<Int>]
    private let numbers: [Int]
    /// The expressions with a match at the end of every text, such as `x*$`.
    private let always: [Int]
    /// The state after which no match follows.
    private let dead: Int
    private let start: Int

    /// Calls `body` with the number of each expression that has a match in the text, possibly more than once.
    func visit(_ text: Span<UInt8>, _ body: (Int) -> Void) {
        var state = start
        for index in text.indices {
            for place in ends[state] { body(numbers[place]) }
            state = Int(next[state &* width &+ Int(classes[Int(text[index])])])
            if state == dead { return }
        }
        for place in endsAtEnd[state] { body(numbers[place]) }
        for number in always { body(number) }
    }

    /// Fails when the table would be too large.
    ///
    /// - Parameter regexes: expressions that can have a table (`RegexAutomaton.mayServe`).
    init?(_ regexes: [(number: Int, regex: LinearRegex)], _ size: Size) {
        var builder = RegexSetBuilder(regexes)
        guard let table = builder.build(size) else { return nil }
        next = table
        classes = builder.alphabet.classes
        width = builder.alphabet.width
        numbers = builder.numbers
        ends = builder.ends
        endsAtEnd = builder.endsAtEnd
        always = builder.always
        start = builder.start
        dead = builder.dead
    }
}

/// Makes the table of a `RegexSetAutomaton`.
struct RegexSetBuilder {
    private let programs: [RegexProgram]
    /// The number at which the instructions of each expression begin when all are counted consecutively, and the owner of each
    /// instruction.
    private var offsets: [Int] = []
    private var owners: [Int] = []
    private let names: [Int]
    let alphabet: RegexAlphabet
    /// The classes that each instruction takes.
    private var taken: [[Int]] = []
    private(set) var numbers: [Int] = []
    private(set) var ends: [Range<Int>] = []
    private(set) var endsAtEnd: [Range<Int>] = []
    private(set) var start = 0
    private(set) var dead = -1

    /// The result of following instructions without a byte: the ones that wait for a byte, and the expressions with a match that
    /// ends here, or would end here if the text did.
    private struct Closure: Hashable {
        var waiting: [Int] = []
        var ends: [Int] = []
        var endsAtEnd: [Int] = []
    }

    private var states: [Closure: Int] = [:]
    private var pending: [Closure] = []
    private var seen: [Int] = []
    private var generation = 0
    private var steps = 0
    /// The instructions with which a match may begin anywhere.
    private var root = Closure()
    private var isInRoot: [Bool] = []
    /// The expressions with a match at the end of every text.
    var always: [Int] { root.endsAtEnd.map { names[$0] } }

    init(_ regexes: [(number: Int, regex: LinearRegex)]) {
        programs = regexes.map(\.regex.program)
        names = regexes.map(\.number)
        var sets: Set<ByteSet> = []
        for (owner, program) in programs.enumerated() {
            offsets.append(owners.count)
            owners += Array(repeating: owner, count: program.code.count)
            for pc in program.code.indices { if let set = program.bytes(at: pc) { sets.insert(set) } }
        }
        alphabet = RegexAlphabet(sets)
        for program in programs {
            for pc in program.code.indices { taken.append(program.bytes(at: pc).flatMap { alphabet.members[$0] } ?? []) }
        }
        seen = Array(repeating: 0, count: owners.count)
        isInRoot = Array(repeating: false, count: owners.count)
    }

    mutating func build(_ size: RegexSetAutomaton.Size) -> [UInt16]? {
        let width = alphabet.width
        root = closure(of: offsets, isStart: false)
        for pc in root.waiting { isInRoot[pc] = true }
        // The successors of the root's instructions, by class.
        var led: [[Int]] = Array(repeating: [], count: width)
        for pc in root.waiting { for byteClass in taken[pc] { led[byteClass].append(pc + 1) } }
        start = state(closure(of: offsets, isStart: true))
        if root.waiting.isEmpty, root.endsAtEnd.isEmpty { dead = state(Closure()) }
        let ordinary = (0..<width).map { state(closure(of: led[$0], isStart: false)) }
        var next: [UInt16] = []
        var number = 0
        while number < pending.count {
            guard pending.count <= min(size.entries / width, Int(UInt16.max)), steps <= size.steps * owners.count else {
                return nil
            }
            var row = ordinary
            var reached: [Int: [Int]] = [:]
            for pc in pending[number].waiting {
                for byteClass in taken[pc] { reached[byteClass, default: []].append(pc + 1) }
                steps += taken[pc].count
            }
            for (byteClass, targets) in reached {
                row[byteClass] = state(closure(of: led[byteClass] + targets, isStart: false))
            }
            next += row.map { UInt16(truncatingIfNeeded: $0) }
            number += 1
        }
        return next
    }

    /// Returns the number of a state, adding it if it is new.
    private mutating func state(_ closure: Closure) -> Int {
        var closure = closure
        closure.waiting.removeAll { isInRoot[$0] }
        if let known = states[closure] { return known }
        let number = pending.count
        states[closure] = number
        pending.append(closure)
        ends.append(store(closure.ends))
        endsAtEnd.append(store(closure.endsAtEnd))
        return number
    }

    private mutating func store(_ owners: [Int]) -> Range<Int> {
        let first = numbers.count
        for owner in Set(owners) { numbers.append(names[owner]) }
        return first..<numbers.count
    }

    private mutating func closure(of reached: [Int], isStart: Bool) -> Closure {
        var closure = Closure()
        for isEnd in [false, true] {
            generation += 1
            var open = reached
            while let pc = open.popLast() {
                steps += 1
                guard seen[pc] != generation else { continue }
                seen[pc] = generation
                let owner = owners[pc]
                let offset = offsets[owner]
                switch programs[owner].code[pc - offset] {
                case .byte, .set: if !isEnd { closure.waiting.append(pc) }
                case .match: if isEnd { closure.endsAtEnd.append(owner) } else { closure.ends.append(owner) }
                case .jump(let target): open.append(offset + target)
                case .split(let first, let second):
                    open.append(offset + first)
                    open.append(offset + second)
                case .assert(.start) where !isStart: continue
                case .assert(.end) where !isEnd: continue
                case .save, .assert: open.append(pc + 1)
                }
            }
        }
        closure.waiting.sort()
        closure.ends.sort()
        closure.endsAtEnd.sort()
        return closure
    }
}

extension RegexProgram {
    /// Returns the bytes that an instruction takes; nil for instructions that take none.
    func bytes(at pc: Int) -> ByteSet? {
        switch code[pc] {
        case .byte(let byte): ByteSet(byte...byte)
        case .set(let index): sets[index]
        default: nil
        }
    }
}
