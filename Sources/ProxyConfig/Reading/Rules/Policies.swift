import HeaderPolicy

/// `policies:` — lists of rules by name, read when they are first used.
struct Policies {
    fileprivate var definitions: [String: Node.Entry] = [:]
    /// The rules by scope, for requests and for responses, because a preset has different rules for each.
    fileprivate var rules: [Template.Scope: [String: [Rule]]] = [:]
    /// The policies that are being read, each used by the one before it.
    fileprivate var open: [String] = []
    fileprivate var used: Set<String> = []
    /// The number of rules that all uses have brought in.
    fileprivate var usedRules = 0
    /// The largest number of these, since each use has its own.
    fileprivate static let usedRuleLimit = 500_000
    /// Whether there are more, which has been reported.
    var isOverLimit: Bool { usedRules > Self.usedRuleLimit }

    /// The maximal depth of policies that use one another.
    static let depthLimit = 32
}

extension Reading {
    /// Notes the definitions, so that the order of keys in the file does not matter.
    func policies(_ node: Node) {
        switch node.content {
        case .table(let entries):
            for entry in entries {
                // A list named so is a policy.
                if entry.key == RuleListKey.shadow.rawValue, case .scalar = entry.value.content {
                    error("unknown key `shadow`", at: entry.keyPlace, help: RuleListKey.shadowHelp)
                } else {
                    policies.definitions[entry.key] = entry
                }
            }
        case .scalar where node.isMissing: break
        case .invalid: break
        case .scalar, .list:
            error(
                "`policies` is a mapping of names to lists of rules, not \(node.kind)", at: node.place,
                help: "write `policies: { hardening: [ … ] }`")
        }
    }

    /// `use: name` — the rules of that policy.
    func policy(_ name: Located<String>, _ place: Place, _ scope: Template.Scope) -> [Rule] {
        guard let entry = policies.definitions[name.value] else {
            let names = policies.definitions.keys.sorted()
            let parts = name.value.split { $0 == "," || $0 == " " }.map(String.init)
            let isList = parts.count > 1 && parts.allSatisfy(names.contains)
            error(
                "there is no policy `\(name.value.abbreviated)`", at: place,
                help: isList
                    ? "write [\(parts.joined(separator: ", "))]"
                    : closest(to: name.value, among: names).map { "did you mean `\($0)`?" }
                        ?? (names.isEmpty ? "define it under `policies`" : "known here: \(names.joined(separator: ", "))"))
            return []
        }
        policies.used.insert(name.value)
        guard !policies.isOverLimit else { return [] }
        let rules = rules(of: entry, place, scope)
        policies.usedRules += rules.count
        guard policies.isOverLimit else { return rules }
        error("the policies of this file stand for more than \(Policies.usedRuleLimit) rules", at: place)
        return []
    }

    private func rules(of entry: Node.Entry, _ place: Place, _ scope: Template.Scope) -> [Rule] {
        let name = entry.key
        if let rules = policies.rules[scope]?[name] { return rules }
        if let start = policies.open.firstIndex(of: name) {
            let circle = (policies.open[start...] + [name]).joined(separator: " → ")
            error("the policy `\(name)` uses itself: \(circle)", at: place)
            return []
        }
        guard policies.open.count < Policies.depthLimit else {
            error("policies use one another more than \(Policies.depthLimit) deep", at: place)
            return []
        }
        policies.open.append(name)
        let rules = rules(entry.value, for: "the policy `\(name)`", scope).map { rule in
            var rule = rule
            if rule.origin == .configuration { rule.origin = .policy(name) }
            return rule
        }
        policies.open.removeLast()
        policies.rules[scope, default: [:]][name] = rules
        return rules
    }

    /// Reads unused policies as well, for their errors.
    func checkUnusedPolicies() {
        let unused = policies.definitions.values.filter { !policies.used.contains($0.key) }.sorted { $0.keyPlace < $1.keyPlace }
        for entry in unused { _ = policy(Located(entry.key, at: location(entry.keyPlace)), entry.keyPlace, .response) }
        guard !hasErrors else { return }
        for entry in unused {
            warning(
                "the policy `\(entry.key.abbreviated)` is not used", at: entry.keyPlace,
                help: "write `- use: \(entry.key.abbreviated)`", code: .unusedPolicy)
        }
    }
}
