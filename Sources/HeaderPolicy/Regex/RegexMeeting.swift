/// Finds out whether a text exists that two anchored expressions match, by following both at once.
struct RegexMeeting {
    private struct Pair: Hashable {
        let one: Int
        let other: Int
    }

    private let one: RegexProgram
    private let other: RegexProgram
    private var seen: Set<Pair> = []

    /// The largest number of pairs of instructions. If there are more, a common text is assumed to exist.
    private static let limit = 50_000

    /// Whether there may be such a text. `\b` and `\B` are taken to hold.
    static func isPossible(_ one: RegexProgram, _ other: RegexProgram) -> Bool {
        guard one.code.count * other.code.count <= limit else { return true }
        var meeting = RegexMeeting(one: one, other: other)
        return meeting.finds()
    }

    private init(one: RegexProgram, other: RegexProgram) { (self.one, self.other) = (one, other) }

    private mutating func finds() -> Bool {
        var pending = [Pair(one: 0, other: 0)]
        var isStart = true
        while let pair = pending.popLast() {
            let (first, firstEnds) = Self.closure(of: one, pair.one, isStart: isStart)
            let (second, secondEnds) = Self.closure(of: other, pair.other, isStart: isStart)
            if firstEnds, secondEnds { return true }
            isStart = false
            for left in first {
                guard let bytes = one.bytes(at: left) else { continue }
                for right in second where other.bytes(at: right)?.overlaps(bytes) ?? false {
                    let next = Pair(one: left + 1, other: right + 1)
                    if seen.insert(next).inserted { pending.append(next) }
                }
            }
        }
        return false
    }

    /// The instructions that wait for a byte, and whether the text may end here.
    private static func closure(of program: RegexProgram, _ start: Int, isStart: Bool) -> (waiting: [Int], mayEnd: Bool) {
        var waiting: [Int] = []
        var mayEnd = false
        // A text either goes on here or ends here, and `$` holds only if it ends.
        for isEnd in [false, true] {
            var seen: Set<Int> = []
            var pending = [start]
            while let pc = pending.popLast() {
                guard seen.insert(pc).inserted else { continue }
                switch program.code[pc] {
                case .byte, .set: if !isEnd { waiting.append(pc) }
                case .match: if isEnd { mayEnd = true }
                case .jump(let target): pending.append(target)
                case .split(let first, let second): pending += [first, second]
                case .assert(.start) where !isStart: continue
                case .assert(.end) where !isEnd: continue
                case .save, .assert: pending.append(pc + 1)
                }
            }
        }
        return (waiting, mayEnd)
    }
}
