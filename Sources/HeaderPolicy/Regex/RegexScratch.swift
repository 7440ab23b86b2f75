/// The working memory of regular expressions. One scratch serves any number of them, one at a time; once it has grown to the
/// largest, nothing more is allocated.
public struct RegexScratch: Sendable {
    /// The number of instructions that were looked at since the scratch was made, which tests of linear time check.
    var steps = 0
    /// `seen[pc] == generation` when the instruction was visited at this place of the text.
    var seen: [Int] = []
    var generation = 0
    var pending: [Int] = []
    /// The instructions that wait for a byte, and the ones that follow those that took it.
    var live: [Int] = []
    var reached: [Int] = []
    /// The begins and ends of the groups of the last match; -1 for a group that took no part.
    var slots: [Int] = Array(repeating: -1, count: RegexProgram.rememberedGroups * 2)
    /// The slots to restore when a way leads to no match, in pairs of a slot and its former value.
    var undo: [Int] = []
    /// The rows of `RegexSearch`: bits for each place of one block of the text, and the first row of every block.
    var rows: [UInt64] = []
    var blocks: [UInt64] = []

    public init() {}

    mutating func prepare(for program: RegexProgram) {
        if seen.count < program.code.count {
            seen = Array(repeating: 0, count: program.code.count)
        }
        pending.removeAll(keepingCapacity: true)
        live.removeAll(keepingCapacity: true)
        reached.removeAll(keepingCapacity: true)
    }

    /// Marks the instruction as visited; true the first time in a generation.
    mutating func visit(_ pc: Int) -> Bool {
        steps &+= 1
        guard seen[pc] != generation else { return false }
        seen[pc] = generation
        return true
    }
}
