import HTTPModel
import ProxyConfig

/// Translates the `Access-Control-*` fields of a place to one `cors` rule.
struct NginxCORS {
    /// The fields on one way that a request may take.
    private struct State {
        var when: NginxCondition
        /// Whether nginx answers the request by itself.
        var isAnswered: Bool
        var fields: [NginxDirective]
    }

    /// A field's value, and the condition for it.
    struct Value {
        var when: NginxCondition
        var text: String
        var directive: NginxDirective
        var isAnswered: Bool
        /// Whether it is in the answer to a preflight.
        var isOfPreflight: Bool { isAnswered || NginxCORS.isPreflight(when) }
    }

    private let memory: NginxMemory
    private(set) var values: [String: [Value]] = [:]
    private var isPreflightAnswered = false
    /// The values of Access-Control-Allow-Origin that say something.
    private var origins: [Value] { (values["access-control-allow-origin"] ?? []).filter { !$0.text.isEmpty } }
    /// Whether no other response has the fields.
    var isForPreflightsAlone: Bool { !isOfOptions && origins.allSatisfy(\.isOfPreflight) }
    /// Whether the place is the one with which nginx answers `OPTIONS`.
    let isOfOptions: Bool
    private(set) var notes: [ImportDraft.Note] = []

    var isEmpty: Bool { values.isEmpty }

    static func owns(_ name: String) -> Bool { name.lowercased().hasPrefix("access-control-") }

    /// Whether an `if` only adds fields of CORS.
    static func isAllOf(_ condition: NginxDirective) -> Bool {
        let content = (condition.block ?? []).filter { !NginxFlow.directives.contains($0.name) }
        return content.allSatisfy { ["add_header", "more_set_headers"].contains($0.name) } && content.contains { owns($0[0]) }
    }

    init(_ spot: NginxSpot) {
        let scope = spot.outer ?? spot.scope
        memory = scope.memory
        isOfOptions = spot.outer != nil && Self.isPreflight(spot.when)
        let base = scope.list("more_set_headers") + scope.list("add_header")
        var states: [State] = []
        var left: [NginxCondition] = [.always]
        // The last `if` that holds stands for the place, with what it inherits.
        for variant in spot.flow.variants.reversed() where Self.isAllOf(variant.condition) || variant.answers {
            let fields = scope.nested(variant.condition.block ?? [])
            let list = fields.list("more_set_headers") + fields.list("add_header")
            if !variant.answers { noteLost(base, list) }
            for way in NginxFlow.crossed(left, variant.ways) {
                states.append(State(when: way, isAnswered: variant.answers, fields: list))
            }
            left = NginxFlow.crossed(left, variant.others)
            if left.count > NginxFlow.wayLimit { left = [.always] }
        }
        for way in left { states.append(State(when: way, isAnswered: false, fields: base)) }
        isPreflightAnswered =
            states.contains { $0.isAnswered && Self.isPreflight($0.when) } || Self.answersOptions(spot)
            || spot.scope.answersPreflights
        for state in states { add(state) }
    }

    static func answersOptions(_ spot: NginxSpot) -> Bool {
        spot.flow.steps.contains { $0.directive.name == "return" && Self.isPreflight($0.when) }
    }

    static func isPreflight(_ tests: NginxCondition) -> Bool {
        tests.tests.contains { $0.subject == .methods(["OPTIONS"]) && !$0.isNegated }
    }

    private mutating func add(_ state: State) {
        for directive in state.fields {
            var fields: [(name: String, value: String)] = []
            if directive.name == "add_header" {
                fields = [(directive[0], directive[1])]
            } else if directive.name == "more_set_headers" {
                fields = directive.arguments.compactMap { field in
                    let parts = field.split(separator: ":", maxSplits: 1).map { $0.drop { $0 == " " } }
                    return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
                }
            }
            for field in fields where Self.owns(field.name) {
                if let condition = state.when.unknown {
                    note("whether `\(condition)` holds cannot be told by a `when`: left out", directive)
                    values[field.name.lowercased(), default: []] += []
                    continue
                }
                guard let cases = memory.expand(field.value), !(cases.contains { $0.when.unknown != nil }) else {
                    note("the value is not known before a request comes", directive)
                    values[field.name.lowercased(), default: []] += []
                    continue
                }
                for one in cases {
                    guard let when = state.when.and(one.when) else { continue }
                    let value = Value(when: when, text: one.value, directive: directive, isAnswered: state.isAnswered)
                    values[field.name.lowercased(), default: []].append(value)
                }
            }
        }
    }

    mutating func note(_ text: String, _ directive: NginxDirective, _ danger: ImportDraft.Danger = .field) {
        let note = ImportDraft.Note(origin: directive.place, text: "\(directive.text): \(text)", danger: danger)
        if !notes.contains(note) { notes.append(note) }
    }

    /// Notes the other fields of a place that nginx leaves out where an `if` adds some of its own.
    private mutating func noteLost(_ base: [NginxDirective], _ list: [NginxDirective]) {
        let kept = list.map(\.location)
        let lost = base.filter { $0.name == "add_header" && !Self.owns($0[0]) && !kept.contains($0.location) }
        guard !lost.isEmpty, let first = list.first(where: { $0.name == "add_header" }) else { return }
        note("nginx sends it without \(lost.map { $0[0] }.joined(separator: ", ")), which stay here", first)
    }

    /// Returns the rule; nil when browsers would refuse the fields, or when they are not known.
    mutating func rule(_ known: inout [[String]: NginxOriginPattern]) -> ImportDraft.Rule? {
        guard let first = origins.first else {
            for value in values.values.flatMap({ $0 }) {
                note("without Access-Control-Allow-Origin it does nothing", value.directive)
            }
            notes.sort { ($0.origin, $0.text) < ($1.origin, $1.text) }
            return nil
        }
        // nginx may answer preflights differently from the requests after them.
        let (answers, others) = (origins.filter(\.isOfPreflight), origins.filter { !$0.isOfPreflight })
        let ofAnswers = allowed(by: answers)
        var allowed = others.isEmpty ? ofAnswers : common(allowed(by: others), ofAnswers, first.directive)
        var methods: Set<String>? = []
        var conditions: Set<NginxCondition> = []
        for value in others {
            let own = value.when.tests.compactMap { test -> [String]? in
                if case .methods(let names) = test.subject, !test.isNegated { names } else { nil }
            }.flatMap { $0 }
            if own.isEmpty { methods = nil } else { methods?.formUnion(own) }
            conditions.insert(
                value.when.filtered { subject in
                    switch subject {
                    case .methods, .request("Origin", _): false
                    default: true
                    }
                })
        }
        guard !allowed.isEmpty else { return nil }
        note(
            "told as `cors`: it gives its headers on every status, and none to foreign origins, those of preflights to preflights alone; the app's own go, and `Vary: Origin` comes",
            first.directive, .small)
        let credentials = credentials(&allowed, &known)
        var lines = ["cors:", "  allow_origins: \(YAMLText.list(allowed))"]
        if let credentials { lines.append(credentials) }
        for key in ["allow_methods", "allow_headers", "expose_headers"] {
            // Anything that nginx does not mention is not allowed.
            if let line = names(key) { lines.append(line) } else if key != "expose_headers" { lines.append("  \(key): []") }
        }
        if let age = texts("access-control-max-age").first, let seconds = Int(age), seconds >= 0 {
            lines.append("  max_age: \(seconds)s")
        }
        if texts("access-control-allow-private-network").contains("true") { lines.append("  allow_private_network: true") }
        if !isPreflightAnswered {
            lines.append("  preflight: forward")
            note("nginx let the app answer preflights, and so does `preflight: forward`", first.directive, .small)
        }
        noteOthers()
        return ImportDraft.Rule(
            body: .lines(lines), when: condition(methods, conditions, first.directive), origin: first.directive.place)
    }

    /// Returns the condition under which the fields are sent at all.
    private mutating func condition(
        _ methods: Set<String>?, _ conditions: Set<NginxCondition>, _ directive: NginxDirective
    ) -> String? {
        var tests = NginxCondition.always
        if conditions.count == 1, let only = conditions.first { tests = only }
        if conditions.count > 1, !conditions.contains(.always) {
            note("under conditions that differ; here it is always there for these origins", directive)
        }
        if let methods, !methods.isEmpty, !isOfOptions {
            note("for some methods; a preflight that asks for another one goes to the app", directive, .small)
        }
        if let methods, !methods.isEmpty, !isOfOptions {
            tests = tests.and(NginxTest(subject: .methods(methods.sorted()))) ?? tests
        }
        if isForPreflightsAlone {
            note("in the answers to preflights alone; other responses have what the app sends", directive)
            let asks = NginxTest(subject: .request("Access-Control-Request-Method", .matches(NginxTest.anything)))
            tests = tests.and(asks) ?? tests
        }
        return tests.yaml
    }

    /// Returns the non-empty values of a field, with those for preflights first.
    private func texts(_ name: String) -> [String] {
        let all = (values[name] ?? []).filter { !$0.text.isEmpty }
        let isOfPreflights = name != "access-control-expose-headers"
        let sorted = all.filter { Self.isPreflight($0.when) == isOfPreflights } + all
        var texts: [String] = []
        for value in sorted where !texts.contains(value.text) { texts.append(value.text) }
        return texts
    }

    private mutating func names(_ key: String) -> String? {
        let name = "access-control-\(key.replacing("_", by: "-"))"
        let texts = texts(name)
        guard let text = texts.first, let directive = values[name]?.first(where: { $0.text == text })?.directive else {
            return nil
        }
        if texts.count > 1 { note("the value differs from case to case; here it is always the same", directive) }
        if text == "${http_access_control_request_headers}" { return "  \(key): echo" }
        guard !text.contains("$") else {
            note("the value is not known before a request comes", directive)
            return nil
        }
        let names = text.split { $0 == "," || $0 == " " }.map(String.init)
        return names.isEmpty ? nil : "  \(key): \(YAMLText.list(names))"
    }

    /// Notes fields that do not belong to CORS.
    private mutating func noteOthers() {
        let known = [
            "allow-origin", "allow-credentials", "allow-methods", "allow-headers", "expose-headers", "max-age",
            "allow-private-network",
        ]
        for (name, values) in values where !known.contains(String(name.dropFirst("access-control-".count))) {
            if let value = values.first { note("no browser asks for it", value.directive) }
        }
    }
}
