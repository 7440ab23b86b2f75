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

    /// Whether it holds for a response with that status; nil where that depends on something else.
    func holds(forStatus status: Int) -> Bool? {
        let answers = tests.map { $0.holds(forStatus: status) }
        return answers.contains(false) ? false : answers.contains(nil) ? nil : true
    }

    /// Whether no message meets both, as far as that is seen from what they ask of one property, and from a `not` around what
    /// the other one says.
    func excludes(_ other: Condition) -> Bool {
        conjuncts.contains { test in
            switch test {
            case .not(let inner): inner.conjuncts.allSatisfy { one in other.conjuncts.contains { $0.text == one.text } }
            case .any(let subject, let values):
                other.conjuncts.contains { test in
                    guard case .any(subject, let others) = test else { return false }
                    return !values.contains { value in others.contains { subject.mayBeBoth(value.value, $0.value) } }
                }
            case .requestHeader, .responseHeader, .sample: false
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
            case .any, .sample: break
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
}

extension ConditionTest {
    fileprivate func holds(forStatus status: Int) -> Bool? {
        switch self {
        case .any(.status, let values): values.contains { PatternSamples.statuses($0.value)?.contains(status) ?? false }
        case .not(let inner): inner.holds(forStatus: status).map { !$0 }
        case .any, .requestHeader, .responseHeader, .sample: nil
        }
    }
}
