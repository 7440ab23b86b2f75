import HTTPModel

/// Finds the rules that may apply to a message, in order, without looking at the others: a thousand rules that ask for a thousand
/// paths, hosts or values cost what ten cost.
///
/// A rule is filed under only one of its tests that can be looked up, because more would not find it more reliably. A rule that
/// is found is then judged in full.
struct RuleIndex: Sendable {
    /// The rules without a test that can be looked up.
    private var always: [Int] = []
    /// The rules of the buckets, ascending within each.
    private var order: [Int] = []
    private var paths = PathIndex([])
    /// The ranges in `order` for the buckets of `paths`.
    private var pathRules: [Range<Int>] = []
    private var hosts = HostIndex([:])
    private var hostRules: [Range<Int>] = []
    private var fields: [FieldIndex] = []

    /// The rules that ask for a value of one field, or of one parameter of the query.
    private struct FieldIndex: Sendable {
        var place: Place
        /// The values, each with an index in `rules`.
        var values = TextTable([:])
        /// The regular expressions, whose indexes in `rules` begin at `firstRegex`.
        var regexes = RegexSet([])
        var firstRegex = 0
        /// The ranges in `order`.
        var rules: [Range<Int>] = []
    }

    init() {}

    /// - Parameter isFixed: whether no rule changes this field, of the response or of the request, before another asks for it.
    init(
        _ rules: [CompiledRules.Rule], _ conditions: [Shared<CompiledCondition>],
        isFixed: (_ field: FieldID, _ isResponse: Bool) -> Bool
    ) {
        var patterns: [(scope: Int, pattern: PathPattern, member: Int)] = []
        var names: [[UInt8]: [Int]] = [:]
        var drafts: [FieldDraft] = []
        for (number, rule) in rules.enumerated() {
            guard rule.condition >= 0 else {
                always.append(number)
                continue
            }
            let condition = conditions[Int(rule.condition)]
            let isFound = condition.value.paths.allSatisfy { $0.isFoundByText }
            if !condition.value.paths.isEmpty, isFound {
                patterns += condition.value.paths.map { (0, $0, number) }
            } else if !condition.value.hosts.isEmpty {
                for name in Set(condition.value.hosts.map(\.name)) { names[name, default: []].append(number) }
            } else if !Self.add(condition.value, number, to: &drafts, isFixed) {
                if condition.value.paths.isEmpty { always.append(number) }
                patterns += condition.value.paths.map { (0, $0, number) }
            }
        }
        paths = PathIndex(patterns)
        pathRules = paths.buckets.map { bucket in store(paths.candidates[bucket].map(\.member)) }
        hosts = HostIndex(Dictionary(uniqueKeysWithValues: names.keys.enumerated().map { ($0.element, $0.offset) }))
        hostRules = names.keys.map { store(names[$0] ?? []) }
        fields = drafts.map { index($0) }
    }

    /// - Returns: the range in `order` where the rules are, each once.
    private mutating func store(_ rules: [Int]) -> Range<Int> {
        let start = order.count
        for rule in rules where order.count == start || order.last != rule { order.append(rule) }
        return start..<order.count
    }

    private struct Place: Hashable, Sendable {
        enum Source { case request, response, query }

        var source: Source
        var id = FieldID.unknown
        /// The name of a parameter.
        var name: [UInt8] = []
    }

    private struct FieldDraft {
        var place: Place
        var values: [[UInt8]: [Int]] = [:]
        var regexes: [(regex: LinearRegex, rule: Int)] = []
    }

    /// Files a rule under the first of its field tests that can be looked up; returns false when there is none.
    private static func add(
        _ condition: borrowing CompiledCondition, _ rule: Int, to drafts: inout [FieldDraft], _ isFixed: (FieldID, Bool) -> Bool
    ) -> Bool {
        // `Host` is left out because it may have come without a line.
        func isKnown(_ test: CompiledFieldTest, _ isResponse: Bool) -> Bool {
            test.id != .unknown && test.id != .host && isFixed(test.id, isResponse)
        }
        let tests =
            condition.requestTests.filter { isKnown($0, false) }.map { (Place(source: .request, id: $0.id), $0.test) }
            + condition.responseTests.filter { isKnown($0, true) }.map { (Place(source: .response, id: $0.id), $0.test) }
            + condition.queryTests.map { (Place(source: .query, name: $0.name), $0.test) }
        for (place, test) in tests {
            func draft() -> Int {
                if let known = drafts.firstIndex(where: { $0.place == place }) { return known }
                drafts.append(FieldDraft(place: place))
                return drafts.count - 1
            }
            switch test {
            case .absent, .present: continue
            case .equals(let texts):
                let number = draft()
                for text in Set(texts) { drafts[number].values[text, default: []].append(rule) }
                return true
            case .matches(let regex):
                guard regex.hasTable else { continue }
                drafts[draft()].regexes.append((regex, rule))
                return true
            }
        }
        return false
    }

    private mutating func index(_ draft: FieldDraft) -> FieldIndex {
        var index = FieldIndex(place: draft.place)
        var values: [TextTable.Key: Int] = [:]
        for (text, rules) in draft.values {
            values[TextTable.Key(scope: 0, text: text)] = index.rules.count
            index.rules.append(store(rules))
        }
        index.values = TextTable(values)
        index.firstRegex = index.rules.count
        index.regexes = RegexSet(draft.regexes.map(\.regex))
        index.rules += draft.regexes.map { store([$0.rule]) }
        return index
    }

    /// A walk over the rules that may apply to one message.
    struct Walk {
        /// The position in `always`.
        private var place = 0
        /// The next rule that was found by a look-up.
        private var pending: Int

        fileprivate init(_ pending: Int) { self.pending = pending }

        /// Returns the next rule; nil when all have been returned.
        mutating func next(in index: borrowing RuleIndex, _ cursors: inout [Range<Int>]) -> Int? {
            let plain = place < index.always.count ? index.always[place] : .max
            if plain < pending {
                place &+= 1
                return plain
            }
            guard pending != .max else { return nil }
            defer { pending = index.next(&cursors) }
            return pending
        }
    }

    /// Starts a walk by noting the buckets that apply to a message.
    ///
    /// - Parameters:
    ///   - fields: the fields of the message.
    ///   - isRequest: whether the message is the request that is forwarded.
    func walk(
        _ facts: borrowing ExchangeFacts, _ fields: borrowing Fields, isRequest: Bool, _ cursors: inout [Range<Int>]
    ) -> Walk {
        guard !order.isEmpty else { return Walk(.max) }
        // They are removed one by one, because there are few and `removeAll(keepingCapacity:)` is slow for so few.
        while !cursors.isEmpty { cursors.removeLast() }
        if !paths.isEmpty { paths.visit(facts.request.path, in: 0) { Self.note(pathRules[$0], &cursors) } }
        if !hosts.isEmpty { hosts.visit(facts.request.hostname) { Self.note(hostRules[$0], &cursors) } }
        for place in self.fields.indices {
            switch self.fields[place].place.source {
            case .response: look(place, fields, &cursors)
            case .request where isRequest: look(place, fields, &cursors)
            case .request: look(place, facts.request.fields, &cursors)
            case .query:
                var parameters = QueryParameters()
                let name = self.fields[place].place.name
                var value: [UInt8] = []
                while parameters.next(named: name.span, in: facts.request.query, into: &value) {
                    find(value.span, place, &cursors)
                }
            }
        }
        return Walk(next(&cursors))
    }

    private func look(_ place: Int, _ message: borrowing Fields, _ cursors: inout [Range<Int>]) {
        let id = fields[place].place.id
        var line = message.firstIndex(of: id)
        while let found = line {
            find(message.value(at: found), place, &cursors)
            line = message.firstIndex(of: id, from: found &+ 1)
        }
    }

    private func find(_ value: Span<UInt8>, _ place: Int, _ cursors: inout [Range<Int>]) {
        if let bucket = fields[place].values.value(of: value) { Self.note(fields[place].rules[bucket], &cursors) }
        let first = fields[place].firstRegex
        fields[place].regexes.visit(value) { Self.note(fields[place].rules[first &+ $0], &cursors) }
    }

    private static func note(_ rules: Range<Int>, _ cursors: inout [Range<Int>]) {
        for cursor in cursors where cursor == rules { return }
        cursors.append(rules)
    }

    /// Removes the lowest of the rules that are left from all buckets and returns it; `Int.max` when none is left.
    private func next(_ cursors: inout [Range<Int>]) -> Int {
        var least = Int.max
        for place in cursors.indices {
            let cursor = cursors[place]
            if !cursor.isEmpty { least = min(least, order[cursor.lowerBound]) }
        }
        for place in cursors.indices {
            let cursor = cursors[place]
            if !cursor.isEmpty, order[cursor.lowerBound] == least {
                cursors[place] = cursor.lowerBound &+ 1..<cursor.upperBound
            }
        }
        return least
    }
}

extension PathPattern {
    /// Whether the pattern has text by which it is found, so that few paths are tried against it.
    fileprivate var isFoundByText: Bool { isExact || !literalPrefix.isEmpty || !literals.isEmpty || regex?.hasTable == true }
}
