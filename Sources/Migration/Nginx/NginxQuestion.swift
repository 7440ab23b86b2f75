import ProxyConfig

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

    /// Reads the condition of an `if`.
    init(_ directive: NginxDirective, _ memory: NginxMemory) {
        var words = directive.arguments
        if let first = words.first, first.hasPrefix("(") {
            words[0].removeFirst()
            if words[0].isEmpty { words.removeFirst() }
        }
        if let last = words.last, last.hasSuffix(")") {
            words[words.count - 1].removeLast()
            if words[words.count - 1].isEmpty, words.count != 3 { words.removeLast() }
        }
        let operators: [String: (Comparison, isNegated: Bool)] = [
            "=": (.equals, false), "!=": (.equals, true), "~": (.matches, false), "!~": (.matches, true),
            "~*": (.matchesAnyCase, false), "!~*": (.matchesAnyCase, true),
        ]
        if words.count == 1 {
            ways = Self.ways(words[0], .isSet, [], memory)
        } else if words.count >= 2, let (comparison, isNegated) = operators[words[1]] {
            ways = Self.ways(words[0], comparison, [words.dropFirst(2).joined(separator: " ")], memory)
            if isNegated { for index in ways.indices { ways[index].isTrue.toggle() } }
        } else {
            ways = Self.unknown(directive.text)
        }
    }

    /// - Parameter values: for `equals`, the values of which any may match.
    init(_ text: String, _ comparison: Comparison, _ values: [String], _ memory: NginxMemory) {
        ways = Self.ways(text, comparison, values, memory)
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

    private static func split(_ test: NginxTest) -> [Way] {
        [Way(when: NginxCondition(test), isTrue: true), Way(when: NginxCondition(test.negated), isTrue: false)]
    }

    private static func always(_ isTrue: Bool) -> [Way] { [Way(when: .always, isTrue: isTrue)] }

    private static func judge(_ text: String, _ comparison: Comparison, _ values: [String], _ memory: NginxMemory) -> [Way] {
        let parts = NginxVariables.parts(text)
        let variables = parts.compactMap { part -> String? in if case .variable(let name) = part { name } else { nil } }
        if variables.isEmpty { return always(isTrue(text, comparison, values)) }
        if comparison == .isSet, parts.count > 1 { return always(true) }
        guard parts.count == 1 else { return unknown("\(text) \(values.joined(separator: " "))") }
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

    private static func isTrue(_ text: String, _ comparison: Comparison, _ values: [String]) -> Bool {
        switch comparison {
        case .isSet: return !text.isEmpty && text != "0"
        case .equals: return values.contains(text)
        case .equalsAnyCase: return values.contains { $0.lowercased() == text.lowercased() }
        case .matches, .matchesAnyCase:
            guard
                let expression = values.first.flatMap({ NginxExpression.linear($0, ignoringCase: comparison == .matchesAnyCase) })
            else { return false }
            return NginxExpression.matches(expression, text)
        }
    }

    private static func isSet(_ variable: String) -> [Way] {
        if ["host", "http_host", "request_method", "scheme", "uri", "request_uri", "remote_addr", "document_uri"].contains(
            variable)
        {
            return always(true)
        }
        return equals(variable, [""]).map { Way(when: $0.when, isTrue: !$0.isTrue) }
    }

    private static func equals(_ variable: String, _ values: [String]) -> [Way] {
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
        let hasLetters = values.contains { $0.contains(where: \.isLetter) }
        let isText = variable == "uri" || variable == "request_uri" || field(variable).map { $0.name != "Origin" } ?? false
        guard hasLetters, isText, !values.contains("") else { return equals(variable, values) }
        // nginx keeps the charset of a response separately.
        let end = variable.hasSuffix("_content_type") && variable != "http_content_type" ? " *(;|$)" : "$"
        let expression = "(?i)^(?:\(values.map(NginxExpression.escaped).joined(separator: "|")))\(end)"
        if variable == "request_uri" { return split(NginxTest(subject: .path("regex:\(expression)"))) }
        return ways(variable, matches: expression) ?? equals(variable, values)
    }

    private static func test(_ variable: String, equals values: [String]) -> NginxTest? {
        switch variable {
        case "request_method": return values == [""] ? nil : NginxTest(subject: .methods(values))
        case "scheme":
            return values.count == 1 && ["http", "https"].contains(values[0]) ? NginxTest(subject: .scheme(values[0])) : nil
        case "server_port":
            let schemes = ["80": "http", "443": "https"]
            return values.count == 1 ? schemes[values[0]].map { NginxTest(subject: .scheme($0)) } : nil
        case "https":
            if values == [""] { return NginxTest(subject: .scheme("http")) }
            return values == ["on"] ? NginxTest(subject: .scheme("https")) : nil
        case "ssl_protocol", "ssl_cipher": return values == [""] ? NginxTest(subject: .scheme("http")) : nil
        case "host":
            return values.allSatisfy { !$0.isEmpty && !$0.contains(":") } ? NginxTest(subject: .hosts(values)) : nil
        case "uri", "document_uri", "request_uri":
            guard values.allSatisfy({ $0.hasPrefix("/") && !$0.contains("?") }) else { return nil }
            let expression = values.map { "^\(NginxExpression.escaped($0))$" }.joined(separator: "|")
            return NginxTest(subject: .path(values.count == 1 ? NginxValues.path(exactly: values[0]) : "regex:\(expression)"))
        case "remote_addr", "realip_remote_addr", "binary_remote_addr":
            return values == [""] ? nil : NginxTest(subject: .clients(values))
        case "status", "upstream_status": return NginxTest(subject: .statuses(values))
        default: break
        }
        guard let field = field(variable) else { return cookie(variable, values) }
        let isEmpty = values == [""]
        // A field without a value is also empty; no browser sends such an `Origin`.
        let isThere = NginxTest.Value.matches(NginxTest.anything)
        let value: NginxTest.Value = !isEmpty ? .equals(values) : field.name == "Origin" ? .absent : isThere
        let test = NginxTest(subject: field.isRequest ? .request(field.name, value) : .response(field.name, value))
        return isEmpty && value == isThere ? test.negated : test
    }

    /// Returns the ways of a match. For nginx a missing field is empty, and some expressions match that.
    private static func ways(_ variable: String, matches expression: String) -> [Way]? {
        guard let test = test(variable, matches: expression) else { return nil }
        guard let field = field(variable), NginxExpression.matches(expression, "") else { return split(test) }
        let absent = NginxTest(subject: field.isRequest ? .request(field.name, .absent) : .response(field.name, .absent))
        guard let other = NginxCondition(absent.negated).and(test.negated) else { return nil }
        return [Way(when: NginxCondition(absent), isTrue: true), Way(when: NginxCondition(test), isTrue: true)]
            + [Way(when: other, isTrue: false)]
    }

    /// The methods that nginx knows, of which an expression may match several.
    private static let methods = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "MKCOL", "COPY", "MOVE", "PROPFIND",
        "PROPPATCH", "LOCK", "UNLOCK",
    ]

    private static func test(_ variable: String, matches expression: String) -> NginxTest? {
        switch variable {
        case "request_method":
            let isWhole = expression.hasPrefix("^") && expression.hasSuffix("$")
            // One that is whole may name other methods besides.
            let named = isWhole ? NginxValues.alternatives(expression) : nil
            let names = named ?? methods.filter { NginxExpression.matches(expression, $0) }
            return names.isEmpty ? nil : NginxTest(subject: .methods(names))
        case "uri", "document_uri": return NginxTest(subject: .path("regex:\(expression)"))
        case "request_uri" where NginxExpression.isOfPaths(expression): return NginxTest(subject: .path("regex:\(expression)"))
        case "host": return NginxTest(subject: .request("Host", .matches(NginxValues.host(expression))))
        case "scheme":
            let schemes = ["http", "https"].filter { NginxExpression.matches(expression, $0) }
            return schemes.count == 1 ? NginxTest(subject: .scheme(schemes[0])) : nil
        case "https":
            let isSecure = NginxExpression.matches(expression, "on")
            guard isSecure != NginxExpression.matches(expression, "") else { return nil }
            return NginxTest(subject: .scheme(isSecure ? "https" : "http"))
        default: break
        }
        guard let field = field(variable) else { return nil }
        let value = NginxTest.Value.matches(expression)
        return NginxTest(subject: field.isRequest ? .request(field.name, value) : .response(field.name, value))
    }

    /// Returns the field of `$http_x_a` and similar variables.
    private static func field(_ variable: String) -> (name: String, isRequest: Bool)? {
        if variable == "content_type" { return ("Content-Type", true) }
        for (prefix, isRequest) in [("http_", true), ("sent_http_", false), ("upstream_http_", false)]
        where variable.hasPrefix(prefix) && variable != prefix {
            return (NginxVariables.fieldName(String(variable.dropFirst(prefix.count))), isRequest)
        }
        return nil
    }

    private static func cookie(_ variable: String, _ values: [String]) -> NginxTest? {
        guard variable.hasPrefix("cookie_"), values.count == 1 else { return nil }
        let start = "(^|; *)\(NginxExpression.escaped(String(variable.dropFirst(7))))="
        if values[0].isEmpty { return NginxTest(subject: .request("Cookie", .matches("\(start)[^;]"))).negated }
        return NginxTest(subject: .request("Cookie", .matches("\(start)\(NginxExpression.escaped(values[0]))(;|$)")))
    }
}
