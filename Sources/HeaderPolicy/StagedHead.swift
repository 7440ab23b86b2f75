package import HTTPModel

/// The head of a final response that has passed the response stage (promise 1). Only the stage makes one, and a downstream writes
/// nothing else as a final head.
package struct StagedHead: ~Copyable, Sendable {
    package let head: ResponseHead

    init(_ head: consuming ResponseHead) { self.head = head }

    /// Gives the head back when it has been written: its storage serves the next response.
    package consuming func takeHead() -> ResponseHead { head }
}

extension CompiledPolicy {
    /// Applies the response rules, once, to a final response, which nothing changes any more.
    ///
    /// - Parameter head: is left empty.
    package func stage(
        _ head: inout ResponseHead, facts: borrowing ExchangeFacts, scratch: inout StageScratch
    ) -> StagedHead {
        applyToResponse(&head, facts: facts, scratch: &scratch)
        return StagedHead(taking: &head)
    }
}

extension TracedPolicy {
    /// A response to which the rules have been applied, with what was written into it of them.
    package func seal(_ head: inout ResponseHead) -> StagedHead { StagedHead(taking: &head) }
}

extension StagedHead {
    fileprivate init(taking head: inout ResponseHead) {
        var taken = ResponseHead()
        swap(&taken, &head)
        self.init(taken)
    }
}
