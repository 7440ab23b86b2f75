import HTTPModel
import HeaderPolicy
import Testing

/// A place in a configuration that does not exist; `line` tells places apart.
func at(_ line: Int, _ column: Int = 1) -> HeaderPolicy.SourceLocation {
    HeaderPolicy.SourceLocation(file: "t.yaml", line: line, column: column)
}

extension Located: ExpressibleByUnicodeScalarLiteral, ExpressibleByExtendedGraphemeClusterLiteral, ExpressibleByStringLiteral
where Value == String {
    init(stringLiteral value: String) { self.init(value, at: HeaderPolicy.SourceLocation(file: "t.yaml", line: 1, column: 1)) }
}

extension Rule {
    init(_ action: some Action, if presence: Presence? = nil, when condition: Condition? = nil) {
        self.init(action, presence: presence, condition: condition, location: at(1))
    }

    static func set(
        _ name: Located<String>, _ value: Located<String>, if presence: Presence? = nil, when condition: Condition? = nil
    ) -> Rule { Rule(.set([FieldValue(name: name, value: value)]), if: presence, when: condition) }

    static func add(
        _ name: Located<String>, _ value: Located<String>, if presence: Presence? = nil, when condition: Condition? = nil
    ) -> Rule { Rule(.add([FieldValue(name: name, value: value)]), if: presence, when: condition) }

    static func merge(
        _ name: Located<String>, _ value: Located<String>, if presence: Presence? = nil, when condition: Condition? = nil
    ) -> Rule { Rule(.merge([FieldValue(name: name, value: value)]), if: presence, when: condition) }

    static func remove(_ names: Located<String>..., when condition: Condition? = nil) -> Rule {
        Rule(.remove(names), when: condition)
    }

    static func rename(_ from: Located<String>, _ to: Located<String>, when condition: Condition? = nil) -> Rule {
        Rule(.rename([Rename(from: from, to: to)]), when: condition)
    }

    static func edit(_ name: Located<String>, _ match: Located<String>, _ replace: Located<String>) -> Rule {
        Rule(.edit([Edit(name: name, match: match, replace: replace)]))
    }

    static func cors(when condition: Condition? = nil, _ change: (inout CORSPolicy) -> Void) -> Rule {
        var policy = CORSPolicy(location: at(1))
        change(&policy)
        return Rule(.cors(policy), when: condition)
    }

    static func cookies(removing name: Located<String>) -> Rule {
        var policy = CookiePolicy(location: at(1))
        policy.names = [name]
        policy.remove = Located(true, at: at(1))
        return Rule(.cookies(policy))
    }

    static func stop(when condition: Condition? = nil) -> Rule { Rule(.stop, when: condition) }
}

/// A condition, made by what it changes.
func when(_ change: (inout Condition) -> Void) -> Condition {
    var condition = Condition(location: at(1))
    change(&condition)
    return condition
}

/// The tests of one kind, as an array.
extension Condition {
    var methods: [Located<String>] {
        get { self[.method] }
        set { self[.method] = newValue }
    }
    var hosts: [Located<String>] {
        get { self[.host] }
        set { self[.host] = newValue }
    }
    var paths: [Located<String>] {
        get { self[.path] }
        set { self[.path] = newValue }
    }
    var schemes: [Located<String>] {
        get { self[.scheme] }
        set { self[.scheme] = newValue }
    }
    var statuses: [Located<String>] {
        get { self[.status] }
        set { self[.status] = newValue }
    }
    var contentTypes: [Located<String>] {
        get { self[.contentType] }
        set { self[.contentType] = newValue }
    }
    var sources: [Located<String>] {
        get { self[.source] }
        set { self[.source] = newValue }
    }
    var clientIPs: [Located<String>] {
        get { self[.clientIP] }
        set { self[.clientIP] = newValue }
    }
    var sample: Sample? {
        get { tests.compactMap { if case .sample(let sample) = $0 { sample } else { nil } }.first }
        set { if let newValue { tests.append(.sample(newValue)) } }
    }
    var not: [Condition] {
        get { tests.compactMap { if case .not(let inner) = $0 { inner } else { nil } } }
        set { tests += newValue.map { .not($0) } }
    }
}

/// What a client asked, as text.
struct Asked: Sendable {
    var method = "GET"
    var target = "/"
    var authority = "www.example"
    var fields: [String] = []
    var scheme = Scheme.http

    func facts(in names: FieldNames) -> ExchangeFacts {
        var facts = ExchangeFacts()
        facts.request.setMethod(method.utf8.span)
        facts.request.setTarget(target.utf8.span)
        facts.request.setAuthority(authority.utf8.span)
        facts.request.scheme = scheme
        facts.request.fields = Fields(lines: fields, in: names)
        facts.source = .upstream
        return facts
    }

    /// The preflight of a page.
    static func preflight(
        origin: String = "https://app.example", method: String = "POST", headers: String? = nil, more: [String] = [],
        target: String = "/"
    ) -> Asked {
        var fields = ["Origin: \(origin)", "Access-Control-Request-Method: \(method)"]
        for line in (headers.map { [$0] } ?? []) + more { fields.append("Access-Control-Request-Headers: \(line)") }
        return Asked(method: "OPTIONS", target: target, fields: fields)
    }
}

extension Fields {
    /// Lines written as `Name: value`.
    init(lines: [String], in names: FieldNames) {
        self.init()
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            append(String(parts[0]), parts.count > 1 ? String(parts[1]) : "", in: names)
        }
    }

    /// What HTTP/1 would write, by lines.
    var lines: [String] { pairs.map { "\($0.name): \($0.value)" } }
}

/// A compiled policy with everything that it needs to run.
struct StageUnderTest {
    let policy: CompiledPolicy
    /// What it is in pieces; it has to come to the same each time.
    let traced: TracedPolicy
    let names: FieldNames
    var scratch = StageScratch()

    init(request: [Rule] = [], response: [Rule] = [], dependence: Dependence = Dependence()) throws {
        var names = FieldNames.standard
        policy = try CompiledPolicy(requestRules: request, responseRules: response, names: &names, dependence: dependence)
        traced = try TracedPolicy(
            requestRules: request, responseRules: response, names: names, dependence: dependence, countingAs: policy)
        scratch = StageScratch(slots: policy.countedRules.count)
        self.names = names
    }

    mutating func response(
        _ lines: [String] = [], status: Status = 200, asked: Asked = Asked(), change: (inout ExchangeFacts) -> Void = { _ in }
    ) -> [String] {
        var head = ResponseHead(status: status)
        head.fields = Fields(lines: lines, in: names)
        var facts = asked.facts(in: names)
        change(&facts)
        var copy = head
        var copyScratch = StageScratch(slots: policy.countedRules.count)
        let before = scratch
        policy.applyToResponse(&head, facts: facts, scratch: &scratch)
        let trace = traced.applyToResponse(&copy, facts: facts, scratch: &copyScratch)
        let dropped = scratch.droppedFields - before.droppedFields
        #expect(copy.fields.lines == head.fields.lines && copyScratch.droppedFields == dropped, "the trace comes to the same")
        #expect(copyScratch.hits == zip(scratch.hits, before.hits).map { $0 - $1 }, "the trace counts the same")
        #expect(trace.after.map { "\($0.name): \($0.value)" } == head.fields.lines)
        return head.fields.lines
    }

    /// The request's own fields are those that were asked.
    mutating func request(_ asked: Asked = Asked(), change: (inout ExchangeFacts) -> Void = { _ in }) -> [String] {
        var facts = asked.facts(in: names)
        change(&facts)
        var fields = facts.request.fields
        var copy = fields
        var copyScratch = StageScratch(slots: policy.countedRules.count)
        let before = scratch.hits
        policy.applyToRequest(&fields, facts: facts, scratch: &scratch)
        let trace = traced.applyToRequest(&copy, facts: facts, scratch: &copyScratch)
        #expect(copy.lines == fields.lines, "the trace comes to the same")
        #expect(copyScratch.hits == zip(scratch.hits, before).map { $0 - $1 }, "the trace counts the same")
        #expect(trace.after.map { "\($0.name): \($0.value)" } == fields.lines)
        return fields.lines
    }

    /// What the rules are refused for; empty where they are not.
    static func errors(request: [Rule] = [], response: [Rule] = []) -> [PolicyError] {
        do {
            var names = FieldNames.standard
            _ = try CompiledPolicy(requestRules: request, responseRules: response, names: &names)
            return []
        } catch {
            return error.errors
        }
    }
}
