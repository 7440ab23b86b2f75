import ProxyConfig
import ProxyCore

/// One test in a condition on a message.
struct NginxTest: Hashable {
    enum Subject: Hashable {
        case methods([String])
        case hosts([String])
        case scheme(String)
        case path(String)
        case clients([String])
        case request(String, Value)
        case response(String, Value)
        case query(String, Value)
        case statuses([String])
        /// A test that no `when` can express, in nginx's words.
        case unknown(String)
    }

    enum Value: Hashable {
        case absent
        case equals([String])
        case matches(String)
    }

    /// An expression that matches any non-empty value of a field.
    static let anything = "."

    var subject: Subject
    var isNegated = false

    var negated: NginxTest { NginxTest(subject: subject, isNegated: !isNegated) }

    /// The test as one entry of a `when`, without its negation.
    var entry: (key: String, value: String) {
        switch subject {
        case .methods(let names): ("method", Self.list(names))
        case .hosts(let names): ("host", Self.list(names))
        case .scheme(let name): ("scheme", name)
        case .path(let pattern): ("path", YAMLText.scalar(pattern))
        case .clients(let blocks): ("client_ip", Self.list(blocks))
        case .request(let name, let value): ("request_header", "{ \(YAMLText.scalar(name)): \(Self.text(value)) }")
        case .response(let name, let value): ("response_header", "{ \(YAMLText.scalar(name)): \(Self.text(value)) }")
        case .query(let name, let value): ("query", "{ \(YAMLText.scalar(name)): \(Self.text(value)) }")
        case .statuses(let codes): ("status", Self.list(codes))
        case .unknown(let text): ("method", YAMLText.scalar(text))
        }
    }

    private static func list(_ values: [String]) -> String {
        values.count == 1 ? YAMLText.scalar(values[0]) : YAMLText.list(values)
    }

    private static func text(_ value: Value) -> String {
        switch value {
        case .absent: "absent"
        case .equals(let values) where values.contains { ["absent", "present"].contains($0) }:
            "{ equals: \(YAMLText.list(values)) }"
        case .equals(let values): list(values)
        case .matches(let expression): "{ matches: \(expression.quoted) }"
        }
    }
}

/// Tests that must all hold.
struct NginxCondition: Hashable {
    private(set) var tests: [NginxTest] = []

    static let always = NginxCondition()

    init() {}
    init(_ test: NginxTest) { tests = [test] }

    var isEmpty: Bool { tests.isEmpty }

    /// The tests that no `when` can express.
    var unknowns: [String] { tests.compactMap { if case .unknown(let text) = $0.subject { text } else { nil } } }

    /// The first of them; nil when there is none.
    var unknown: String? { unknowns.first }

    var withoutUnknown: NginxCondition {
        filtered { if case .unknown = $0 { false } else { true } }
    }

    /// The tests of a refusal, whose expressions nobody gets past by a newline at the end of a path.
    var takingNewline: NginxCondition {
        var copy = self
        copy.tests = tests.map { test in
            guard case .path(let path) = test.subject, path.hasPrefix("regex:"), !test.isNegated else { return test }
            return NginxTest(subject: .path(NginxExpression.takingNewline(path)))
        }
        return copy
    }

    func filtered(_ isKept: (NginxTest.Subject) -> Bool) -> NginxCondition {
        var copy = self
        copy.tests = tests.filter { isKept($0.subject) }
        return copy
    }

    /// Returns both together; nil when they cannot both hold.
    func and(_ other: NginxCondition) -> NginxCondition? {
        var result = self
        for test in other.tests { guard result.add(test) else { return nil } }
        return result
    }

    func and(_ test: NginxTest) -> NginxCondition? { and(NginxCondition(test)) }

    /// Adds a test; returns false when it contradicts one that is there.
    private mutating func add(_ test: NginxTest) -> Bool {
        var test = test
        if case .scheme(let name) = test.subject, test.isNegated {
            test = NginxTest(subject: .scheme(name == "http" ? "https" : "http"))
        }
        if tests.contains(test) { return true }
        if tests.contains(test.negated) { return false }
        for index in tests.indices {
            switch Self.merged(tests[index], test) {
            case .apart: continue
            case .contradiction: return false
            case .one(let merged):
                // The merged test may affect the others.
                tests.remove(at: index)
                return add(merged)
            }
        }
        tests.append(test)
        return true
    }

    private enum Merged {
        case apart, contradiction
        case one(NginxTest)
    }

    private static func merged(_ left: NginxTest, _ right: NginxTest) -> Merged {
        if left.isNegated, right.isNegated { return .apart }
        if left.isNegated { return merged(right, left) }
        func narrowed(_ values: [String], _ isKept: (String) -> Bool, _ make: ([String]) -> NginxTest.Subject) -> Merged {
            let kept = values.filter { isKept($0) != right.isNegated }
            return kept.isEmpty ? .contradiction : .one(NginxTest(subject: make(kept)))
        }
        switch (left.subject, right.subject) {
        case (.methods(let some), .methods(let others)): return narrowed(some, others.contains) { .methods($0) }
        case (.hosts(let some), .hosts(let others)) where !(some + others).contains { $0.hasPrefix("*") }:
            return narrowed(some, others.contains) { .hosts($0) }
        case (.statuses(let some), .statuses(let others)):
            guard some.allSatisfy({ !$0.hasSuffix("xx") }) else {
                return right.isNegated || others.contains { $0.hasSuffix("xx") } ? .apart : merged(right, left)
            }
            let covers = { (code: String) in others.contains { $0 == code || $0.hasSuffix("xx") && $0.first == code.first } }
            return narrowed(some, covers) { .statuses($0) }
        case (.scheme(let some), .scheme(let other)) where some != other: return .contradiction
        case (.request(let name, let some), .request(let otherName, let other)) where name == otherName:
            return fields(some, other, right.isNegated) { .request(name, $0) }
        case (.response(let name, let some), .response(let otherName, let other)) where name == otherName:
            return fields(some, other, right.isNegated) { .response(name, $0) }
        case (.query(let name, let some), .query(let otherName, let other)) where name == otherName:
            return fields(some, other, right.isNegated) { .query(name, $0) }
        default: return .apart
        }
    }

    private static func fields(
        _ some: NginxTest.Value, _ other: NginxTest.Value, _ isNegated: Bool, _ make: (NginxTest.Value) -> NginxTest.Subject
    ) -> Merged {
        switch (some, other) {
        case (.equals(let values), .equals(let others)):
            let kept = values.filter { others.contains($0) != isNegated }
            return kept.isEmpty ? .contradiction : .one(NginxTest(subject: make(.equals(kept))))
        case (.equals(let values), .matches(let expression)):
            let kept = values.filter { NginxExpression.matches(expression, $0) != isNegated }
            return kept.isEmpty ? .contradiction : .one(NginxTest(subject: make(.equals(kept))))
        case (.matches(let expression), .matches(NginxTest.anything)) where !NginxExpression.matches(expression, ""):
            return isNegated ? .contradiction : .one(NginxTest(subject: make(some)))
        case (.matches(NginxTest.anything), .matches(let expression))
        where !isNegated && !NginxExpression.matches(expression, ""):
            return .one(NginxTest(subject: make(other)))
        case (.matches, .equals): return isNegated ? .apart : fields(other, some, false, make)
        case (.equals, .absent), (.matches, .absent):
            return isNegated ? .one(NginxTest(subject: make(some))) : .contradiction
        case (.absent, .equals), (.absent, .matches):
            return isNegated ? .one(NginxTest(subject: make(.absent))) : .contradiction
        default: return .apart
        }
    }

    /// The value of `when:`; nil when there are no tests.
    var yaml: String? {
        guard !tests.isEmpty else { return nil }
        var entries: [(key: String, value: String)] = []
        var refused: [String] = []
        for test in tests {
            let entry = test.entry
            if test.isNegated {
                refused.append("{ \(entry.key): \(entry.value) }")
            } else if entries.contains(where: { $0.key == entry.key }) {
                // A key may occur only once, so the test is written as a double negation.
                refused.append("{ not: { \(entry.key): \(entry.value) } }")
            } else {
                entries.append(entry)
            }
        }
        if !refused.isEmpty { entries.append(("not", refused.count == 1 ? refused[0] : "[\(refused.joined(separator: ", "))]")) }
        return "{ \(entries.map { "\($0.key): \($0.value)" }.joined(separator: ", ")) }"
    }
}
