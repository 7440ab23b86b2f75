import HeaderPolicy
import ProxyConfig

extension Linter {
    mutating func checkCaching(_ rules: [Rule]) {
        let varies = Self.variedNames(rules)
        let errors = Set([404, 500])
        /// The errors that reach each rule, as far as it is known which a `stop` above it keeps away.
        var reaching: [Set<Int>] = []
        var left = errors
        for rule in rules {
            reaching.append(left)
            if rule.action is Stop { left.subtract(errors.filter(rule.surelyRuns)) }
        }
        /// The errors for which a rule below writes Cache-Control.
        var later: Set<Int> = []
        for (rule, reaching) in zip(rules, reaching).reversed() {
            defer {
                if rule.action is Stop { later.subtract(errors.filter(rule.surelyRuns)) }
                if rule.writesCacheControl { later.formUnion(reaching.filter(rule.surelyRuns)) }
            }
            guard !rule.isFromPreset else { continue }
            for field in rule.writtenFields {
                let name = field.name.value.lowercased()
                if name == "vary", rule.action is SetFields, rule.presence == nil, field.value.value != "*" {
                    warn(
                        .varyOverwritten, "this takes away what the app says in Vary", at: field.name.location,
                        "use `merge`")
                }
                for used in Self.requestFields(in: field.value.value)
                where !varies.contains(used.lowercased()) && !Self.isPrivate(used.lowercased()) {
                    warn(
                        .varyMissing, "the value depends on the request's \(used): caches keep a response for each of its values",
                        at: field.value.location, "write `- merge: { Vary: \(used) }` if that is meant")
                }
                if name == "cache-control", Self.isKept(field.value.value), rule.action is SetFields, rule.presence == nil,
                    [200, 404, 500].allSatisfy({ rule.condition?.holds(forStatus: $0) != false }), !reaching.isSubset(of: later)
                {
                    warn(
                        .cachesErrors, "errors are kept as well: this says `\(field.value.value)` whatever the status",
                        at: field.value.location, "add `when: { status: [2xx, 304] }`")
                }
            }
            for test in rule.condition?.fieldTests.request ?? [] where rule.changesResponse {
                let used = test.name.value
                guard !varies.contains(used.lowercased()), !Self.isPrivate(used.lowercased()) else { continue }
                warn(
                    .varyMissing, "the response depends on the request's \(used): caches keep one for each of its values",
                    at: test.name.location, "write `- merge: { Vary: \(used) }` if that is meant")
            }
        }
    }

    /// Whether shared caches do not vary by the name: the id of a request, or a field that makes a response private anyway.
    private static func isPrivate(_ name: String) -> Bool {
        ["x-request-id", "host", "traceparent", "authorization"].contains(name)
    }

    private static func variedNames(_ rules: [Rule]) -> Set<String> {
        var names: Set<String> = []
        for rule in rules {
            if rule.action is CORSPolicy { names.insert("origin") }
            for field in rule.writtenFields where field.name.value.lowercased() == "vary" {
                names.formUnion(field.value.value.lowercased().split { $0 == "," || $0 == " " }.map(String.init))
            }
        }
        return names
    }

    /// Returns the fields of `{request.header.NAME}` and `{request.cookie.NAME}`.
    private static func requestFields(in template: String) -> [String] {
        template.namedPlaceholders.compactMap { kind, name in
            kind == "request.cookie" ? "Cookie" : kind == "request.header" ? name : nil
        }
    }

    /// Whether the value makes caches keep the response.
    static func isKept(_ value: String) -> Bool {
        let words = value.lowercased().split { $0 == "," || $0 == " " }
        guard !words.contains("no-store"), !words.contains("private"), !words.contains("no-cache") else { return false }
        return words.contains { word in
            (word.hasPrefix("max-age=") || word.hasPrefix("s-maxage=")) && !word.hasSuffix("=0")
        }
    }
}

extension Rule {
    /// Whether the rule decides about Cache-Control, whatever was there before.
    fileprivate var writesCacheControl: Bool {
        presence == nil
            && action.effects.contains { effect in
                guard effect.name.value.lowercased() == "cache-control" else { return false }
                if case .merged(let value) = effect.kind { return !Linter.isKept(value.value + ", max-age=1") }
                return effect.takesAway
            }
    }

    /// Whether the rule runs for every response with that status that reaches it.
    fileprivate func surelyRuns(forStatus status: Int) -> Bool { condition.map { $0.holds(forStatus: status) == true } ?? true }

    /// Whether the rule changes responses that caches keep, which are not those that set cookies.
    fileprivate var changesResponse: Bool {
        action.effects.contains { $0.name.value.lowercased() != "set-cookie" }
    }
}
