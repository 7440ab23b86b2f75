import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// Checks what one rule does to the effect of another.
extension Linter {
    /// The fields that a message has only one line of.
    static let singles: Set<String> = [
        "content-type", "location", "strict-transport-security", "x-frame-options", "x-content-type-options", "referrer-policy",
        "cross-origin-opener-policy", "cross-origin-embedder-policy", "cross-origin-resource-policy", "etag", "expires", "age",
        "last-modified", "retry-after", "server", "x-request-id", "content-location", "date", "x-xss-protection",
    ]

    /// The number of `stop` rules that are compared with each `cors` below.
    private static let stopLimit = 8

    /// - Parameter scopes: the rules of each scope, with wider scopes first. A narrow scope may override a wide one, because that
    ///   is what scopes are for.
    mutating func checkOrder(_ scopes: [[Rule]], after order: inout RuleOrder) {
        for scope in scopes {
            (order.own, order.cors, order.taken) = ([], [], [])
            for rule in scope { check(rule, after: &order) }
            for (target, rule, cors) in order.taken {
                warn(
                    .corsTakenAway,
                    "this takes away what `cors` on line \(cors.place(cors.location, beside: rule).line) has answered, and pages are refused",
                    at: rule.place(target.location, beside: cors),
                    "leave it out: `cors` has removed what the app says; where it is not meant, give it a `when`")
            }
        }
    }

    private mutating func check(_ rule: Rule, after order: inout RuleOrder) {
        defer { order.own.insert(rule.location) }
        if let end = order.end {
            let place = rule.place(rule.location, beside: end)
            return warn(
                .afterStop,
                "no message reaches \(place == rule.location ? "this rule" : "the rules of this policy"): `stop` on line \(end.place(end.location, beside: rule).line) ends the stage for all",
                at: place, "move it above, or give `stop` a `when`")
        }
        if rule.action is Stop {
            // The messages for which it ends the stage keep what was written before.
            if rule.isUnconditional { order.end = rule } else { order.writers = [:] }
            if !order.hasAnswer, order.stops.count < Self.stopLimit { order.stops.append(rule) }
        }
        checkRenames(of: rule)
        checkAnswer(rule, after: &order)
        checkFieldTests(of: rule, order)
        // A value that a later rule reads was useful, even if it is then overwritten.
        for name in rule.readNames { order.writers[name.aliasKey] = nil }
        let effects = rule.action.effects
        let taken = rule.isUnconditional ? order.writers(coveredBy: effects) : [:]
        for effect in effects {
            let key = effect.name.value.aliasKey
            switch effect.kind {
            case .replaced(let value), .appended(let value):
                write(FieldValue(name: effect.name, value: value), effect.takesAway, by: rule, &order)
            case .merged(let value):
                guard mayAct(rule, on: effect.name, order) else { continue }
                order.revive(effect.name.value)
                if rule.surelyWrites(value) { order.certain[key] = (effect.name.value.lowercased(), rule, order.startCount) }
            case .removed:
                checkAnswer(takenAwayBy: rule, effect.name, key, &order)
                remove(effect.name, by: rule, taken, &order)
            case .renamed:
                checkAnswer(takenAwayBy: rule, effect.name, effect.name.value.lowercased(), &order)
                checkIsThere(effect.name, for: rule, order)
                order.writers[key] = nil
                order.certain[key] = nil
            case .received: order.revive(effect.name.value)
            case .changed: checkIsThere(effect.name, for: rule, order)
            }
        }
    }

    private mutating func checkAnswer(_ rule: Rule, after order: inout RuleOrder) {
        guard let policy = rule.action as? CORSPolicy else { return }
        if rule.isUnconditional, let earlier = order.cors.last {
            warn(
                .corsTwice,
                "this `cors` is of no effect: the one on line \(rule.place(rule.location, beside: earlier).line) replaces its answer",
                at: earlier.place(earlier.location, beside: rule), "leave one out, or give the later one a `when`")
        }
        for stop in order.stops { checkStop(stop, above: rule, policy) }
        if rule.isUnconditional { order.taken = [] }
        for name in CORSPolicy.fields { order.revive(name) }
        order.revive("Vary")
        order.cors.append(rule)
        order.hasAnswer = true
    }

    /// Finds a `remove` or `rename` that takes away what a `cors` above has answered, to responses that both rules may be for.
    private mutating func checkAnswer(
        takenAwayBy rule: Rule, _ target: Located<String>, _ name: String, _ order: inout RuleOrder
    ) {
        func isMeant(_ field: String) -> Bool {
            name.hasSuffix("*") ? field.lowercased().hasPrefix(name.dropLast()) : field.lowercased() == name
        }
        guard
            let cors = order.cors.last(where: { cors in
                (cors.action as? CORSPolicy)?.answeredFields.contains(where: isMeant) ?? false && cors.mayMeet(rule)
            })
        else { return }
        order.taken.append((target, rule, cors))
    }

    /// Whether `if` may let a rule act on a field; one that it never does is reported.
    private mutating func mayAct(_ rule: Rule, on name: Located<String>, _ order: RuleOrder) -> Bool {
        // Of several lines of one rule, what was there before it decides.
        if rule.presence == .absent, let earlier = order.writer(of: name.value),
            earlier.location != rule.location || rule.isFromPreset
        {
            neverAbsent(name, rule, earlier)
            return false
        }
        if rule.presence == .present, let earlier = order.remover(of: name.value) {
            warn(
                .neverPresent, "\(name.value) is never present here: a rule above removes it",
                at: rule.place(name.location, beside: earlier), "leave out `if: present`, or one of the two rules")
            return false
        }
        return true
    }

    /// Finds a field that a rule is to change, and that no message has.
    private mutating func checkIsThere(_ name: Located<String>, for rule: Rule, _ order: RuleOrder) {
        guard let earlier = order.remover(of: name.value) else { return }
        warn(
            .neverPresent, "\(name.value) is never present here: a rule above removes it",
            at: rule.place(name.location, beside: earlier), "leave out one of the two rules")
    }

    private mutating func write(_ field: FieldValue, _ replaces: Bool, by rule: Rule, _ order: inout RuleOrder) {
        let (name, key) = (field.name.value.lowercased(), field.name.value.aliasKey)
        guard mayAct(rule, on: field.name, order) else { return }
        if !replaces {
            if let earlier = order.writer(of: name), Self.singles.contains(name) {
                warn(
                    .singleFieldTwice,
                    "\(field.name.value) is there already, from line \(earlier.place(earlier.location, beside: rule).line), and a message has one",
                    at: rule.place(field.name.location, beside: earlier), "use `set`")
            } else if rule.presence == nil, order.remover(of: name) == nil, Self.singles.contains(name) || name == "cookie" {
                warn(
                    .singleFieldTwice, "\(field.name.value) may be there already, and a message has one", at: field.name.location,
                    "use `set`, or add `if: absent`")
            }
        } else if rule.isUnconditional, rule.presence == nil, !field.value.value.withoutBraces.contains(text: "{nonce}") {
            // A value with a nonce is not written if shared caches keep the response, so the earlier one is useful.
            if let earlier = order.writers[key], !earlier.isFromPreset, order.own.contains(earlier.location) {
                overwritten(field, rule, earlier)
            }
        }
        order.writers[key] = rule.earlyHints == nil ? rule : nil
        order.revive(name)
        if rule.surelyWrites(field.value) {
            order.certain[key] = (name, rule, order.startCount)
        } else if replaces, order.certain[key]?.name != name || rule.presence != .absent && !field.value.isSurelyThere {
            // An alias is taken away always; with an empty value, the field itself, too.
            order.certain[key] = nil
        }
    }

    private mutating func overwritten(_ field: FieldValue, _ rule: Rule, _ earlier: Rule) {
        let key = field.name.value.aliasKey
        let written = earlier.writtenFields.first { $0.name.value.aliasKey == key }?.name
        let (own, line) = (written?.location ?? earlier.location, rule.place(field.name.location, beside: earlier).line)
        let place = earlier.place(own, beside: rule)
        guard place != own else {
            return warn(
                .overwritten, "\(written?.value ?? field.name.value) is written here and overwritten on line \(line)", at: place,
                "leave one of the two out, or give the later one `if: absent` or a `when`")
        }
        warn(
            .overwritten, "this policy's \(written?.value ?? field.name.value) is written here and overwritten on line \(line)",
            at: place, "leave the later one out, or give it `if: absent` or a `when`")
    }

    private mutating func neverAbsent(_ field: Located<String>, _ rule: Rule, _ earlier: Rule) {
        let (name, place) = (field.value, rule.place(field.location, beside: earlier))
        let line = earlier.place(earlier.location, beside: rule).line
        // A preset that meets another preset's field shows nothing of the user's intent.
        guard !rule.isFromPreset else { return }
        if let preset = earlier.presetName {
            return warn(
                .presetWinsOverRule,
                "this never applies: the preset \(preset) on line \(line) has written \(name) already",
                at: place, "put this rule above the preset, or leave out `if: absent`")
        }
        warn(
            .neverAbsent, "\(name) is never absent here: line \(line) writes it", at: place,
            "put this rule above, or leave out `if: absent`")
    }

    /// - Parameter taken: the fields that are written and that the rule removes, by the start that it names.
    private mutating func remove(
        _ target: Located<String>, by rule: Rule, _ taken: [Substring: [String]], _ order: inout RuleOrder
    ) {
        let key = target.value.aliasKey
        if key.hasSuffix("*") {
            let start = key.dropLast()
            order.startCount += 1
            order.startRemovers[String(start)] = (rule, order.startCount)
            guard rule.isUnconditional else { return }
            for name in taken[start] ?? [] { removed(name, target, by: rule, &order) }
            return
        }
        order.certain[key] = nil
        guard rule.isUnconditional else { return }
        removed(key, target, by: rule, &order)
        if target.value.lowercased() == "content-type" {
            warn(
                .contentTypeRemoved, "without Content-Type, browsers guess what a response is", at: target.location,
                "set the right one instead")
        }
        order.removers[key] = rule
    }

    /// Finds a rule whose field is removed without having been of use.
    private mutating func removed(_ key: String, _ target: Located<String>, by rule: Rule, _ order: inout RuleOrder) {
        guard let earlier = order.writers.removeValue(forKey: key), !rule.isFromPreset, order.own.contains(earlier.location)
        else {
            return
        }
        let name = earlier.writtenFields.first { $0.name.value.aliasKey == key }?.name.value ?? target.value
        warn(
            .setThenRemoved,
            "\(name) is written on line \(earlier.place(earlier.location, beside: rule).line), and removed here",
            at: rule.place(target.location, beside: earlier), "leave one of the two out")
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

    /// Returns the place that a finding about this rule and another names: its own, or, since a policy is used elsewhere, too, that
    /// of the `use` that brings this one alone.
    func place(_ own: SourceLocation, beside other: Rule) -> SourceLocation {
        let shared = zip(uses, other.uses).prefix { $0 == $1 }.count
        return shared < uses.count ? uses[shared] : own
    }

    /// Whether a message may meet the conditions of both rules.
    func mayMeet(_ other: Rule) -> Bool {
        guard let condition, let other = other.condition else { return true }
        return !condition.excludes(other) && !other.excludes(condition)
    }

    /// The names, in lower case, of the fields that the rule's condition and its values look at.
    fileprivate var readNames: [String] {
        let tests = condition?.fieldTests
        var tested = ((tests?.request ?? []) + (tests?.response ?? [])).map { $0.name.value.lowercased() }
        if let condition, !condition.asked(.contentType).isEmpty { tested.append("content-type") }
        let placed = writtenFields.flatMap { $0.value.value.namedPlaceholders }
        // Where caches share a response, no nonce is written.
        if writtenFields.contains(where: { $0.value.value.withoutBraces.contains(text: "{nonce}") }) {
            tested.append("cache-control")
        }
        return tested + placed.filter { $0.kind.hasSuffix(".header") }.map { $0.name.lowercased() }
    }
}

extension Located<String> {
    /// Whether a template has a value for every message.
    fileprivate var isSurelyThere: Bool { !value.isEmpty && !value.contains("{") }
}

extension String {
    /// A field's name in lower case, with `-` for `_`: the same one for all its aliases.
    var aliasKey: String {
        let name = lowercased()
        return name.utf8.contains(UInt8(ascii: "_")) ? name.replacing("_", by: "-") : name
    }

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
