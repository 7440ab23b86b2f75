import HTTPModel

/// What is left of the rules for 100 and 103 of an app: these pass untouched, and yet nothing gets to the client ahead of the
/// final response that `remove` and `cors` would have taken from it.
enum InterimRules {
    /// The rules that remove, as far as it can be known before there is a response that they do.
    static func compile(_ rules: [Rule], names: inout FieldNames) -> CompiledRules {
        // What is wrong with the rules has been found already.
        var compiler = RuleCompiler(scope: .request)
        return compiler.compile(rules.compactMap { excerpt($0) }, names: &names)
    }

    private static func excerpt(_ rule: Rule) -> Rule? {
        var rule = rule
        rule.earlyHints = nil
        guard let action = rule.action.interim else { return nil }
        rule.action = action
        guard var condition = rule.condition else { return rule }
        // It is the app that speaks.
        let sources = condition[.source]
        guard sources.isEmpty || sources.contains(where: { $0.value == "upstream" }) else { return nil }
        condition[.source] = []
        guard !condition.tests.isEmpty else {
            rule.condition = nil
            return rule
        }
        rule.condition = condition
        return condition.needsResponse ? nil : rule
    }
}
