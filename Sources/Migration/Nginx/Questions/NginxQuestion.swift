/// The test of an `if`, or of a key of a `map`, with the ways in which the answer is yes, and those in which it is no.
struct NginxQuestion {
    enum Comparison {
        case isSet, equals, equalsAnyCase, matches, matchesAnyCase
    }

    struct Way {
        var when: NginxCondition
        var isTrue: Bool
    }

    /// The ways. Together they cover all cases, and each excludes the others.
    private(set) var ways: [Way]

    /// The words between the parentheses of an `if`.
    static func words(_ directive: NginxDirective) -> [String] {
        var words = directive.arguments
        if let first = words.first, first.hasPrefix("(") {
            words[0].removeFirst()
            if words[0].isEmpty { words.removeFirst() }
        }
        if let last = words.last, last.hasSuffix(")") {
            words[words.count - 1].removeLast()
            if words[words.count - 1].isEmpty, words.count != 3 { words.removeLast() }
        }
        return words
    }

    /// Reads the condition of an `if`.
    init(_ directive: NginxDirective, _ memory: NginxMemory) {
        let words = Self.words(directive)
        let operators: [String: (Comparison, isNegated: Bool)] = [
            "=": (.equals, false), "!=": (.equals, true), "~": (.matches, false), "!~": (.matches, true),
            "~*": (.matchesAnyCase, false), "!~*": (.matchesAnyCase, true),
        ]
        if Self.isOfNoFile(directive, memory) {
            ways = Self.always(false)
        } else if words.count == 1 {
            ways = Self.ways(words[0], .isSet, [], memory)
        } else if words.count >= 2, let (comparison, isNegated) = operators[words[1]] {
            let value = words.dropFirst(2).joined(separator: " ")
            ways =
                comparison == .equals
                ? Self.ways(words[0], equals: value, memory) : Self.ways(words[0], comparison, [value], memory)
            if isNegated { for index in ways.indices { ways[index].isTrue.toggle() } }
        } else {
            ways = Self.unknown(directive.text)
        }
    }

    /// Whether an `if` never holds because it asks for a file, such as one that marks the site as down: no files are served here.
    /// A path with parts that the client chooses does not count.
    static func isOfNoFile(_ directive: NginxDirective, _ memory: NginxMemory) -> Bool {
        let words = words(directive)
        guard words.count == 2, words[0].hasPrefix("-") else { return false }
        let plain = ["document_root", "realpath_root", "request_filename", "uri", "document_uri", "host", "server_name"]
        return memory.expand(words[1])?.allSatisfy { one in
            NginxVariables.parts(one.value).allSatisfy { part in
                if case .variable(let name) = part { plain.contains(name) } else { true }
            }
        } ?? false
    }

    /// - Parameters:
    ///   - text: a text in which the known variables are filled in.
    ///   - values: for `equals`, the values of which any may match.
    init(expanded text: String, _ comparison: Comparison, _ values: [String], _ memory: NginxMemory) {
        ways = Self.judge(text, comparison, values, memory)
    }

    /// Compares with a text that may have variables of its own.
    private static func ways(_ text: String, equals value: String, _ memory: NginxMemory) -> [Way] {
        guard let cases = memory.expand(value) else { return unknown("\(text) = \(value)") }
        return cases.flatMap { one in
            let isText = !NginxVariables.parts(one.value).contains { if case .variable = $0 { true } else { false } }
            let ways = isText ? ways(text, .equals, [one.value], memory) : unknown("\(text) = \(one.value)")
            return ways.compactMap { way in one.when.and(way.when).map { Way(when: $0, isTrue: way.isTrue) } }
        }
    }

    private static func ways(_ text: String, _ comparison: Comparison, _ values: [String], _ memory: NginxMemory) -> [Way] {
        guard let cases = memory.expand(text) else { return unknown("\(text) \(values.first ?? "")") }
        return cases.flatMap { one in
            judge(one.value, comparison, values, memory).compactMap { way in
                one.when.and(way.when).map { Way(when: $0, isTrue: way.isTrue) }
            }
        }
    }

    private static func unknown(_ text: String) -> [Way] { split(NginxTest(subject: .unknown(text))) }

    static func split(_ test: NginxTest) -> [Way] {
        [Way(when: NginxCondition(test), isTrue: true), Way(when: NginxCondition(test.negated), isTrue: false)]
    }

    private static func always(_ isTrue: Bool) -> [Way] { [Way(when: .always, isTrue: isTrue)] }

    private static func judge(_ text: String, _ comparison: Comparison, _ values: [String], _ memory: NginxMemory) -> [Way] {
        let parts = NginxVariables.parts(text)
        let variables = parts.compactMap { part -> String? in if case .variable(let name) = part { name } else { nil } }
        if variables.isEmpty {
            return isTrue(text, comparison, values).map(always) ?? unknown("\(text) ~ \(values.first ?? "")")
        }
        // With `0` and something empty it may be `0` in all, which counts as not set.
        if comparison == .isSet, parts.contains(where: { if case .text(let own) = $0 { own != "0" } else { false } }) {
            return always(true)
        }
        guard parts.count == 1, !memory.untold.contains(variables[0]) else {
            return unknown("\(text) \(values.joined(separator: " "))")
        }
        if variables[0] == "invalid_referer", let referers = memory.referers, comparison == .isSet || values == ["1"] {
            var refused: NginxCondition? = .always
            for test in referers { refused = refused?.and(test.negated) }
            guard let refused else { return always(false) }
            return [Way(when: refused, isTrue: true)] + referers.map { Way(when: NginxCondition($0), isTrue: false) }
        }
        switch comparison {
        case .isSet: return isSet(variables[0])
        case .equals: return equals(variables[0], values)
        case .equalsAnyCase: return equalsAnyCase(variables[0], values)
        case .matches, .matchesAnyCase:
            guard let first = values.first,
                let expression = NginxExpression.linear(first, ignoringCase: comparison == .matchesAnyCase)
            else { return unknown("\(text) ~ \(values.first ?? "")") }
            return ways(variables[0], matches: expression) ?? unknown("\(text) ~ \(first)")
        }
    }

    /// Nil for an expression that cannot be tried here.
    private static func isTrue(_ text: String, _ comparison: Comparison, _ values: [String]) -> Bool? {
        switch comparison {
        case .isSet: return !text.isEmpty && text != "0"
        case .equals: return values.contains(text)
        case .equalsAnyCase: return values.contains { $0.lowercased() == text.lowercased() }
        case .matches, .matchesAnyCase:
            return values.first.flatMap { NginxExpression.linear($0, ignoringCase: comparison == .matchesAnyCase) }
                .map { NginxExpression.matches($0, text) }
        }
    }

    private static func isSet(_ variable: String) -> [Way] {
        if ["host", "http_host", "request_method", "scheme", "uri", "request_uri", "remote_addr", "document_uri"].contains(
            variable)
        {
            return always(true)
        }
        // `0` counts as not set; a page has no such origin.
        let isText = variable != "http_origin" && (subject(variable) != nil || variable.hasPrefix("cookie_"))
        return equals(variable, isText ? ["", "0"] : [""]).map { Way(when: $0.when, isTrue: !$0.isTrue) }
    }

    private static func equals(_ variable: String, _ all: [String]) -> [Way] {
        let values = all.filter { NginxTexts.isPossible($0, of: variable) }
        guard !values.isEmpty else { return always(false) }
        // An empty value and other values need different tests.
        if values.contains(""), values.count > 1 {
            guard let empty = test(variable, equals: [""]), let others = test(variable, equals: values.filter { !$0.isEmpty }),
                let neither = NginxCondition(empty.negated).and(others.negated)
            else { return unknown("$\(variable) = \(values.joined(separator: " "))") }
            return [Way(when: NginxCondition(empty), isTrue: true), Way(when: NginxCondition(others), isTrue: true)]
                + [Way(when: neither, isTrue: false)]
        }
        return test(variable, equals: values).map(split) ?? unknown("$\(variable) = \(values.joined(separator: " "))")
    }

    /// Compares with the keys of a `map`. Origins have only one spelling.
    private static func equalsAnyCase(_ variable: String, _ values: [String]) -> [Way] {
        if let isUpper = NginxTexts.hasUpperCase[variable] {
            return equals(variable, values.map { isUpper ? $0.uppercased() : $0.lowercased() })
        }
        let hasLetters = values.contains { $0.contains(where: \.isLetter) }
        guard hasLetters, variable != "http_origin", !values.contains("") else { return equals(variable, values) }
        let words = "(?:\(values.map(NginxExpression.escaped).joined(separator: "|")))"
        if let name = cookie(variable) {
            return split(NginxTest(subject: .request("Cookie", .matches("(?i)\(name)\(words)(;|$)"))))
        }
        let expression = "(?i)^\(words)$"
        if variable == "request_uri" { return split(NginxTest(subject: .path("regex:\(expression)"))) }
        return ways(variable, matches: expression) ?? equals(variable, values)

    }
}
