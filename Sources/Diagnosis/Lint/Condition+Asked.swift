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

extension ConditionTest {
    fileprivate func holds(forStatus status: Int) -> Bool? {
        switch self {
        case .any(.status, let values): values.contains { PatternSamples.statuses($0.value)?.contains(status) ?? false }
        case .not(let inner): inner.holds(forStatus: status).map { !$0 }
        case .any, .requestHeader, .responseHeader, .sample: nil
        }
    }
}
