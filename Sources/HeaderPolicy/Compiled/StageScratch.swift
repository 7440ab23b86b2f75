/// The working memory of the header stage: one for each event loop. Once it has grown, the stage allocates nothing.
public struct StageScratch: Sendable {
    /// Fields that were not written because a placeholder brought a byte that no value may have (promise 9). Only grows.
    public var droppedFields = 0

    /// How often rules had something to do, their conditions held; see `CompiledPolicy.countedRules`. Empty counts nothing.
    public var hits: [Int] = []

    /// A value being made.
    var value: [UInt8] = []
    var list = ListLine()
    /// What is left of each list of rules that is being walked; see `PathIndex`.
    var cursors: [Range<Int>] = []
    var regex = RegexScratch()

    /// - Parameter slots: how many counts of rules there are.
    public init(slots: Int = 0) { hits = Array(repeating: 0, count: slots) }
}
