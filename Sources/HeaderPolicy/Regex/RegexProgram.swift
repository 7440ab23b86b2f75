/// A regular expression as instructions for a machine that tries all ways at once. Each instruction is followed by the next one
/// unless it says otherwise.
struct RegexProgram: Sendable {
    enum Instruction: Sendable {
        case byte(UInt8)
        case set(Int)
        /// Two ways to continue; the first one is preferred.
        case split(Int, Int)
        case jump(Int)
        /// Stores the current place: group `n` begins in slot `2n` and ends in `2n + 1`.
        case save(Int)
        case assert(RegexAssertion)
        case match
    }

    /// The largest number of instructions; longer expressions are refused.
    static let limit = 10_000
    /// The number of groups whose places are stored, the whole match (0) included; further groups only group.
    static let rememberedGroups = 10

    private(set) var code: [Instruction] = []
    private(set) var sets: [ByteSet] = []
    /// The instructions that lead to instruction `n` are `sources[sourceStarts[n]..<sourceStarts[n + 1]]`.
    private(set) var sources: [Int] = []
    private(set) var sourceStarts: [Int] = []
    /// Whether every way begins with `^`.
    private(set) var startsAtBeginning = true
    /// The bytes that a match can begin with; nil when it can be empty.
    private(set) var firstBytes: ByteSet?

    init(_ node: RegexNode, anchored: Bool) throws(RegexError) {
        if anchored { try emit(.assert(.start)) }
        try compile(node)
        if anchored { try emit(.assert(.end)) }
        try emit(.match)
        linkSources()
        findBeginnings()
    }

    /// Whether `\b` or `\B` is among the instructions.
    var looksAtWords: Bool {
        code.contains {
            switch $0 {
            case .assert(.wordBoundary), .assert(.notWordBoundary): true
            default: false
            }
        }
    }

    /// Whether the instruction takes the byte; false for instructions that take none.
    func takes(_ byte: UInt8, at pc: Int) -> Bool {
        switch code[pc] {
        case .byte(let wanted): wanted == byte
        case .set(let index): sets[index].contains(byte)
        default: false
        }
    }

    private mutating func emit(_ instruction: Instruction) throws(RegexError) {
        guard code.count < Self.limit else {
            throw RegexError(
                "the expression is too large: counted repeats are written out, and \(Self.limit) steps are the limit", at: 0)
        }
        code.append(instruction)
    }

    private mutating func compile(_ node: RegexNode) throws(RegexError) {
        switch node {
        case .bytes(let set):
            if let byte = set.single { return try emit(.byte(byte)) }
            if sets.last != set { sets.append(set) }
            try emit(.set(sets.count - 1))
        case .sequence(let nodes):
            for node in nodes { try compile(node) }
        case .alternatives(let branches):
            try compile(alternatives: branches)
        case .repeated(let body, let least, let most, let greedy):
            try compile(body, least: least, most: most, greedy: greedy)
        case .group(let index, let body):
            guard index < Self.rememberedGroups else { return try compile(body) }
            try emit(.save(index * 2))
            try compile(body)
            try emit(.save(index * 2 + 1))
        case .assertion(let assertion):
            try emit(.assert(assertion))
        }
    }

    private mutating func compile(alternatives branches: [RegexNode]) throws(RegexError) {
        var exits: [Int] = []
        for (index, branch) in branches.enumerated() {
            guard index < branches.count - 1 else {
                try compile(branch)
                break
            }
            let fork = code.count
            try emit(.split(fork + 1, fork + 1))
            try compile(branch)
            exits.append(code.count)
            try emit(.jump(0))
            code[fork] = .split(fork + 1, code.count)
        }
        for exit in exits { code[exit] = .jump(code.count) }
    }

    private mutating func compile(_ body: RegexNode, least: Int, most: Int?, greedy: Bool) throws(RegexError) {
        let start = code.count
        // `x{3,}` is compiled as `xx` and `x+`.
        for _ in 0..<(most == nil ? max(least - 1, 0) : least) {
            try compile(body)
            if code.count == start { return }  // an empty body: no number of copies adds anything
        }
        guard let most else { return try compileLoop(body, least: min(least, 1), greedy: greedy) }
        var forks: [Int] = []
        for _ in least..<max(least, most) {
            forks.append(code.count)
            try emit(.jump(0))
            let inside = code.count
            try compile(body)
            if code.count == inside { break }
        }
        for fork in forks { code[fork] = way(fork + 1, code.count, greedy) }
    }

    /// Compiles `x*` or `x+`.
    private mutating func compileLoop(_ body: RegexNode, least: Int, greedy: Bool) throws(RegexError) {
        let start = code.count
        if least == 0 { try emit(.jump(0)) }
        let inside = code.count
        try compile(body)
        try emit(.jump(0))
        code[code.count - 1] = way(inside, code.count, greedy)
        if least == 0 { code[start] = way(inside, code.count, greedy) }
    }

    private func way(_ inside: Int, _ outside: Int, _ greedy: Bool) -> Instruction {
        greedy ? .split(inside, outside) : .split(outside, inside)
    }

    private mutating func linkSources() {
        var edges: [(from: Int, to: Int)] = []
        for (pc, instruction) in code.enumerated() {
            switch instruction {
            case .byte, .set, .save, .assert: edges.append((pc, pc + 1))
            case .jump(let target): edges.append((pc, target))
            case .split(let first, let second):
                edges.append((pc, first))
                if second != first { edges.append((pc, second)) }
            case .match: break
            }
        }
        edges.sort { ($0.to, $0.from) < ($1.to, $1.from) }
        sources = edges.map(\.from)
        sourceStarts = Array(repeating: 0, count: code.count + 1)
        for edge in edges { sourceStarts[edge.to + 1] += 1 }
        for pc in 0..<code.count { sourceStarts[pc + 1] += sourceStarts[pc] }
    }

    private mutating func findBeginnings() {
        var first = ByteSet()
        var canBeEmpty = false
        for isPastStart in [true, false] {
            var seen = Set<Int>()
            var pending = [0]
            while let pc = pending.popLast() {
                guard seen.insert(pc).inserted else { continue }
                switch code[pc] {
                case .byte(let byte): first.insert(byte...byte)
                case .set(let index): first.formUnion(sets[index])
                case .match: canBeEmpty = true
                case .jump(let target): pending.append(target)
                case .split(let one, let other): pending += [one, other]
                case .assert(.start) where isPastStart: continue
                case .save, .assert: pending.append(pc + 1)
                }
            }
            if isPastStart { startsAtBeginning = first.isEmpty && !canBeEmpty }
        }
        firstBytes = canBeEmpty ? nil : first
    }
}
