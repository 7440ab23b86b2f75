import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// The effects of the rules so far.
struct RuleOrder {
    /// The last rule that wrote each field, as long as nothing has used what it wrote.
    fileprivate var writers: [String: Rule] = [:]
    /// The rules after which every message has the field.
    fileprivate var certain: [String: Rule] = [:]
    fileprivate var removers: [String: Rule] = [:]
    /// The rule after which no message continues.
    fileprivate var end: Rule?
    /// The locations of the scope's rules so far.
    fileprivate var own: Set<SourceLocation> = []
    /// The scope's `cors` rules so far.
    fileprivate var cors: [Rule] = []
}

/// Checks what one rule does to the effect of another.
extension Linter {
    /// The fields that a message has only one line of.
    static let singles: Set<String> = [
        "content-type", "location", "strict-transport-security", "x-frame-options", "x-content-type-options", "referrer-policy",
        "cross-origin-opener-policy", "cross-origin-embedder-policy", "cross-origin-resource-policy", "etag", "expires", "age",
        "last-modified", "retry-after", "server", "x-request-id", "content-location", "date", "x-xss-protection",
    ]

    /// - Parameter scopes: the rules of each scope, with wider scopes first. A narrow scope may override a wide one, because that
    ///   is what scopes are for.
    mutating func checkOrder(_ scopes: [[Rule]], after order: inout RuleOrder) {
        for scope in scopes {
            (order.own, order.cors) = ([], [])
            for rule in scope { check(rule, after: &order) }
        }
    }

    private mutating func check(_ rule: Rule, after order: inout RuleOrder) {
        defer { order.own.insert(rule.location) }
        if let end = order.end {
            return warn(
                .afterStop, "no message reaches this rule: `stop` on line \(end.location.line) ends the stage for all",
                at: rule.location, "move it above, or give `stop` a `when`")
        }
        if rule.action is Stop {
            // The messages for which it ends the stage keep what was written before.
            if rule.isUnconditional { order.end = rule } else { order.writers = [:] }
        }
        checkAnswer(rule, after: &order)
        // A value that a later rule reads was useful, even if it is then overwritten.
        for name in rule.readNames { order.writers[name] = nil }
        for effect in rule.action.effects {
            switch effect.kind {
            case .replaced(let value), .appended(let value):
                write(FieldValue(name: effect.name, value: value), effect.takesAway, by: rule, &order)
            case .merged(let value):
                order.removers[effect.name.value.lowercased()] = nil
                if rule.surelyWrites(value) { order.certain[effect.name.value.lowercased()] = rule }
            case .removed:
                checkAnswer(takenAwayBy: rule, effect.name, order)
                remove(effect.name, by: rule, &order)
            case .renamed:
                checkAnswer(takenAwayBy: rule, effect.name, order)
                order.writers[effect.name.value.lowercased()] = nil
                order.certain[effect.name.value.lowercased()] = nil
            case .received: order.removers[effect.name.value.lowercased()] = nil
            case .changed: break
            }
        }
    }

    private mutating func checkAnswer(_ rule: Rule, after order: inout RuleOrder) {
        guard rule.action is CORSPolicy else { return }
        if rule.isUnconditional, let earlier = order.cors.last {
            warn(
                .corsTwice, "this `cors` is of no effect: the one on line \(rule.location.line) replaces its answer",
                at: earlier.location, "leave one out, or give the later one a `when`")
        }
        order.cors.append(rule)
    }

    /// Finds a `remove` or `rename` that takes away what a `cors` above has answered, to responses that both rules may be for.
    private mutating func checkAnswer(takenAwayBy rule: Rule, _ target: Located<String>, _ order: RuleOrder) {
        let name = target.value.lowercased()
        func isMeant(_ field: String) -> Bool {
            name.hasSuffix("*") ? field.lowercased().hasPrefix(name.dropLast()) : field.lowercased() == name
        }
        guard
            let cors = order.cors.last(where: { cors in
                (cors.action as? CORSPolicy)?.answeredFields.contains(where: isMeant) ?? false && cors.mayMeet(rule)
            })
        else { return }
        warn(
            .corsTakenAway, "this takes away what `cors` on line \(cors.location.line) has answered, and pages are refused",
            at: target.location, "leave it out: `cors` has removed what the app says; where it is not meant, give it a `when`")
    }

    private mutating func write(_ field: FieldValue, _ replaces: Bool, by rule: Rule, _ order: inout RuleOrder) {
        let name = field.name.value.lowercased()
        // If a rule writes several lines of a field, `if` asks what was there before the rule.
        if rule.presence == .absent, let earlier = order.certain[name], earlier.location != rule.location || rule.isFromPreset {
            return neverAbsent(field, rule, earlier)
        }
        if rule.presence == .present, order.removers[name] != nil, order.writers[name] == nil {
            return warn(
                .neverPresent, "\(field.name.value) is never present here: a rule above removes it", at: field.name.location,
                "leave out `if: present`, or one of the two rules")
        }
        if !replaces {
            if let earlier = order.certain[name], Self.singles.contains(name) {
                warn(
                    .singleFieldTwice,
                    "\(field.name.value) is there already, from line \(earlier.location.line), and a message has one",
                    at: field.name.location, "use `set`")
            }
        } else if rule.isUnconditional, rule.presence == nil, !field.value.value.withoutBraces.contains(text: "{nonce}") {
            // A value with a nonce is not written if shared caches keep the response, so the earlier one is useful.
            if let earlier = order.writers[name], !earlier.isFromPreset, order.own.contains(earlier.location) {
                warn(
                    .overwritten, "\(field.name.value) is written here and overwritten on line \(field.name.location.line)",
                    at: earlier.writtenFields.first { $0.name.value.lowercased() == name }?.name.location ?? earlier.location,
                    "leave one of the two out, or give the later one `if: absent` or a `when`")
            }
        }
        order.writers[name] = rule.earlyHints == nil ? rule : nil
        order.removers[name] = nil
        if rule.surelyWrites(field.value) {
            order.certain[name] = rule
        } else if replaces, rule.presence != .absent, !field.value.isSurelyThere {
            // If the value turns out empty, the rule only removes the field.
            order.certain[name] = nil
        }
    }

    private mutating func neverAbsent(_ field: FieldValue, _ rule: Rule, _ earlier: Rule) {
        let name = field.name.value
        // A preset that meets another preset's field shows nothing of the user's intent.
        guard !rule.isFromPreset else { return }
        if let preset = earlier.presetName {
            return warn(
                .presetWinsOverRule,
                "this never applies: the preset \(preset) on line \(earlier.location.line) has written \(name) already",
                at: field.name.location, "put this rule above the preset, or leave out `if: absent`")
        }
        warn(
            .neverAbsent, "\(name) is never absent here: line \(earlier.location.line) writes it", at: field.name.location,
            "put this rule above, or leave out `if: absent`")
    }

    private mutating func remove(_ target: Located<String>, by rule: Rule, _ order: inout RuleOrder) {
        let name = target.value.lowercased()
        if name.hasSuffix("*") {
            let start = name.dropLast()
            for taken in order.certain.keys where taken.hasPrefix(start) { order.certain[taken] = nil }
            return
        }
        order.certain[name] = nil
        guard rule.isUnconditional else { return }
        if let earlier = order.writers[name], !rule.isFromPreset, order.own.contains(earlier.location) {
            warn(
                .setThenRemoved, "\(target.value) is written on line \(earlier.location.line), and removed here",
                at: target.location,
                "leave one of the two out")
        }
        if name == "content-type" {
            warn(
                .contentTypeRemoved, "without Content-Type, browsers guess what a response is", at: target.location,
                "set the right one instead")
        }
        order.writers[name] = nil
        order.removers[name] = rule
    }

    mutating func checkCondition(_ rule: Rule, on route: Route) {
        guard let condition = rule.condition, !rule.isFromPreset else { return }
        if condition.isHTTPSOnly, !mayBeHTTPS, let scheme = condition.asked(.scheme).first {
            warn(
                .impossibleCondition, "no request is https here: no listener speaks TLS, and no trusted proxy says so",
                at: scheme.location, "name the balancer that ends TLS in `trusted_proxies`")
        }
        if let policy = rule.action as? CORSPolicy, policy.preflight != .forward { checkPreflights(condition, on: route) }
        for status in condition.asked(.status) where status.value.hasPrefix("1") && status.value != "101" {
            warn(
                .impossibleCondition, "interim responses (1xx) do not pass the stage", at: status.location,
                "leave it out; 101 does")
        }
        let routeStarts = route.paths.map { Self.literalStart($0.value) }
        for path in condition.asked(.path)
        where !routeStarts.isEmpty && route.responseHeaders.contains(where: { $0.location == rule.location }) {
            let start = Self.literalStart(path.value)
            if !routeStarts.contains(where: { $0.hasPrefix(start) || start.hasPrefix($0) }) {
                warn(
                    .pathOutsideRoute,
                    "no request of this route has such a path: it takes those on line \(route.paths.first?.location.line ?? 0)",
                    at: path.location, "`when: path` sees the whole path, with what `strip_prefix` takes off")
            }
        }
    }

    /// Returns the literal start of a pattern; empty for an expression, about which nothing is known.
    static func literalStart(_ pattern: String) -> String {
        pattern.hasPrefix("regex:") ? "" : String(pattern.prefix { $0 != "*" })
    }
}

extension Rule {
    /// Whether every message has a field with this value after the rule.
    fileprivate func surelyWrites(_ value: Located<String>) -> Bool {
        isUnconditional && presence != .present && value.isSurelyThere
    }

    /// Whether a message may meet the conditions of both rules.
    fileprivate func mayMeet(_ other: Rule) -> Bool {
        guard let condition, let other = other.condition else { return true }
        return !condition.excludes(other) && !other.excludes(condition)
    }

    /// The names, in lower case, of the fields that the rule's condition and its values look at.
    fileprivate var readNames: [String] {
        let tests = condition?.fieldTests
        var tested = ((tests?.request ?? []) + (tests?.response ?? [])).map { $0.name.value.lowercased() }
        if let condition, !condition.asked(.contentType).isEmpty { tested.append("content-type") }
        let placed = writtenFields.flatMap { $0.value.value.namedPlaceholders }
        return tested + placed.filter { $0.kind.hasSuffix(".header") }.map { $0.name.lowercased() }
    }
}

extension Located<String> {
    /// Whether a template has a value for every message.
    fileprivate var isSurelyThere: Bool { !value.isEmpty && !value.contains("{") }
}

extension String {
    /// The template without its doubled braces, which are characters and begin no placeholder.
    var withoutBraces: String { utf8.contains(UInt8(ascii: "{")) ? replacing("{{", by: "").replacing("}}", by: "") : self }

    /// The placeholders of a template that name a field or cookie, such as `{request.header.NAME}`.
    var namedPlaceholders: [(kind: String, name: String)] {
        // Most values have no placeholder, and a search costs as much as all the other checks together.
        guard utf8.contains(UInt8(ascii: "{")) else { return [] }
        let text = withoutBraces
        return text.split(separator: "{").dropFirst(text.hasPrefix("{") ? 0 : 1).compactMap { part in
            let path = part.prefix { $0 != "}" }.split(separator: ".", maxSplits: 2)
            return path.count == 3 ? ("\(path[0]).\(path[1])", String(path[2])) : nil
        }
    }
}
