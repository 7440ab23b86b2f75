/// What one run of a stage did: every rule in order with its effect, or why it had none, and who made each line of the result.
public struct StageTrace: Sendable {
    /// Who made a line what it is.
    public enum Maker: Sendable, Hashable {
        /// It came with the message.
        case message
        /// The rule of that number, counted from 0 in the list of rules that ran.
        case rule(Int)
    }

    public struct Line: Sendable, Hashable {
        public var name: String
        public var value: String
        public var maker: Maker

        public init(name: String, value: String, maker: Maker) {
            self.name = name
            self.value = value
            self.maker = maker
        }
    }

    /// One difference that a rule made. Of a line that it wrote anew with the same text, too: from then on it is the rule's.
    public enum Change: Sendable, Hashable {
        case added(Line)
        case removed(Line)
        /// The lines on the left gave way to the one on the right.
        case replaced([Line], Line)
        /// The line moved to the end, as it was.
        case moved(Line)
    }

    public enum Outcome: Sendable {
        case applied
        /// A test of its `when:` does not hold.
        case unmet(UnmetTest)
        /// It ran and had nothing to do; `Step.notes` say why.
        case withoutEffect
        /// `stop: true`: the rules behind it do not run.
        case stopped
        /// The rule of that number has ended the stage.
        case notReached(stoppedBy: Int)
    }

    public struct Step: Sendable {
        /// The rule's number, counted from 0.
        public var rule: Int
        public var outcome: Outcome
        public var changes: [Change] = []
        /// Why fields that the rule names stayed as they were; sentences without a full stop.
        public var notes: [String] = []
    }

    public var before: [Line]
    public var after: [Line]
    /// One for each rule.
    public var steps: [Step]

    /// The last rule that removed or replaced a line of this name, where none is left; nil otherwise.
    public func remover(of name: String) -> Int? {
        let wanted = name.lowercased()
        guard !after.contains(where: { $0.name.lowercased() == wanted }) else { return nil }
        return steps.last { step in
            step.changes.contains { change in
                switch change {
                case .removed(let line): line.name.lowercased() == wanted
                case .replaced(let lines, _): lines.contains { $0.name.lowercased() == wanted }
                case .added, .moved: false
                }
            }
        }?.rule
    }
}

/// The test of a `when:` that does not hold for a message.
public struct UnmetTest: Sendable {
    /// A condition with this test alone.
    public var test: Condition
    /// What the message has there, in a few words: `the status is 200`.
    public var found: String

    public init(test: Condition, found: String) {
        self.test = test
        self.found = found
    }
}
