import HTTPModel

/// The working memory of the header stage: one for each event loop. Once it has grown, the stage allocates nothing.
package struct StageScratch: Sendable {
    /// Fields that were not written because a placeholder brought a byte that no value may have (promise 9). Only grows.
    package var droppedFields = 0

    /// How often rules had something to do, their conditions held; see `CompiledPolicy.countedRules`. Empty counts nothing.
    package var hits: [Int] = []

    /// A value being made.
    var value: [UInt8] = []
    /// Fields of the request on which the response depends, as a list; named in `Vary` at the end of the stage.
    var varied: [UInt8] = []
    var list = ListLine()
    /// What is left of each list of rules that is being walked; see `PathIndex`.
    var cursors: [Range<Int>] = []
    var regex = RegexScratch()

    /// - Parameter slots: how many counts of rules there are.
    package init(slots: Int = 0) { hits = Array(repeating: 0, count: slots) }

    /// Asks for members of `Vary`.
    mutating func vary(by names: Span<UInt8>) {
        if !varied.isEmpty { varied.append(text: ", ") }
        varied.append(copying: names)
    }
}
