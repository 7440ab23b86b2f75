import HTTPModel
import HeaderPolicy
import ProxyCore

/// The `cors` rules of an exchange.
struct CORSRules {
    /// The policy of the last rule that ran.
    private(set) var last: CORSPolicy?
    /// Its place in the list of rules.
    private(set) var lastPlace: Int?
    /// The rules that did not run, each with the test that prevented it.
    private(set) var unmet: [(rule: Rule, test: UnmetTest)] = []
    /// The rules that were not reached, each with the place of the rule that ended the stage.
    private(set) var notReached: [(rule: Rule, end: Int)] = []
    /// The rules that are only tried.
    private(set) var inShadow: [Rule] = []
    private let after: [StageTrace.Line]

    /// - Parameter ignoresApp: whether to take the app's own answer for none.
    init(_ rules: [Rule], _ trace: StageTrace?, ignoresApp: Bool) {
        after = ignoresApp ? [] : trace?.after ?? []
        for step in trace?.steps ?? [] {
            guard let policy = rules[step.rule].action as? CORSPolicy else { continue }
            switch step.outcome {
            case .unmet(let test): unmet.append((rules[step.rule], test))
            case .inShadow: inShadow.append(rules[step.rule])
            case .notReached(let end): notReached.append((rules[step.rule], end))
            case .applied, .withoutEffect, .stopped: (last, lastPlace) = (policy, step.rule)
            }
        }
    }

    /// Whether the app's own answer was kept.
    var isKept: Bool {
        guard let last, last.upstream == .keep else { return false }
        return after.contains { $0.isNamed("access-control-allow-origin") && $0.maker == .message }
    }
}

extension String {
    /// Whether a field of this name belongs to responses: a page that sends it has mistaken who says it.
    var isNameOfResponses: Bool {
        let others = [
            "content-security-policy", "referrer-policy", "strict-transport-security", "vary", "x-content-type-options",
            "x-frame-options",
        ]
        let name = lowercased()
        return name.hasPrefix("access-control-") || others.contains(name)
    }
}
