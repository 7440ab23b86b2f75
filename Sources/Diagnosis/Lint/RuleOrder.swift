import HeaderPolicy

/// The effects of the rules so far. Names are keys by `aliasKey`, because what takes a field away takes its aliases.
struct RuleOrder {
    /// The last rule that wrote each field, as long as nothing has used what it wrote.
    var writers: [String: Rule] = [:]
    /// The rules after which every message has the field, with its name in lower case, and `startCount` then.
    var certain: [String: (name: String, rule: Rule, number: Int)] = [:]
    var removers: [String: Rule] = [:]
    /// The last rule that removed the names that begin so, and how many such rules there were up to it.
    var startRemovers: [String: (rule: Rule, number: Int)] = [:]
    var startCount = 0
    /// `startCount` when a name was last written.
    var revived: [String: Int] = [:]
    /// The rule after which no message continues.
    var end: Rule?
    /// The locations of the scope's rules so far.
    var own: Set<SourceLocation> = []
    /// The scope's `cors` rules so far.
    var cors: [Rule] = []
    /// What the scope's rules have taken away from its `cors` rules, and no later one has given back.
    var taken: [(target: Located<String>, rule: Rule, cors: Rule)] = []
    /// The `stop` rules with a `when` above all `cors` rules.
    var stops: [Rule] = []
    var hasAnswer = false

    /// The rule after which no message has the field.
    func remover(of name: String) -> Rule? {
        let key = name.aliasKey
        if let remover = removers[key] { return remover }
        guard let remover = startRemover(of: key, since: revived[key] ?? 0) else { return nil }
        return remover.isUnconditional ? remover : nil
    }

    private func startRemover(of key: String, since number: Int) -> Rule? {
        guard number < startCount else { return nil }
        return key.indices.lazy.compactMap { startRemovers[String(key[...$0])] }.first { $0.number > number }?.rule
    }

    /// The rule after which every message has the field, under this very name.
    func writer(of name: String) -> Rule? {
        let key = name.aliasKey
        guard let writer = certain[key], writer.name == name.lowercased(), startRemover(of: key, since: writer.number) == nil
        else { return nil }
        return writer.rule
    }

    /// Returns the written fields that begin with each start that is removed. Each field is looked at once for each length of a
    /// start, however many starts there are.
    func writers(coveredBy effects: [FieldEffect]) -> [Substring: [String]] {
        let starts = Set(
            effects.compactMap { effect in
                guard case .removed = effect.kind, effect.name.value.hasSuffix("*") else { return Substring?.none }
                return effect.name.value.aliasKey.dropLast()
            })
        guard !starts.isEmpty else { return [:] }
        let lengths = Set(starts.map(\.count))
        var found: [Substring: [String]] = [:]
        for name in writers.keys.sorted() {
            for length in lengths where name.count >= length && starts.contains(name.prefix(length)) {
                found[name.prefix(length), default: []].append(name)
            }
        }
        return found
    }

    mutating func revive(_ name: String) {
        removers[name.aliasKey] = nil
        if startCount > 0 { revived[name.aliasKey] = startCount }
    }
}
