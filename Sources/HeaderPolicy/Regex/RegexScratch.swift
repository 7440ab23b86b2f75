/// The working memory of regular expressions. One serves any number of them, one at a time; once it has grown to the
/// largest, nothing more is allocated.
package struct RegexScratch: Sendable {
    /// Instructions that were looked at since the scratch was made: what tests of linear time count.
    var steps = 0
    /// `seen[pc] == generation`: the instruction was visited at this place of the text.
    var seen: [Int] = []
    var generation = 0
    var pending: [Int] = []
    /// Instructions that wait for a byte, and those behind them that took it.
    var live: [Int] = []
    var reached: [Int] = []
    /// Where the groups of the last match begin and end; -1 where a group took no part.
    var slots: [Int] = Array(repeating: -1, count: RegexProgram.rememberedGroups * 2)
    /// Slots to restore when a way turns out to be none: the slot and its former value, by twos.
    var undo: [Int] = []
    /// See `RegexSearch`: a row of bits for each place of one block of the text, and the first row of every block.
    var rows: [UInt64] = []
    var blocks: [UInt64] = []

    package init() {}

    mutating func prepare(for program: RegexProgram) {
        if seen.count < program.code.count {
            seen = Array(repeating: 0, count: program.code.count)
        }
        pending.removeAll(keepingCapacity: true)
        live.removeAll(keepingCapacity: true)
        reached.removeAll(keepingCapacity: true)
    }

    /// True the first time in a generation.
    mutating func visit(_ pc: Int) -> Bool {
        steps &+= 1
        guard seen[pc] != generation else { return false }
        seen[pc] = generation
        return true
    }
}
