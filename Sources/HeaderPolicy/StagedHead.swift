public import HTTPModel

/// The head of a final response that has passed the response stage (promise 1). Only the stage makes one, and a downstream writes
/// nothing else as a final head.
public struct StagedHead: ~Copyable, Sendable {
    public private(set) var head: ResponseHead

    init(_ head: consuming ResponseHead) { self.head = head }

    /// Swaps the head, after it has been written, with the given one, so that its storage can serve the next response.
    public consuming func giveBack(to other: inout ResponseHead) { swap(&head, &other) }
}

extension CompiledPolicy {
    /// Applies the response rules, once, to a final response. Nothing changes the response afterwards.
    ///
    /// - Parameter head: the response's head; it is left empty.
    public func stage(
        _ head: inout ResponseHead, facts: borrowing ExchangeFacts, scratch: inout StageScratch
    ) -> StagedHead {
        applyToResponse(&head, facts: facts, scratch: &scratch)
        return StagedHead(taking: &head)
    }
}

extension TracedPolicy {
    /// Seals a response whose rules have already been applied, with a trace of them.
    public func seal(_ head: inout ResponseHead) -> StagedHead { StagedHead(taking: &head) }
}

extension StagedHead {
    fileprivate init(taking head: inout ResponseHead) {
        var taken = ResponseHead()
        swap(&taken, &head)
        self.init(taken)
    }
}
