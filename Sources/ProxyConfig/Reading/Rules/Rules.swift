import HeaderPolicy

extension Reading {
    /// The largest number of rules after policies and presets are expanded, because policies that use others twice double with
    /// each level.
    static let ruleLimit = 10_000

    /// `request_headers:`, `response_headers:` or a policy: a list of rules.
    func rules(_ node: Node, for what: String, _ scope: Template.Scope) -> [Rule] {
        if case .table(let entries) = node.content, entries.contains(where: { RuleListKey(rawValue: $0.key.lowercased()) != nil })
        {
            return ruleList(node, for: what, scope)
        }
        var rules: [Rule] = []
        for item in items(node, for: what) {
            rules += self.rules(of: item, scope)
            guard rules.count <= Self.ruleLimit else {
                error("\(what) has more than \(Self.ruleLimit) rules", at: item.place)
                return []
            }
        }
        return rules
    }

    /// `{ rules: [ … ], shadow: true }`
    private func ruleList(_ node: Node, for what: String, _ scope: Template.Scope) -> [Rule] {
        guard let table = Table<RuleListKey>(node, self, for: what) else { return [] }
        guard let list = table[.rules] else {
            if !table.hasUnknownKeys {
                error("\(what) has no `rules`", at: node.place, help: "write `{ shadow: true, rules: [ … ] }`")
            }
            return []
        }
        var rules: [Rule] = []
        if case .table = list.content {
            error("`rules` is a list, not \(list.kind)", at: list.place, help: "begin each entry with `- `")
        } else {
            rules = self.rules(list, for: "`rules`", scope)
        }
        if shadow(table[.shadow]) { for index in rules.indices { rules[index].isShadow = true } }
        return rules
    }

    /// `shadow:`
    private func shadow(_ node: Node?) -> Bool { node.flatMap { bool($0, for: "`shadow`") }?.value ?? false }

    /// The same within `cors` and `cookies`, which are mappings of their own.
    private func shadow(of action: RuleKey, _ value: Node) -> Bool {
        guard action == .cors || action == .cookies, case .table(let entries) = value.content else { return false }
        return shadow(entries.first { $0.key == RuleKey.shadow.rawValue }?.value)
    }

    /// Returns the rules of one entry: a rule, or those of a policy or preset.
    private func rules(of node: Node, _ scope: Template.Scope) -> [Rule] {
        if case .scalar(let scalar) = node.content, !node.isMissing {
            if scalar.text == RuleKey.stop.rawValue { return [Rule(Stop(), location: location(node.place))] }
            error("a rule is a mapping, not \(node.kind)", at: node.place, help: "write `- set: { Name: value }`")
            return []
        }
        guard let table = Table<RuleKey>(node, self, for: "a rule") else { return [] }
        let actions = table.keys.filter { RuleKey.actions.contains($0) }
        guard let action = actions.first, let value = table[action] else {
            // An unknown key was probably meant to be the action.
            if !table.hasUnknownKeys {
                error(
                    table.keys.isEmpty ? "this rule is empty" : "this rule does nothing", at: node.place,
                    help: "write one of \(alternatives(RuleKey.actions.map(\.rawValue)))")
            }
            return []
        }
        if actions.count > 1 {
            error(
                "one rule does one thing: `\(action.rawValue)` is there already", at: table.keyPlace(actions[1]),
                help: "begin another rule: `- \(actions[1].rawValue): …`")
        }
        var rules = rules(action, value, table.keyPlace(action), scope)
        let presence = table[.if].flatMap { word($0, for: "`if`", PresenceWord.self) }
        let condition = table[.when].flatMap(self.condition)
        let name = table[.name].flatMap { text($0, for: "`name`") }?.value
        if table[.if] != nil, action.action?.form.namesFields != true {
            error(
                "`if` asks about the header that a rule names, and `\(action.rawValue)` names none", at: table.keyPlace(.if),
                help: "use `when` for the request or response")
        }
        let isReportOnly = table[.reportOnly].flatMap { bool($0, for: "`report_only`") }?.value ?? false
        let hints = table[.earlyHints].flatMap(earlyHints)
        let (isShadow, isPolicyShadow) = (shadow(table[.shadow]), shadow(of: action, value))
        for index in rules.indices {
            if let hints { rules[index].earlyHints = hints }
            if let presence { rules[index].presence = presence == .absent ? .absent : .present }
            if let condition { rules[index].condition = rules[index].condition?.and(condition) ?? condition }
            if let name { rules[index].name = rules[index].name ?? name }
            if isShadow || isPolicyShadow { rules[index].isShadow = true }
            if isReportOnly { makeReportOnly(&rules[index], at: table.keyPlace(.reportOnly)) }
            rules[index].narrowOpenMethods()
        }
        return rules
    }

    private func rules(_ action: RuleKey, _ node: Node, _ keyPlace: Place, _ scope: Template.Scope) -> [Rule] {
        switch action {
        case .use:
            var rules: [Rule] = []
            // Whoever reads the list reports that there are too many.
            for item in node.items where rules.count <= Self.ruleLimit {
                guard let name = text(item, for: "`use`") else { continue }
                rules += policy(name, item.place, scope).map { rule in
                    var rule = rule
                    rule.uses.insert(location(item.place), at: 0)
                    return rule
                }
            }
            return rules
        case .preset: return node.items.flatMap { preset($0, scope) }
        default:
            let read = action.action.flatMap { self.action($0, node, keyPlace) }
            return read.map { [Rule($0, location: location(keyPlace))] } ?? []
        }
    }

    /// Returns the action; nil when there is nothing to do, which has been reported.
    private func action(_ kind: any Action.Type, _ node: Node, _ keyPlace: Place) -> (any Action)? {
        let key = kind.key
        switch kind.form {
        case .values(let takesList, let make):
            let values = fields(node, key, "value").flatMap { entry in
                self.values(entry, takesList).map {
                    FieldValue(name: Located(entry.key, at: location(entry.keyPlace)), value: $0)
                }
            }
            return values.isEmpty ? nil : make(values)
        case .names(let make):
            if node.isEmpty {
                error("`\(key)` names no header", at: node.place, help: "write `\(key): [Server]`")
            } else if case .table = node.content {
                error("`\(key)` takes names of headers, not \(node.kind)", at: node.place, help: "write `\(key): [Server]`")
                return nil
            }
            let names = texts(node, for: "`\(key)`")
            return names.isEmpty ? nil : make(names)
        case .renames(let make):
            let renames = fields(node, key, "New-Name").compactMap { entry in
                text(entry.value, for: "the new name").map {
                    Rename(from: Located(entry.key, at: location(entry.keyPlace)), to: $0)
                }
            }
            return renames.isEmpty ? nil : make(renames)
        case .edits(let make):
            let edits = fields(node, key, "value").flatMap { entry in entry.value.items.compactMap { edit($0, entry) } }
            return edits.isEmpty ? nil : make(edits)
        case .flag(let action):
            guard let flag = bool(node, for: "`\(key)`") else { return nil }
            if !flag.value { error("`\(key): false` does nothing", at: node.place, help: "leave the rule out") }
            return flag.value ? action : nil
        case .cors: return cors(node, keyPlace)
        case .cookies: return cookies(node, keyPlace)
        }
    }

    /// Returns the entries of `{ Name: … }` after an action.
    private func fields(_ node: Node, _ key: String, _ value: String) -> [Node.Entry] {
        let example = "write `\(key): { Name: \(value) }`"
        switch node.content {
        case .table(let entries):
            if entries.isEmpty { error("`\(key)` names no header", at: node.place, help: example) }
            checkNames(entries, key)
            return entries
        case .invalid: return []
        case .scalar, .list:
            error("`\(key)` is a mapping of headers, not \(node.kind)", at: node.place, help: example)
            return []
        }
    }

    /// Checks for names of which one would win silently, and for keys of the rule that are one level too deep.
    private func checkNames(_ entries: [Node.Entry], _ action: String) {
        var places: [String: Place] = [:]
        for entry in entries {
            if action == RuleKey.set.rawValue, let first = places.updateValue(entry.keyPlace, forKey: entry.key.lowercased()) {
                error(
                    "`\(entry.key.abbreviated)` is in this rule twice, because case means nothing in names of headers",
                    at: entry.keyPlace, help: "the first is on line \(first.line); begin another rule, or leave one out")
            }
            guard RuleKey(rawValue: entry.key) != nil else { continue }
            error(
                "`\(entry.key)` is a key of the rule, and would be a header here", at: entry.keyPlace,
                help: "write it beside `\(action)`, not in it; if a header is meant, begin it with a capital letter")
        }
    }

    /// Returns the values of a field. A list has one line for each value with `add`, and one member with `merge`.
    private func values(_ entry: Node.Entry, _ takesList: Bool) -> [Located<String>] {
        let node = entry.value
        let what = "`\(entry.key.abbreviated)`"
        switch node.content {
        case .list(let items) where takesList:
            if items.isEmpty { error("\(what) has no value", at: node.place) }
            return items.compactMap { template($0, for: "a value of \(what)") }
        case .list:
            error(
                "`set` makes one line, not a list", at: node.place,
                help: "use `add` for a line each, `merge` for members of a list header, or write one text")
            return []
        case .table(let entries) where TypedValue.takesMap(entry.key):
            return typedValue(entries, for: entry.key, node.place).map { [$0] } ?? []
        default: return template(node, for: what).map { [$0] } ?? []
        }
    }

    /// Returns the text of a value that is written as a mapping, such as a content security policy by directive.
    private func typedValue(_ entries: [Node.Entry], for field: String, _ place: Place) -> Located<String>? {
        let before = diagnostics.count
        let typed = entries.compactMap { entry -> TypedValue.Entry? in
            let value: TypedValue.Value? =
                switch entry.value.content {
                case .scalar(let scalar) where scalar.isNothing || scalar.isPlain && ["true", "false"].contains(scalar.text):
                    .flag(scalar.text != "false")
                case .list: .list(entry.value.items.compactMap { template($0, for: "an entry of `\(entry.key.abbreviated)`") })
                default: template(entry.value, for: "`\(entry.key.abbreviated)`").map { .text($0) }
                }
            return value.map { TypedValue.Entry(key: Located(entry.key, at: location(entry.keyPlace)), value: $0) }
        }
        // An error about what they make together is reported where the mapping or its key is.
        var parts: [FilledText] = []
        for entry in entries {
            let own = entry.value.items.flatMap { filled[location($0.place)] ?? [] }
            if !own.isEmpty { filled[location(entry.keyPlace)] = own }
            parts += own
        }
        if !parts.isEmpty { filled[location(place)] = parts }
        guard diagnostics.count == before else { return nil }
        do throws(PolicyErrors) {
            return Located(try TypedValue.text(of: typed, for: field, at: location(place)), at: location(place))
        } catch {
            for error in error.errors { self.error(error) }
            return nil
        }
    }

    private func edit(_ node: Node, _ field: Node.Entry) -> Edit? {
        guard let table = Table<EditKey>(node, self, for: "an edit") else { return nil }
        guard let match = table[.match], let replace = table[.replace] else {
            guard !table.hasUnknownKeys else { return nil }
            error(
                "an edit needs `match` and `replace`", at: node.place, help: "write `{ match: \"^http:\", replace: \"https:\" }`")
            return nil
        }
        guard let match = text(match, for: "`match`"),
            let replace = text(replace, for: "`replace`", doubling: TextPart.dollar)
        else { return nil }
        return Edit(name: Located(field.key, at: location(field.keyPlace)), match: match, replace: replace)
    }

    /// The fields that browsers also know in a variant that only reports.
    private static let reportable: Set<String> = [
        "content-security-policy", "permissions-policy", "cross-origin-opener-policy", "cross-origin-embedder-policy",
        "document-policy", "integrity-policy",
    ]

    private func makeReportOnly(_ rule: inout Rule, at place: Place) {
        guard var action = rule.action as? any FieldWriting, !(action is MergeFields) else {
            return error("`report_only` goes with `set` or `add`", at: place, help: alternativesHelp)
        }
        for index in action.fields.indices {
            let name = action.fields[index].name.value
            if Self.reportable.contains(name.lowercased()) {
                action.fields[index].name.value += "-Report-Only"
            } else {
                error("`\(name.abbreviated)` has no report-only form", at: place, help: alternativesHelp)
            }
        }
        rule.action = action
    }

    private var alternativesHelp: String {
        "there is one for Content-Security-Policy, Permissions-Policy, Cross-Origin-Opener-Policy, "
            + "Cross-Origin-Embedder-Policy, Document-Policy and Integrity-Policy"
    }
}

private enum PresenceWord: String, CaseIterable { case absent, present }
