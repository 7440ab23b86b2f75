public import HTTPModel

/// The rules of one listener and route, each compiled by itself, so that a run can tell what each of them did.
///
/// Compiler and applying code are the same as in `CompiledPolicy`, and the result is the same line for line; only the shortcuts
/// that join neighbouring rules are left out. It is made when a trace is asked for, so that other policies pay nothing for it.
public final class TracedPolicy: Sendable {
    /// The rules in the order in which they run.
    public let requestRules: [Rule]
    public let responseRules: [Rule]
    private let request: [TracedRule]
    private let response: [TracedRule]
    private let standing: StandingDependence
    /// The same as if no rule were in shadow.
    private let trialStanding: StandingDependence

    /// - Parameters:
    ///   - names: the table of the configuration, which already has every name of the rules.
    ///   - dependence: the same as for `CompiledPolicy`.
    ///   - policy: the same rules in the form that is run untraced; a run of this one counts in the same places. Nil: it counts
    ///     nothing.
    public init(
        requestRules: [Rule], responseRules: [Rule], names: FieldNames, dependence: Dependence = Dependence(),
        countingAs policy: CompiledPolicy? = nil
    ) throws(PolicyErrors) {
        self.requestRules = requestRules
        self.responseRules = responseRules
        var names = names
        var errors: [PolicyError] = []
        let requestSlots = policy?.requestRules.slots(of: requestRules)
        let responseSlots = policy?.responseRules.slots(of: responseRules)
        request = requestRules.enumerated().map {
            TracedRule($1, .request, dependence, &names, &errors, slot: requestSlots?[$0])
        }
        response = responseRules.enumerated().map {
            TracedRule($1, .response, dependence, &names, &errors, slot: responseSlots?[$0])
        }
        standing = StandingDependence(requestRules.enforced, dependence, names: &names)
        trialStanding = StandingDependence(requestRules, dependence, names: &names)
        guard errors.isEmpty else { throw PolicyErrors(errors) }
    }

    /// Does the same as `CompiledPolicy.applyToRequest`, and returns a trace.
    ///
    /// - Parameter isTrial: does what the policy's `trial` does: rules in shadow act like all others.
    public func applyToRequest(
        _ fields: inout Fields, facts: borrowing ExchangeFacts, scratch: inout StageScratch, isTrial: Bool = false
    ) -> StageTrace {
        Self.run(request, isTrial, on: &fields, TracedLines(fields), status: nil, facts, &scratch)
    }

    /// Does the same as `CompiledPolicy.applyToResponse`, and returns a trace.
    public func applyToResponse(
        _ head: inout ResponseHead, facts: borrowing ExchangeFacts, scratch: inout StageScratch, isTrial: Bool = false
    ) -> StageTrace {
        let isGuarded = response.contains { isTrial || !$0.source.isShadow }
        var lines = TracedLines(head.fields)
        (isTrial ? trialStanding : standing).apply(to: &head, isGuarded: isGuarded, facts, &scratch)
        lines.update(head.fields, by: .dependence)
        return Self.run(response, isTrial, on: &head.fields, lines, status: head.status, facts, &scratch)
    }

    private static func run(
        _ rules: [TracedRule], _ isTrial: Bool, on fields: inout Fields, _ found: TracedLines, status: Status?,
        _ facts: borrowing ExchangeFacts, _ scratch: inout StageScratch
    ) -> StageTrace {
        let lastActing = rules.lastIndex { isTrial || !$0.source.isShadow }
        var lines = found
        var trace = StageTrace(before: lines.all, after: [], steps: [])
        var run = CompiledRules.Run(status: status, hasAliases: false)
        if status != nil, lastActing != nil { run.guardVary(of: fields, facts, &scratch) }
        // The last rule whose effect depends on fields of the request; a `cors` rule names them itself.
        var asker: Int?
        var end: Int?
        var counted: Int?
        for (number, rule) in rules.enumerated() {
            var step = StageTrace.Step(rule: number, outcome: .applied)
            guard isTrial || !rule.source.isShadow else {
                step.outcome = .inShadow
                trace.steps.append(step)
                continue
            }
            let asked = scratch.varied.count
            if end == nil { rule.applyDependence(&fields, &run, facts, &scratch) }
            if let end {
                step.outcome = .notReached(stoppedBy: end)
            } else if let unmet = rule.unmetTest(fields, run, facts, &scratch) {
                step.outcome = .unmet(unmet)
            } else {
                run.hasAliases = rule.rules.value.writesAliases || fields.hasAliases
                let dropped = scratch.droppedFields
                let before = FoundLines(rule.source.action, in: lines)
                run.isHit = false
                let goesOn = rule.apply(to: &fields, &run, facts, &scratch)
                // Neighbouring rules that always apply share one count, which counts a run only once.
                if run.isHit, !isTrial, let slot = rule.slot, slot != counted {
                    counted = slot
                    if slot < scratch.hits.count { scratch.hits[slot] &+= 1 }
                }
                step.changes = lines.update(fields, by: .rule(number), isInPlace: rule.source.action.changesInPlace)
                let sight = RuleSight(
                    presence: rule.source.presence, before: before, after: lines, isDropped: scratch.droppedFields > dropped)
                step.notes = rule.source.action.notes(sight, facts)
                if !goesOn {
                    step.outcome = .stopped
                    end = number
                } else if step.changes.isEmpty {
                    step.outcome = .withoutEffect
                }
            }
            if scratch.varied.count > asked, asker == nil || !rule.isCORS { asker = number }
            trace.steps.append(step)
        }
        if !scratch.varied.isEmpty {
            fields.varyAsAsked(&scratch)
            let maker = asker.map(StageTrace.Maker.rule) ?? .dependence
            let changes = lines.update(fields, by: maker)
            if !changes.isEmpty { trace.closing = StageTrace.Closing(maker: maker, changes: changes) }
        }
        trace.after = lines.all
        return trace
    }
}

/// One rule, with the tests of its condition compiled separately.
struct TracedRule: Sendable {
    let source: Rule
    let rules: Shared<CompiledRules>
    /// The index of the rule's count in `StageScratch.hits`; nil when it is not counted.
    let slot: Int?
    private let tests: [(test: ConditionTest, compiled: Shared<CompiledCondition>)]

    init(
        _ rule: Rule, _ scope: Template.Scope, _ dependence: Dependence, _ names: inout FieldNames,
        _ errors: inout [PolicyError], slot: Int?
    ) {
        source = rule
        self.slot = slot
        var compiler = RuleCompiler(scope: scope, dependence: dependence)
        rules = Shared(compiler.compile([rule], names: &names))
        errors += compiler.errors
        var tests: [(ConditionTest, Shared<CompiledCondition>)] = []
        for test in rule.condition?.ordered ?? [] {
            var compiler = ConditionCompiler(scope: scope)
            tests.append((test, Shared(compiler.compile(Condition(location: rule.location, [test]), names: &names))))
            errors += compiler.errors
        }
        self.tests = tests
    }

    var isCORS: Bool { source.action is CORSPolicy }

    /// Returns the first test of the condition that does not hold; nil when all do.
    func unmetTest(
        _ fields: borrowing Fields, _ run: CompiledRules.Run, _ facts: borrowing ExchangeFacts, _ scratch: inout StageScratch
    ) -> UnmetTest? {
        guard !tests.isEmpty else { return nil }
        let message = CompiledCondition.Message(
            status: run.status ?? 0, source: facts.source, asksOfPreflight: isCORS && facts.isPreflightRequest)
        for (test, compiled) in tests {
            let holds =
                run.status == nil
                ? compiled.value.holds(message, request: fields, response: fields, facts: facts, scratch: &scratch.regex)
                : compiled.value.holds(
                    message, request: facts.request.fields, response: fields, facts: facts, scratch: &scratch.regex)
            if !holds {
                return UnmetTest(test: test, found: test.found(fields, run.status, message, facts))
            }
        }
        return nil
    }

    /// Asks for the names that `Vary` needs because fields of the request decide whether the rule applies.
    func applyDependence(
        _ fields: inout Fields, _ run: inout CompiledRules.Run, _ facts: borrowing ExchangeFacts, _ scratch: inout StageScratch
    ) {
        guard rules.value.rules.count > 1, let first = rules.value.rules.first, let status = run.status,
            rules.value.holds(first, fields, status, facts.source, facts, &scratch)
        else { return }
        for place in first.operations { _ = rules.value.apply(Int(place), to: &fields, &run, facts, &scratch) }
    }

    /// Runs the operations; false ends the stage.
    func apply(
        to fields: inout Fields, _ run: inout CompiledRules.Run, _ facts: borrowing ExchangeFacts, _ scratch: inout StageScratch
    ) -> Bool {
        guard let rule = rules.value.rules.last else { return true }
        for place in rule.operations {
            guard rules.value.apply(Int(place), to: &fields, &run, facts, &scratch) else { return false }
        }
        return true
    }
}

extension CompiledRules {
    /// Returns where each of the rules that these were made of is counted; nil for those in shadow, which are not.
    fileprivate func slots(of rules: [HeaderPolicy.Rule]) -> [Int?] {
        var slots = labels.enumerated().flatMap { Array(repeating: firstSlot &+ $0, count: $1.count) }[...]
        return rules.map { $0.isShadow ? nil : slots.popFirst() }
    }
}
