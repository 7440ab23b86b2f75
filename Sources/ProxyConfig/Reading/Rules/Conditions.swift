import HeaderPolicy

extension Reading {
    /// `when:`
    func condition(_ node: Node) -> Condition? {
        guard let table = Table<ConditionKey>(node, self, for: "`when`") else { return nil }
        var condition = Condition(location: location(node.place))
        if node.isEmpty {
            error("`when` tests nothing", at: node.place, help: "write `when: { path: /api/** }`, or leave it out")
            return nil
        }
        for key in table.keys {
            guard let node = table[key] else { continue }
            let name = "`\(key.rawValue)`"
            switch key {
            case .any(let subject): condition[subject] = alternatives(node, name)
            case .requestHeader: condition.tests += fieldTests(node, name).map { .requestHeader($0) }
            case .responseHeader: condition.tests += fieldTests(node, name).map { .responseHeader($0) }
            case .query: condition.tests += fieldTests(node, name).map { .query($0) }
            case .sample: if let sample = sample(node) { condition.tests.append(.sample(sample)) }
            case .not:
                if node.isEmpty { error("`not` tests nothing", at: node.place) }
                condition.tests += node.items.compactMap(self.condition).map { .not($0) }
            }
        }
        return condition
    }

    /// Reads a list of alternatives. An empty one, such as a variable of commas, is an error, because such a test would always
    /// hold, which nobody means.
    private func alternatives(_ node: Node, _ name: String) -> [Located<String>] {
        if node.namesNothing { error("\(name) names nothing to compare with", at: node.place) }
        return texts(node, for: name)
    }

    /// Reads `Name`, a list of names (present), or `{ Name: absent | present | value | [values] | { equals: … } | { matches: … }
    /// }`.
    private func fieldTests(_ node: Node, _ name: String) -> [FieldTest] {
        guard case .table(let entries) = node.content else {
            return alternatives(node, name).map { FieldTest(name: $0, test: .present) }
        }
        if entries.isEmpty { error("\(name) names nothing to compare with", at: node.place) }
        return entries.compactMap { entry in
            guard let test = fieldTest(entry.value, name) else { return nil }
            return FieldTest(name: Located(entry.key, at: location(entry.keyPlace)), test: test)
        }
    }

    private func fieldTest(_ node: Node, _ name: String) -> FieldTest.Test? {
        let what = "a test of \(name)"
        guard case .table = node.content, node.placeholder == nil else {
            let texts = alternatives(node, what)
            if case .scalar = node.content, let word = texts.first?.value {
                if word == "absent" { return .absent }
                if word == "present" { return .present }
            }
            return texts.isEmpty ? nil : .equals(texts)
        }
        guard let table = Table<FieldTestKey>(node, self, for: what) else { return nil }
        guard table.keys.count == 1, let key = table.keys.first, let value = table[key] else {
            if !table.hasUnknownKeys { error("\(what) is `equals` or `matches`", at: node.place) }
            return nil
        }
        switch key {
        case .equals:
            let texts = alternatives(value, "`equals`")
            return texts.isEmpty ? nil : .equals(texts)
        case .matches: return text(value, for: "`matches`").map { .matches($0) }
        }
    }

    /// Reads `10%`, or `{ percent: 10, cookie: session }`.
    private func sample(_ node: Node) -> Sample? {
        var key = Sample.Key.clientAddress
        var percentNode = node
        if case .table = node.content {
            guard let table = Table<SampleKey>(node, self, for: "`sample`") else { return nil }
            guard let percent = table[.percent] else {
                error("`sample` needs `percent`", at: node.place, help: "write `sample: 10%`")
                return nil
            }
            percentNode = percent
            if let cookie = table[.cookie].flatMap({ text($0, for: "`cookie`") }) { key = .cookie(cookie.value) }
        }
        guard var text = scalar(percentNode, for: "`sample`")?.value else { return nil }
        if text.hasSuffix("%") { text.removeLast() }
        guard let percent = Double(text), percent >= 0, percent <= 100, text.utf8.allSatisfy({ $0 < 0x3A }) else {
            error("`sample` is 0% to 100%, not \(percentNode.kind)", at: percentNode.place)
            return nil
        }
        // Clients fall into ten thousand classes.
        guard abs(Double(Int(percent * 100 + 0.5)) - percent * 100) < 1e-6 else {
            error("`sample` has at most two decimals", at: percentNode.place, help: "write a multiple of 0.01%")
            return nil
        }
        return Sample(percent: percent, key: key, location: location(node.place))
    }
}
