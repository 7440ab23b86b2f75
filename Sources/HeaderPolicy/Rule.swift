/// One rule as it was written. Configuration produces this form, `check --print` shows it and `RuleCompiler` compiles it.
public struct Rule: Sendable {
    public var action: any Action
    /// `if:` — depends on the field that the action names.
    public var presence: Presence?
    /// `when:` — depends on the exchange.
    public var condition: Condition?
    /// `name:` — shown by explain; without one, rules are known by file and line.
    public var name: String?
    public var location: SourceLocation
    public var origin: Origin
    /// The places of the `use` that brought the rule into the list where it runs, and of those within policies on its way there;
    /// empty for a rule that stands there itself.
    public var uses: [SourceLocation] = []
    /// `early_hints:` — sends the links also ahead of the response, in a 103.
    public var earlyHints: EarlyHints?
    /// `shadow:` — the rule is only tried on a copy of each message: what it would change is told, and nothing of it is sent.
    public var isShadow = false

    /// The clients that get early hints.
    public enum EarlyHints: Sendable, Hashable {
        /// Only HTTP/2 clients.
        case modern
        /// HTTP/1.1 clients, too.
        case always
    }

    /// Where the rule came from: the configuration itself, a preset or a named policy.
    public enum Origin: Sendable, Hashable {
        case configuration
        case preset(String)
        case policy(String)
    }

    public enum Presence: Sendable, Hashable {
        case absent, present
    }

    public init(
        _ action: some Action, presence: Presence? = nil, condition: Condition? = nil, name: String? = nil,
        location: SourceLocation, origin: Origin = .configuration
    ) {
        self.action = action
        self.presence = presence
        self.condition = condition
        self.name = name
        self.location = location
        self.origin = origin
    }
}

extension Rule {
    /// The rule's name in metrics: its own name, or else its file and line. All rules of a preset have the same place, so theirs
    /// has the field as well.
    var label: String {
        if let name { return name }
        let place = "\(location.file):\(location.line)"
        guard case .preset = origin else { return place }
        return action.writtenFields.first.map { "\(place) \($0.name.value)" } ?? place
    }

    /// The rule on one line, close to how it is written.
    public var text: String {
        var text = type(of: action).key
        let value = action.text
        if !value.isEmpty { text += " \(value)" }
        if let presence { text += presence == .absent ? " if absent" : " if present" }
        if let condition { text += " when \(condition.text)" }
        if let earlyHints { text += earlyHints == .always ? " early_hints always" : " early_hints" }
        if isShadow { text += " shadow" }
        return text
    }
}

extension [Rule] {
    /// Whether one of them changes a field, given in lower case, of every message.
    func write(_ name: String) -> Bool {
        contains { rule in
            rule.condition == nil && rule.presence == nil && rule.action.effects.contains { $0.name.value.lowercased() == name }
        }
    }

    /// Whether one of them is in shadow.
    var haveShadow: Bool { contains(where: \.isShadow) }

    /// The rules that act: those that are not in shadow.
    public var enforced: [Rule] { haveShadow ? filter { !$0.isShadow } : self }

    /// The same rules, none of them in shadow.
    var unshadowed: [Rule] {
        map { rule in
            var rule = rule
            rule.isShadow = false
            return rule
        }
    }
}
