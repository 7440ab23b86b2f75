import HTTPModel

/// The working memory of the header stage: one for each event loop. Once it has grown, the stage allocates nothing.
public struct StageScratch: Sendable {
    /// The number of fields that were not written because a placeholder had a byte that no value may have (promise 9). It only
    /// grows.
    public var droppedFields = 0

    /// How often each rule had something to do with its conditions met; see `CompiledPolicy.countedRules`. When empty, nothing is
    /// counted.
    public var hits: [Int] = []

    /// The value that is being made.
    var value: [UInt8] = []
    /// The request fields on which the response depends, as a list; they are named in `Vary` at the end of the stage.
    var varied: [UInt8] = []
    var list = ListLine()
    /// The remainder of each list of rules that is being walked; see `PathIndex`.
    var cursors: [Range<Int>] = []
    var regex = RegexScratch()

    /// - Parameter slots: the number of rule counts.
    public init(slots: Int = 0) { hits = Array(repeating: 0, count: slots) }

    /// Asks for members of `Vary`, which are added at the end of the stage.
    mutating func vary(by names: Span<UInt8>) {
        if !varied.isEmpty { varied.append(text: ", ") }
        varied.append(copying: names)
    }
}
