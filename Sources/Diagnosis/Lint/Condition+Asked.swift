import HeaderPolicy

/// What a condition asks, for checks that look at rules and not at messages.
extension Condition {
    /// Whether it holds for https alone.
    var isHTTPSOnly: Bool { asked(.scheme).map(\.value) == ["https"] }

    /// The values that a property may have, by all tests of it.
    func asked(_ subject: ConditionSubject) -> [Located<String>] {
        conjuncts.flatMap { test in
            guard case .any(subject, let values) = test else { return [Located<String>]() }
            return values
        }
    }

    /// Whether it holds, by the answers to its tests; nil where that depends on a test without one.
    func holds(_ answer: (ConditionTest) -> Bool?) -> Bool? {
        let answers = tests.map { $0.holds(answer) }
        return answers.contains(false) ? false : answers.contains(nil) ? nil : true
    }

    /// Whether it holds for a response with that status; nil where that depends on something else.
    func holds(forStatus status: Int, of source: String? = nil) -> Bool? { holds { $0.meets(status: status, of: source) } }

    /// Whether it holds for all messages with those answers for which the other one may hold.
    func takesAll(of other: Condition?, _ answer: (ConditionTest) -> Bool?) -> Bool {
        conjuncts.allSatisfy { test in
            test.holds(answer) ?? other?.conjuncts.contains { $0.implies(test) } ?? false
        }
    }

    /// The place of its first test of the response.
    var responseLocation: SourceLocation { tests.lazy.compactMap(\.responseLocation).first ?? location }

    /// Whether no message meets both, as far as that is seen from what they ask of one property, and from a `not` around what
    /// the other one says.
    func excludes(_ other: Condition) -> Bool {
        conjuncts.contains { test in
            switch test {
            case .not(let inner): inner.conjuncts.allSatisfy { one in other.conjuncts.contains { $0.implies(one) } }
            case .any(let subject, let values):
                other.conjuncts.contains { test in
                    guard case .any(subject, let others) = test else { return false }
                    return !values.contains { value in others.contains { subject.mayBeBoth(value.value, $0.value) } }
                }
            case .requestHeader, .responseHeader, .query, .sample: false
            }
        }
    }

    /// The tests of fields, those in `not` included.
    var fieldTests: (request: [FieldTest], response: [FieldTest]) {
        tests.reduce(into: ([], [])) { all, test in
            switch test {
            case .requestHeader(let test): all.request.append(test)
            case .responseHeader(let test): all.response.append(test)
            case .not(let inner):
                let inner = inner.fieldTests
                all.request += inner.request
                all.response += inner.response
            case .any, .query, .sample: break
            }
        }
    }
}

extension ConditionSubject {
    /// Whether a value may match both of two patterns.
    fileprivate func mayBeBoth(_ one: String, _ other: String) -> Bool {
        let (first, second) = (one.lowercased(), other.lowercased())
        switch self {
        case .method, .scheme, .source: return first == second
        case .status:
            guard let some = PatternSamples.statuses(one), let others = PatternSamples.statuses(other) else { return true }
            return some.overlaps(others)
        case .path:
            let (start, otherStart) = (Linter.literalStart(one), Linter.literalStart(other))
            return start.hasPrefix(otherStart) || otherStart.hasPrefix(start)
        case .host: return first.contains("*") || second.contains("*") || first == second
        default: return true
        }
    }

    /// Whether all that matches the second pattern matches the first; false where that is not seen easily.
    fileprivate func covers(_ wide: String, _ narrow: String) -> Bool {
        switch self {
        case .status:
            guard let statuses = PatternSamples.statuses(wide), let some = PatternSamples.statuses(narrow) else { return false }
            return statuses.contains(some)
        case .path where wide.hasSuffix("/**") && wide.hasPrefix("/") && !wide.dropLast(3).contains("*"):
            return (narrow + "/").hasPrefix(wide.dropLast(2))
        case .host: return wide.lowercased() == narrow.lowercased()
        default: return wide == narrow
        }
    }
}

extension ConditionTest {
    fileprivate func holds(_ answer: (ConditionTest) -> Bool?) -> Bool? {
        if case .not(let inner) = self { return inner.holds(answer).map { !$0 } }
        return answer(self)
    }

    /// Whether a response with that status, made by the app or the proxy, meets the test; nil for a test of something else.
    func meets(status: Int, of source: String?) -> Bool? {
        switch self {
        case .any(.status, let values): values.contains { PatternSamples.statuses($0.value)?.contains(status) ?? false }
        case .any(.source, let values): source.map { source in values.contains { $0.value == source } }
        case .any, .requestHeader, .responseHeader, .query, .sample, .not: nil
        }
    }

    /// Whether each preflight meets the test, which is not one of a `cors`; nil where that depends on more.
    var meetsPreflights: Bool? {
        switch self {
        case .any(.method, let values): values.contains { $0.value == "OPTIONS" }
        case .requestHeader(let test)
        where ["origin", "access-control-request-method"].contains(test.name.value.lowercased()):
            switch test.test {
            case .absent: false
            case .present: true
            case .equals, .matches: nil
            }
        default: meets(status: 204, of: "proxy")
        }
    }

    /// Whether each message that meets this test meets the other; false where that is not seen easily.
    fileprivate func implies(_ other: ConditionTest) -> Bool {
        guard case .any(let subject, let values) = self, case .any(subject, let others) = other else { return text == other.text }
        return values.allSatisfy { value in others.contains { subject.covers($0.value, value.value) } }
    }
}
