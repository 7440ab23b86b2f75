public import HTTPModel

/// The trace of one run of a stage: every rule in order with its effect, or why it had none, and the maker of each line of the
/// result.
public struct StageTrace: Sendable {
    /// The origin of a line's present form.
    public enum Maker: Sendable, Hashable {
        /// The line came with the message.
        case message
        /// The proxy named in `Vary` what no rule asks: what routes, `debug` and `trusted_proxies` look at.
        case dependence
        /// The rule with this number, counted from 0 in the list of rules that ran.
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

        /// The line without its maker.
        public var field: FieldText { FieldText(name, value) }

        /// Whether this is the name of the line, in any case.
        public func isNamed(_ name: String) -> Bool { self.name.utf8.span.equalsIgnoringCase(name.utf8.span) }
    }

    /// One difference that a rule made. A line that the rule wrote again with the same text counts, too: from then on it is the
    /// rule's.
    public enum Change: Sendable, Hashable {
        case added(Line)
        case removed(Line)
        /// The lines on the left were replaced by the one on the right.
        case replaced([Line], Line)
        /// The line moved to the end, unchanged.
        case moved(Line)
    }

    public enum Outcome: Sendable {
        case applied
        /// A test of the rule's `when:` does not hold.
        case unmet(UnmetTest)
        /// The rule ran and had nothing to do; `Step.notes` say why.
        case withoutEffect
        /// The rule is `stop: true`, and the rules after it do not run.
        case stopped
        /// The rule with this number has ended the stage.
        case notReached(stoppedBy: Int)
        /// The rule is in shadow, and did nothing; `shadowSteps` say what it would do.
        case inShadow
    }

    public struct Step: Sendable {
        /// The rule's number, counted from 0.
        public var rule: Int
        public var outcome: Outcome
        public var changes: [Change] = []
        /// The reasons why fields that the rule names stayed as they were; sentences without a full stop.
        public var notes: [String] = []
    }

    /// After all rules, `Vary` gets the names that caches have to regard and that it lacks by then.
    public struct Closing: Sendable {
        /// The last rule that looks at the request; `dependence` where none does, and rules have taken away what the proxy had
        /// written.
        public var maker: Maker
        public var changes: [Change]
    }

    public var before: [Line]
    public var after: [Line]
    /// The steps, one for each rule.
    public var steps: [Step]
    /// What was done after all rules; nil when nothing was.
    public var closing: Closing?
    /// What the rules in shadow would do if none were: a step for each of them, of a run that was not sent.
    public var shadowSteps: [Step] = []

    /// All changes of the message, in order, each with its maker.
    public var changes: [(maker: Maker, change: Change)] {
        steps.flatMap { step in step.changes.map { (.rule(step.rule), $0) } }
            + (closing.map { closing in closing.changes.map { (closing.maker, $0) } } ?? [])
    }

    /// Whether the rule changed something, be it only `Vary` in the end.
    public func isChanging(_ step: Step) -> Bool { !step.changes.isEmpty || closing?.maker == .rule(step.rule) }

    /// Returns the steps of the rules in shadow in a run in which they acted like all others, each with what it asked for in the
    /// end.
    public func stepsInShadow(of rules: [Rule]) -> [Step] {
        steps.filter { rules[$0.rule].isShadow }.map { step in
            var step = step
            if let closing, closing.maker == .rule(step.rule) { step.changes += closing.changes }
            return step
        }
    }

    /// Returns the last rule that removed or replaced a line of this name; nil when none did or a line is left.
    public func remover(of name: String) -> Int? {
        guard !after.contains(where: { $0.isNamed(name) }) else { return nil }
        return steps.last { step in
            step.changes.contains { change in
                switch change {
                case .removed(let line): line.isNamed(name)
                case .replaced(let lines, _): lines.contains { $0.isNamed(name) }
                case .added, .moved: false
                }
            }
        }?.rule
    }
}

/// The test of a `when:` that does not hold for a message.
public struct UnmetTest: Sendable {
    public var test: ConditionTest
    /// The value that the message has there, in a few words: `the status is 200`.
    public var found: String

    public init(test: ConditionTest, found: String) {
        self.test = test
        self.found = found
    }
}
