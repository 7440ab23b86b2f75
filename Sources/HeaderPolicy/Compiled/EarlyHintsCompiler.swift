import HTTPModel

/// The rules for the links that are sent ahead of the response, for each kind of client.
struct EarlyHints: ~Copyable, Sendable {
    /// The rules for HTTP/2 clients.
    let all: CompiledRules
    /// The rules for HTTP/1.1 clients: only those with `early_hints: always`.
    let always: CompiledRules
    /// The id of `Sec-Fetch-Mode`.
    let fetchMode: FieldID

    /// - Parameters:
    ///   - rules: the response rules of a policy.
    ///   - errors: receives the errors in their early hints.
    init(_ rules: [Rule], names: inout FieldNames, errors: inout [PolicyError]) {
        guard rules.contains(where: { $0.earlyHints != nil }) else {
            all = CompiledRules()
            always = CompiledRules()
            fetchMode = .unknown
            return
        }
        fetchMode = names.intern("Sec-Fetch-Mode")
        let before = errors.count
        for rule in rules where rule.earlyHints != nil { errors += Self.check(rule) }
        let isGood = errors.count == before
        all = Self.compile(isGood ? Self.excerpt(rules) { _ in true } : [], &names)
        always = Self.compile(isGood ? Self.excerpt(rules) { $0 == .always } : [], &names)
    }

    /// Ignores errors in the other rules, which have been reported already.
    private static func compile(_ rules: [Rule], _ names: inout FieldNames) -> CompiledRules {
        var compiler = RuleCompiler(scope: .request)
        return compiler.compile(rules, names: &names)
    }

    /// Returns the rules with hints, and those that remove such lines or end the stage, as far as that can be known without a
    /// response. A line that the final response will not have is not hinted.
    private static func excerpt(_ rules: [Rule], of isWanted: (Rule.EarlyHints) -> Bool) -> [Rule] {
        guard rules.contains(where: { $0.earlyHints.map(isWanted) ?? false }) else { return [] }
        return rules.compactMap { rule in
            if let hints = rule.earlyHints, isWanted(hints) { return rule }
            guard rule.presence == nil, rule.condition?.needsResponse != true else { return nil }
            if rule.action is Stop { return rule }
            guard let taken = rule.action.effects.first(where: { $0.takesAway && Self.covers($0.name.value) }) else { return nil }
            var rule = rule
            rule.action = RemoveFields([taken.name])
            return rule
        }
    }

    private static func covers(_ name: String) -> Bool {
        name.hasSuffix("*") ? "link".hasPrefix(name.dropLast().lowercased()) : name.lowercased() == "link"
    }

    private static func check(_ rule: Rule) -> [PolicyError] {
        guard let writing = rule.action as? any FieldWriting, !(writing is MergeFields) else {
            return [PolicyError("`early_hints` goes with `set` or `add` of Link", at: rule.location)]
        }
        var errors = writing.fields.compactMap { Self.check($0) }
        if rule.presence != nil {
            errors.append(
                PolicyError(
                    "early hints go before the app has answered, so `if` has nothing to ask about", at: rule.location,
                    suggestion: "leave out `if` or `early_hints`"))
        }
        if rule.condition?.needsResponse == true {
            errors.append(
                PolicyError(
                    "early hints go before the app has answered, so `when` cannot ask about the response", at: rule.location,
                    suggestion: "leave out `early_hints`, or ask about the request alone"))
        }
        return errors
    }

    private static func check(_ field: FieldValue) -> PolicyError? {
        guard field.name.value.lowercased() == "link" else {
            return PolicyError("early hints are links: \"\(field.name.value)\" cannot be one", at: field.name.location)
        }
        let value = field.value
        var names = FieldNames.standard
        guard (try? Template(value, scope: .response, names: &names)) != nil else { return nil }
        guard (try? Template(value, scope: .request, names: &names)) != nil else {
            return PolicyError(
                "early hints go before the app has answered, so their links cannot speak of the response", at: value.location)
        }
        guard let links = LinkValue.list(value.value) else {
            return PolicyError(
                "\"\(value.value)\" is not a list of links", at: value.location,
                suggestion: "write \"</app.css>; rel=preload; as=style\"")
        }
        for link in links {
            let relations = (link["rel"] ?? "").lowercased().split(separator: " ")
            guard !relations.isEmpty, relations.allSatisfy({ $0 == "preload" || $0 == "preconnect" }) else {
                return PolicyError(
                    "browsers take only `rel=preload` and `rel=preconnect` from early hints", at: value.location,
                    suggestion: "put other links into a rule of their own, without `early_hints`")
            }
            guard !relations.contains("preload") || link["as"]?.isEmpty == false else {
                return PolicyError(
                    "browsers ignore a preload that does not say what it loads", at: value.location,
                    suggestion: "add `; as=style`, `as=script`, `as=font; crossorigin` or `as=image`")
            }
        }
        return nil
    }
}

extension CompiledPolicy {
    static func misplacedHints(_ requestRules: [Rule]) -> [PolicyError] {
        requestRules.filter { $0.earlyHints != nil }.map { rule in
            PolicyError(
                "early hints are links of a response", at: rule.location, suggestion: "move the rule to `response_headers`")
        }
    }
}
