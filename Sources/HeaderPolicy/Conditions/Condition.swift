/// `when:` — a condition that holds when all of its tests hold.
public struct Condition: Sendable {
    /// The tests in the order of the file.
    public var tests: [ConditionTest] = []
    public var location: SourceLocation

    public init(location: SourceLocation, _ tests: [ConditionTest] = []) {
        self.location = location
        self.tests = tests
    }
}

/// One test of a `when:`.
public enum ConditionTest: Sendable {
    /// The property has one of the values.
    case any(ConditionSubject, [Located<String>])
    /// A test of a request field: in a response rule as the client sent it, in a request rule as the rules before left it.
    case requestHeader(FieldTest)
    /// For responses only: a test of a response field as the rules before left it.
    case responseHeader(FieldTest)
    /// A test of a parameter of the query.
    case query(FieldTest)
    case sample(Sample)
    /// The inner condition does not hold as a whole.
    case not(Condition)

    /// The place of the test in the order in which people read tests.
    fileprivate var rank: Int {
        switch self {
        case .any(let subject, _): subject.rank
        case .requestHeader: 100
        case .responseHeader: 101
        case .query: 102
        case .sample: 103
        case .not: 104
        }
    }

    /// The place of a test of the response itself; nil for other tests.
    public var responseLocation: SourceLocation? {
        switch self {
        case .any(let subject, let values): subject.isOfResponse ? values.first?.location : nil
        case .responseHeader(let test): test.name.location
        case .requestHeader, .query, .sample, .not: nil
        }
    }

    /// The key under which the test is written.
    public var key: String {
        switch self {
        case .any(let subject, _): subject.rawValue
        case .requestHeader: "request_header"
        case .responseHeader: "response_header"
        case .query: "query"
        case .sample: "sample"
        case .not: "not"
        }
    }

    /// The test on one line, for people.
    public var text: String {
        switch self {
        case .any(_, let values): "\(key) \(values.joined)"
        case .requestHeader(let test), .responseHeader(let test), .query(let test): "\(key) \(test.text)"
        case .sample(let sample): "\(key) \(sample.text)"
        case .not(let condition): condition.negated?.text ?? "\(key) (\(condition.text))"
        }
    }

    /// The name of the field or parameter that the test looks at; nil for other tests.
    public var fieldName: String? {
        switch self {
        case .requestHeader(let test), .responseHeader(let test), .query(let test): test.name.value
        case .any, .sample, .not: nil
        }
    }

    /// Returns the same test without the values that are compared with secret fields. `value` returns the part that may be shown.
    public func redacted(_ value: (_ name: String, _ value: String) -> String) -> ConditionTest {
        switch self {
        case .requestHeader(let test): .requestHeader(test.redacted(value))
        case .responseHeader(let test): .responseHeader(test.redacted(value))
        case .query(let test): .query(test.redacted(value))
        case .not(let condition): .not(condition.redacted(value))
        case .any, .sample: self
        }
    }

    /// The request fields on which the test depends, those in `not` included.
    func requestFields(_ dependence: Dependence) -> [String] {
        switch self {
        case .any(let subject, _): subject.requestFields(dependence)
        case .requestHeader(let test): [test.name.value]
        case .responseHeader, .query: []
        case .sample(let sample): if case .cookie = sample.key { ["Cookie"] } else { dependence.peerFields }
        case .not(let condition): condition.requestFields(dependence)
        }
    }
}

extension Condition {
    /// The tests in the order in which people read them.
    var ordered: [ConditionTest] {
        tests.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(\.element)
    }

    public var text: String { ordered.map(\.text).joined(separator: " and ") }

    /// Returns a condition that holds where both hold. The tests of one condition are already a conjunction.
    public func and(_ other: Condition) -> Condition {
        var both = self
        both.tests.append(.not(Condition(location: other.location, [.not(other)])))
        return both
    }

    /// The tests that must all hold, those that `and` has added included.
    public var conjuncts: [ConditionTest] {
        tests.flatMap { test in
            guard case .not(let outer) = test, let inner = outer.negated else { return [test] }
            return inner.conjuncts
        }
    }

    /// The negated condition inside one that does nothing but negate; nil otherwise. See `and`.
    fileprivate var negated: Condition? {
        guard tests.count == 1, case .not(let inner) = tests[0] else { return nil }
        return inner
    }

    /// Whether a test, or one inside `not`, asks about the response.
    var needsResponse: Bool {
        tests.contains { test in
            if case .not(let inner) = test { return inner.needsResponse }
            return test.responseLocation != nil
        }
    }

    public func redacted(_ value: (_ name: String, _ value: String) -> String) -> Condition {
        Condition(location: location, tests.map { $0.redacted(value) })
    }

    /// The request fields on which the condition depends, those in `not` included.
    func requestFields(_ dependence: Dependence) -> [String] { ordered.flatMap { $0.requestFields(dependence) } }

    /// Returns the condition without its tests of request fields: where it holds, those fields decide. Nil when no test is left.
    func withoutRequestFields(_ dependence: Dependence) -> Condition? {
        let rest = tests.filter { test in
            if case .sample = test { return false }
            return test.requestFields(dependence).isEmpty
        }
        return rest.isEmpty ? nil : Condition(location: location, rest)
    }
}

/// The tests of one kind, for code that searches for them or builds a condition.
extension Condition {
    public subscript(_ subject: ConditionSubject) -> [Located<String>] {
        get {
            tests.flatMap { test in
                if case .any(subject, let values) = test { return values }
                return []
            }
        }
        set {
            tests.removeAll { if case .any(subject, _) = $0 { true } else { false } }
            if !newValue.isEmpty { tests.append(.any(subject, newValue)) }
        }
    }

    public var requestHeaders: [FieldTest] {
        get { tests.compactMap { if case .requestHeader(let test) = $0 { test } else { nil } } }
        set {
            tests.removeAll { if case .requestHeader = $0 { true } else { false } }
            tests += newValue.map { .requestHeader($0) }
        }
    }

    public var responseHeaders: [FieldTest] {
        get { tests.compactMap { if case .responseHeader(let test) = $0 { test } else { nil } } }
        set {
            tests.removeAll { if case .responseHeader = $0 { true } else { false } }
            tests += newValue.map { .responseHeader($0) }
        }
    }
}

/// A test of one field of a message, or of one parameter of its query.
public struct FieldTest: Sendable {
    public enum Test: Sendable {
        case absent, present
        /// One of the texts is the value of a line or parameter.
        case equals([Located<String>])
        /// A regular expression finds a match in such a value.
        case matches(Located<String>)
    }

    public var name: Located<String>
    public var test: Test

    public init(name: Located<String>, test: Test) {
        self.name = name
        self.test = test
    }
}

/// A percentage of clients, the same ones each time.
public struct Sample: Sendable, Hashable {
    public enum Key: Sendable, Hashable {
        case clientAddress
        case cookie(String)
    }

    /// The percentage, 0 to 100.
    public var percent: Double
    public var key: Key
    public var location: SourceLocation

    public init(percent: Double, key: Key, location: SourceLocation) {
        self.percent = percent
        self.key = key
        self.location = location
    }
}

extension FieldTest {
    fileprivate var text: String {
        switch test {
        case .absent: "\(name.value) absent"
        case .present: "\(name.value) present"
        case .equals(let values): "\(name.value) equals \(values.joined)"
        case .matches(let pattern): "\(name.value) matches \"\(pattern.value)\""
        }
    }

    fileprivate func redacted(_ value: (_ name: String, _ value: String) -> String) -> FieldTest {
        func hide(_ text: Located<String>) -> Located<String> { Located(value(name.value, text.value), at: text.location) }
        var copy = self
        switch test {
        case .equals(let values): copy.test = .equals(values.map(hide))
        case .matches(let pattern): copy.test = .matches(hide(pattern))
        case .absent, .present: break
        }
        return copy
    }
}

extension Sample {
    fileprivate var text: String {
        var number = "\(percent)"
        if number.hasSuffix(".0") { number.removeLast(2) }
        switch key {
        case .clientAddress: return "\(number)%"
        case .cookie(let name): return "\(number)% by cookie \(name)"
        }
    }
}
