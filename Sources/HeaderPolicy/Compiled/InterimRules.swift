import HTTPModel

/// The rules that apply to a 100 or 103 of an app. These pass otherwise untouched, but nothing may reach the client early that
/// `remove` and `cors` would have removed from the final response.
enum InterimRules {
    /// Compiles the rules that remove fields, except those whose conditions can be decided only by the final response.
    static func compile(_ rules: [Rule], names: inout FieldNames) -> CompiledRules {
        // Errors in the rules have been reported already.
        var compiler = RuleCompiler(scope: .request)
        return compiler.compile(rules.compactMap { excerpt($0) }, names: &names)
    }

    private static func excerpt(_ rule: Rule) -> Rule? {
        var rule = rule
        rule.earlyHints = nil
        guard let action = rule.action.interim else { return nil }
        rule.action = action
        guard var condition = rule.condition else { return rule }
        condition.tests = condition.conjuncts
        // The source is known here, because only the app sends interim responses.
        for case .any(.source, let values) in condition.tests {
            guard values.contains(where: { $0.value == "upstream" }) else { return nil }
        }
        condition[.source] = []
        guard !condition.tests.isEmpty else {
            rule.condition = nil
            return rule
        }
        rule.condition = condition
        return condition.needsResponse ? nil : rule
    }
}
