import HTTPModel

/// A possible value of an nginx variable, and the condition for it.
struct NginxCase: Hashable {
    var when: NginxCondition
    /// The value, which may have variables that are filled for each request.
    var value: String
}

/// The variables that a configuration defines by `set`, `map` and `geo`.
struct NginxMemory {
    /// The largest number of cases that are followed.
    static let caseLimit = 24
    private static let depthLimit = 4
    private static let lengthLimit = 16_384

    /// The variables for a client's address, and those about its connection, which only nginx sees.
    static let addresses: Set = ["remote_addr", "realip_remote_addr", "binary_remote_addr"]
    static let connections: Set = ["http_upgrade", "http_connection"]

    private var assigned: [String: [NginxCase]] = [:]
    /// What the values in `assigned` depend on.
    private var origins: [String: Set<String>] = [:]
    /// The number of values that cannot be told. Each gets a number, so that no two of them count as the same.
    private var untoldCount = 0
    /// The `map` and `geo` blocks by the variable that each defines, without its dollar.
    var makers: [String: NginxDirective] = [:]
    /// The variables whose values nothing here tells: programs and groups of expressions set them, or nginx knows what Letterhead
    /// does not.
    var untold: Set<String> = []
    /// The referers that `valid_referers` accepts; nil without it.
    var referers: [NginxTest]?

    func with(referersOf other: NginxMemory) -> NginxMemory {
        var copy = self
        copy.referers = other.referers
        copy.untold.formUnion(other.untold)
        return copy
    }

    func isMade(_ name: String) -> Bool { assigned[name] != nil || makers[name] != nil }

    /// Applies a `set` on the given ways.
    ///
    /// - Parameter others: the ways on which the variable keeps its value.
    mutating func set(_ name: String, _ value: String, where ways: [NginxCondition], others: [NginxCondition]) {
        guard !untold.contains(name) else { return }
        var found = sources(value).union(others.isEmpty ? [] : sources("${\(name)}"))
        for condition in ways + others { found.formUnion(sources(condition)) }
        found.remove(name)
        // Before its first `set` a variable is empty, except for the query, which nginx knows already.
        if !isMade(name) { assigned[name] = [NginxCase(when: .always, value: name == "args" ? "${args}" : "")] }
        let before = expand("${\(name)}")
        let new = expand(value) ?? unclear(value)
        let all = Self.crossed(new, ways) + Self.crossed(before ?? unclear("$\(name)"), others)
        assigned[name] = all.count > Self.caseLimit ? unclear("$\(name)") : all
        origins[name] = found
    }

    // MARK: What a value depends on

    /// Whether a test depends on an address that may not be the client's here.
    func isOfStrangers(_ sources: Set<String>) -> Bool { !sources.isDisjoint(with: Self.addresses.intersection(untold)) }

    /// Returns nginx's own variables that decide the tests of a condition that no `when` can express.
    func sources(unknownIn condition: NginxCondition) -> Set<String> {
        condition.unknowns.reduce(into: []) { $0.formUnion(sources($1)) }
    }

    private func sources(_ condition: NginxCondition) -> Set<String> {
        var names = sources(unknownIn: condition)
        for test in condition.tests {
            switch test.subject {
            case .clients: names.insert("remote_addr")
            case .request(let field, _): names.insert("http_\(field)")
            case .query(let name, _): names.insert("arg_\(name)")
            default: break
            }
        }
        return names
    }

    /// Follows `set`, `map` and `geo` from the variables of a text.
    func sources(_ text: String, _ depth: Int = 0) -> Set<String> {
        var names: Set<String> = []
        for part in NginxVariables.parts(text) {
            // A value that cannot be told has a name that begins with a space.
            guard case .variable(let name) = part, !name.hasPrefix(" ") else { continue }
            if let known = origins[name] {
                names.formUnion(known)
            } else if let maker = makers[name], depth < Self.depthLimit {
                let isOfPeers = maker.name == "geo" && maker.arguments.count < 2
                let texts = [isOfPeers ? "$remote_addr" : maker[0]] + (maker.block ?? []).map { $0[0] }
                for text in texts { names.formUnion(sources(text, depth + 1)) }
            } else {
                names.insert(name)
            }
        }
        return names
    }

    /// A value that cannot be told. It is a variable that nothing defines, because a text would be compared as a known one.
    private mutating func unclear(_ text: String) -> [NginxCase] {
        untoldCount += 1
        return [NginxCase(when: NginxCondition(NginxTest(subject: .unknown(text))), value: "${ \(untoldCount)}")]
    }

    private static func crossed(_ cases: [NginxCase], _ ways: [NginxCondition]) -> [NginxCase] {
        ways.flatMap { way in
            cases.compactMap { one in way.and(one.when).map { NginxCase(when: $0, value: one.value) } }
        }
    }

    /// Returns a text with the known variables filled in; nil when there are too many cases.
    func expand(_ text: String) -> [NginxCase]? { expand(text, 0) }

    private func expand(_ text: String, _ depth: Int) -> [NginxCase]? {
        guard depth < Self.depthLimit else { return nil }
        var cases = [NginxCase(when: .always, value: "")]
        for part in NginxVariables.parts(text) {
            var options: [NginxCase]
            switch part {
            case .text(let text): options = [NginxCase(when: .always, value: text)]
            case .variable(let name):
                if untold.contains(name) {
                    options = [NginxCase(when: .always, value: "${\(name)}")]
                } else if let known = assigned[name] {
                    options = known
                } else if let maker = makers[name] {
                    guard let made = self.cases(of: maker, depth + 1) else { return nil }
                    options = made
                } else {
                    options = [NginxCase(when: .always, value: "${\(name)}")]
                }
            }
            var crossed: [NginxCase] = []
            for one in cases {
                for option in options {
                    guard let when = one.when.and(option.when) else { continue }
                    guard one.value.utf8.count + option.value.utf8.count < Self.lengthLimit else { return nil }
                    crossed.append(NginxCase(when: when, value: one.value + option.value))
                }
            }
            guard crossed.count <= Self.caseLimit else { return nil }
            cases = crossed
        }
        return cases
    }

    // MARK: map and geo

    private func cases(of maker: NginxDirective, _ depth: Int) -> [NginxCase]? {
        guard maker.name == "map" else { return maker.name == "geo" ? geo(maker) : nil }
        guard let sources = expand(maker[0], depth) else { return nil }
        var cases: [NginxCase] = []
        for source in sources {
            guard let options = mapped(source.value, maker) else { return nil }
            for option in options {
                guard let values = expand(option.value, depth) else { return nil }
                for value in values {
                    guard let when = source.when.and(option.when)?.and(value.when) else { continue }
                    cases.append(NginxCase(when: when, value: value.value))
                    guard cases.count <= Self.caseLimit else { return nil }
                }
            }
        }
        return cases
    }

    /// Returns the results of a `map` for one source: plain values first, then wildcards by length, then expressions in order,
    /// then the default. Nil when there are too many.
    private func mapped(_ source: String, _ map: NginxDirective) -> [NginxCase]? {
        // The contents of a file that was not read are not known.
        guard !(map.block ?? []).contains(where: { $0.name == "include" }) else { return nil }
        let entries = (map.block ?? []).filter { !["volatile", "hostnames"].contains($0.name) }
        let fallback = entries.last { $0.name == "default" }?[0] ?? ""
        let hasHosts = (map.block ?? []).contains { $0.name == "hostnames" }
        var plain: [(value: String, keys: [String])] = []
        var wildcards: [NginxDirective] = []
        var expressions: [(value: String, key: String)] = []
        for entry in entries where entry.name != "default" {
            if entry.name.hasPrefix("~") {
                expressions.append((entry[0], entry.name))
            } else if hasHosts, entry.name.contains("*") || entry.name.hasPrefix(".") {
                wildcards.append(entry)
            } else {
                let key = entry.name.hasPrefix("\\") ? String(entry.name.dropFirst()) : entry.name
                if let place = plain.firstIndex(where: { $0.value == entry[0] && ($0.keys == [""]) == (key == "") }) {
                    plain[place].keys.append(key)
                } else {
                    plain.append((entry[0], [key]))
                }
            }
        }
        // Those with the star in front come first, and of each kind the longest. (`.name` is `*.name`, and the name itself.)
        func rank(_ name: String) -> (Int, Int) { name.hasSuffix("*") ? (1, -name.count) : (0, -name.drop { $0 == "*" }.count) }
        wildcards.sort { rank($0.name) < rank($1.name) }
        expressions.insert(contentsOf: wildcards.map { ($0[0], Self.hostExpression($0.name)) }, at: 0)
        guard plain.count + expressions.count <= Self.caseLimit else { return nil }
        var cases: [NginxCase] = []
        var rest: [NginxCondition] = [.always]
        func take(_ value: String, _ question: NginxQuestion.Comparison, _ key: [String]) {
            let answers = NginxQuestion(expanded: source, question, key, self).ways
            cases += NginxFlow.crossed(rest, answers.filter(\.isTrue).map(\.when)).map { NginxCase(when: $0, value: value) }
            rest = NginxFlow.crossed(rest, answers.filter { !$0.isTrue }.map(\.when))
        }
        for group in plain { take(group.value, .equalsAnyCase, group.keys) }
        for entry in expressions {
            let isLoose = entry.key.hasPrefix("~*")
            take(entry.value, isLoose ? .matchesAnyCase : .matches, [String(entry.key.dropFirst(isLoose ? 2 : 1))])
        }
        return cases + rest.map { NginxCase(when: $0, value: fallback) }
    }

    private static func hostExpression(_ name: String) -> String {
        let stars = name.hasPrefix(".") ? "(^|[.])\(NginxExpression.escaped(String(name.dropFirst())))" : ""
        if !stars.isEmpty { return "~*\(stars)$" }
        return "~*^\(NginxExpression.escaped(name).replacing("\\*", by: ".+"))$"
    }

    /// Returns the cases of a `geo`, in which the narrowest block decides.
    private func geo(_ geo: NginxDirective) -> [NginxCase]? {
        let source = geo.arguments.count > 1 ? geo[0] : "$remote_addr"
        let entries = geo.block ?? []
        guard ["$remote_addr", "$realip_remote_addr"].contains(source), !untold.contains(String(source.dropFirst())),
            geo.arguments.count < 3,
            !entries.contains(where: {
                ["ranges", "proxy", "delete", "include", "proxy_recursive", "volatile"].contains($0.name)
            })
        else { return nil }
        var groups: [(value: String, length: Int, blocks: [String])] = []
        for entry in entries where entry.name != "default" {
            let parts = entry.name.split(separator: "/")
            let length = parts.count == 2 ? Int(parts[1]) ?? 0 : 128
            let known = groups.firstIndex { $0.value == entry[0] && $0.length == length }
            if let known { groups[known].blocks.append(entry.name) } else { groups.append((entry[0], length, [entry.name])) }
        }
        var cases: [NginxCase] = []
        var rest: NginxCondition? = .always
        for group in groups.sorted(by: { $0.length > $1.length }) {
            let test = NginxTest(subject: .clients(group.blocks))
            if let when = rest?.and(test) { cases.append(NginxCase(when: when, value: group.value)) }
            rest = rest?.and(test.negated)
        }
        if let rest { cases.append(NginxCase(when: rest, value: entries.last { $0.name == "default" }?[0] ?? "")) }
        return cases
    }
}
