/// The directives that nginx runs before it chooses who answers: `set`, `if`, `return`, `rewrite` and `break`, from top to
/// bottom.
struct NginxFlow {
    /// A `return` or `rewrite`, and the condition for reaching it.
    struct Step {
        var when: NginxCondition
        var directive: NginxDirective
        /// The `if` around it; nil when there is none.
        var condition: NginxDirective?
    }

    /// The other contents of an `if`, which replace those of the surrounding block when it holds.
    struct Variant {
        var ways: [NginxCondition]
        var others: [NginxCondition]
        var condition: NginxDirective
        /// Whether it ends with a `return`.
        var answers: Bool
    }

    private(set) var steps: [Step] = []
    private(set) var variants: [Variant] = []
    private(set) var memory: NginxMemory
    /// Whether every request is answered by it.
    private(set) var isAnswered = false
    private var reach: [NginxCondition] = [.always]

    static let wayLimit = 64
    static let directives: Set = ["set", "if", "return", "rewrite", "break"]

    init(_ content: [NginxDirective], _ memory: NginxMemory) {
        self.memory = memory
        for directive in content where !isAnswered && !reach.isEmpty {
            switch directive.name {
            case "set": set(directive, where: [.always], others: [])
            case "if": choose(directive)
            case "return":
                answer(directive, reach, nil)
                isAnswered = reach.contains(.always)
                reach = []
            case "rewrite":
                answer(directive, reach, nil)
                // Requests whose prefix is taken off go on to the app, past what follows.
                guard let prefix = NginxTranslator.strippedPrefix(directive) else { continue }
                let inside = NginxTest(subject: .path("regex:^\(NginxExpression.escaped(prefix))/"))
                reach = Self.crossed(reach, [NginxCondition(inside.negated)])
            case "break": reach = []
            default: break
            }
        }
    }

    private mutating func set(_ directive: NginxDirective, where ways: [NginxCondition], others: [NginxCondition]) {
        guard directive[0].hasPrefix("$") else { return }
        memory.set(String(directive[0].dropFirst()), directive[1], where: ways, others: others)
    }

    private mutating func answer(_ directive: NginxDirective, _ ways: [NginxCondition], _ condition: NginxDirective?) {
        for way in ways { steps.append(Step(when: way, directive: directive, condition: condition)) }
    }

    private mutating func choose(_ condition: NginxDirective) {
        let question = NginxQuestion(condition, memory)
        let ways = question.ways.filter(\.isTrue).map(\.when)
        let others = question.ways.filter { !$0.isTrue }.map(\.when)
        let reached = Self.crossed(reach, ways)
        let content = condition.block ?? []
        for directive in content {
            switch directive.name {
            case "set": set(directive, where: ways, others: others)
            case "return", "rewrite": answer(directive, reached, condition)
            case "break":
                reach = Self.crossed(reach, others)
                // With a reach that is too wide, later steps keep out too many requests.
                if reach.count > Self.wayLimit { reach = [.always] }
            default: break
            }
        }
        guard content.contains(where: { !Self.directives.contains($0.name) }) else { return }
        let answers = content.contains { $0.name == "return" }
        variants.append(Variant(ways: reached, others: others, condition: condition, answers: answers))
    }

    static func crossed(_ some: [NginxCondition], _ others: [NginxCondition]) -> [NginxCondition] {
        some.flatMap { one in others.compactMap { one.and($0) } }
    }
}
