import HTTPModel
import HeaderPolicy
import ProxyConfig
package import ProxyCore

/// A rule that only one of two files has, and that none of the exchanges shows: whether it changes anything is not known.
package struct UnseenRule: Sendable, Hashable {
    package var text: String
    package var place: String
}

extension UnseenRule {
    /// Returns the unseen rules of both files, in their order.
    package static func all(
        _ old: CompiledConfiguration, _ new: CompiledConfiguration, on questions: [DiffQuestion],
        allowing allowed: [AllowedDifference]
    ) -> [UnseenRule] {
        let (before, now) = (OwnedRule.all(old.source), OwnedRule.all(new.source))
        return [(old, before, now), (new, now, before)].flatMap { configuration, own, others in
            let known = Set(others.map(\.text))
            // A rule for https where nothing is https is known to change nothing.
            let mayBeHTTPS = configuration.source.mayBeHTTPS
            let single = own.filter {
                !$0.rule.isShadow && !known.contains($0.text) && !$0.isAllowed(by: allowed)
                    && (mayBeHTTPS || $0.rule.condition?.isHTTPSOnly != true)
            }
            return unseen(single, configuration, of: own.count, questions)
        }
    }

    /// The number of rules that are traced in all; if that is not enough, no rule is reported.
    private static let workLimit = 300_000

    private static func unseen(
        _ rules: [OwnedRule], _ configuration: CompiledConfiguration, of count: Int, _ questions: [DiffQuestion]
    ) -> [UnseenRule] {
        var left = rules
        var work = 0
        for question in questions {
            guard !left.isEmpty else { break }
            work += count
            guard work <= workLimit else { return [] }
            // Tracing takes time, so it is done only if one of these rules may run.
            guard let played = try? question.play(on: configuration) else { continue }
            let routes = played.exchanges.map(\.exchange.route)
            guard left.contains(where: { $0.route == nil || routes.contains($0.route) }),
                let traced = try? question.play(on: configuration, isTraced: true)
            else { continue }
            let seen = Set(traced.exchanges.flatMap { $0.exchange.effective })
            left.removeAll { seen.contains($0.identity) }
        }
        return left.map { UnseenRule(text: $0.rule.text, place: EffectivePolicy.place($0.rule.location)) }
    }
}

/// A rule, and where it belongs.
private struct OwnedRule {
    var rule: Rule
    /// What identifies the rule in both files, where it may be on different lines.
    var text: String
    /// The listener or route that it belongs to, as reports call it; empty where it belongs to all.
    var owner: String
    /// The number of the route that it belongs to; nil where it belongs to several.
    var route: Int?

    static func all(_ configuration: Configuration) -> [OwnedRule] {
        func owned(_ owner: some RuleOwner, _ name: String, _ route: Int? = nil) -> [OwnedRule] {
            owner.requestHeaders.map { OwnedRule(rule: $0, text: "request \(name): \($0.text)", owner: name, route: route) }
                + owner.responseHeaders.map {
                    OwnedRule(rule: $0, text: "response \(name): \($0.text)", owner: name, route: route)
                }
        }
        return owned(configuration, "") + configuration.listeners.enumerated().flatMap { owned($1, "listener \($0)") }
            + configuration.routes.enumerated().flatMap { owned($1, $1.pattern, $0) }
    }

    var identity: RuleIdentity { RuleIdentity(rule) }

    func isAllowed(by allowed: [AllowedDifference]) -> Bool {
        let names = rule.action.effects.map(\.name.value)
        return !names.isEmpty && names.allSatisfy { name in allowed.contains { $0.covers(field: name, route: owner) } }
    }
}

/// What identifies a rule within one file, because all rules of a preset have the same place.
private struct RuleIdentity: Hashable {
    var location: SourceLocation
    var text: String

    init(_ rule: Rule) { (location, text) = (rule.location, rule.text) }
}

extension SimulatedExchange {
    /// The rules that have changed something, or ended the stage.
    fileprivate var effective: [RuleIdentity] {
        guard let traced else { return [] }
        let parts = [(requestTrace, traced.requestRules), (responseTrace, traced.responseRules)]
        return parts.flatMap { trace, rules in
            (trace?.steps ?? []).compactMap { step in
                switch step.outcome {
                case .applied, .stopped: RuleIdentity(rules[step.rule])
                case .unmet, .withoutEffect, .notReached, .inShadow:
                    trace?.isChanging(step) ?? false ? RuleIdentity(rules[step.rule]) : nil
                }
            }
        }
    }
}
