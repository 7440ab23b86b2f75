import HTTPModel
import ProxyConfig

/// Finds the origins whose pages may read the responses of a place, and act as the user.
extension NginxCORS {
    /// Returns the origins for which these values are sent.
    mutating func allowed(by values: [Value]) -> [String] {
        let each = values.map { ($0, origins($0)) }
        let all = Set(each.flatMap(\.1))
        var allowed: [String] = []
        for (value, own) in each where !own.isEmpty {
            let tests = value.when.tests.filter { !Self.patterns($0).isEmpty }
            // `allow_origins` is a list in which one match is enough and which has no exceptions.
            guard tests.count(where: { !$0.isNegated }) <= 1, all.isSuperset(of: tests.filter(\.isNegated).flatMap(Self.patterns))
            else {
                note(
                    "`allow_origins` cannot leave out some of the origins, as nginx does; list those that it lets in",
                    value.directive, .answer)
                continue
            }
            for origin in own where !allowed.contains(origin) { allowed.append(origin) }
        }
        return allowed.contains("*") ? ["*"] : allowed
    }

    /// Returns the origins that both the answers to preflights and other responses allow, as far as both say something.
    mutating func common(_ others: [String], _ answers: [String], _ directive: NginxDirective) -> [String] {
        if answers.isEmpty || Set(others) == Set(answers) { return others }
        note("for other origins in the answers to preflights; here it is there for those that both name", directive)
        if others == ["*"] { return answers }
        return answers == ["*"] ? others : others.filter(answers.contains)
    }

    /// Returns the origins that a test of `Origin` names.
    private static func patterns(_ test: NginxTest) -> [String] {
        switch test.subject {
        case .request("Origin", .equals(let origins)): origins.filter { !$0.isEmpty }
        case .request("Origin", .matches(let expression)) where expression != NginxTest.anything:
            NginxOriginPattern.pattern(expression)
        default: []
        }
    }

    private mutating func origins(_ value: Value) -> [String] {
        let positive = value.when.tests.filter { !$0.isNegated }.flatMap(Self.patterns)
        if value.text == "${http_origin}" {
            guard positive.isEmpty else { return positive }
            note("it lets every site read the responses, which `*` says too; list the origins instead", value.directive)
            return ["*"]
        }
        guard !value.text.contains("$") else {
            note("which origins it allows cannot be told; write a `cors` rule that lists them", value.directive)
            return []
        }
        // A fixed value serves only the pages of that origin, whoever asks.
        return [value.text]
    }

    mutating func credentials(
        _ allowed: inout [String], _ known: inout [[String]: NginxOriginPattern]
    ) -> String? {
        let granted = (values["access-control-allow-credentials"] ?? []).filter {
            $0.text == "true" && (!$0.isOfPreflight || isForPreflightsAlone || isOfOptions)
        }
        guard let first = granted.first else { return nil }
        guard allowed != ["*"] else {
            note(
                "every browser refuses it together with the origin `*`: list the origins to have it", first.directive, .answer)
            return nil
        }
        let own = granted.flatMap { value in value.when.tests.filter { !$0.isNegated }.flatMap(Self.patterns) }
        let isForAll = granted.contains { value in
            !value.when.tests.contains { if case .request("Origin", _) = $0.subject { true } else { false } }
        }
        guard isForAll || Set(own).isSuperset(of: allowed) else {
            note("for some of the origins only: write a second `cors` rule for these", first.directive, .answer)
            return nil
        }
        let pattern = known[allowed] ?? NginxOriginPattern(allowed)
        known[allowed] = pattern
        guard let foreign = pattern.foreign else { return "  allow_credentials: true" }
        guard let narrow = pattern.narrow else {
            note(
                "\(foreign) may have them too, and is anybody's: they are left out; list the origins to have them",
                first.directive, .answer)
            return nil
        }
        allowed = narrow
        note("nginx let \(foreign) act as the user, which is anybody's; here it is kept out", first.directive)
        return "  allow_credentials: true"
    }
}
