/// One rule as it was written: the source form that configuration produces, `check --print` shows and `PolicyCompiler` compiles.
public struct Rule: Sendable {
    public var action: Action
    /// `if:` — depends on the field that the action names.
    public var presence: Presence?
    /// `when:` — depends on the exchange.
    public var condition: Condition?
    /// `name:` — shown by explain; without one, rules are known by file and line.
    public var name: String?
    public var location: SourceLocation
    public var origin: Origin
    /// `early_hints:` — the links also go ahead of the response, in a 103.
    public var earlyHints: EarlyHints?

    /// To whom.
    public enum EarlyHints: Sendable, Hashable {
        /// HTTP/2 clients.
        case modern
        /// HTTP/1.1 ones too.
        case always
    }

    /// What brought the rule into the list.
    public enum Origin: Sendable, Hashable {
        case configuration
        case preset(String)
        case policy(String)
    }

    public enum Presence: Sendable, Hashable {
        case absent, present
    }

    public init(
        _ action: Action, presence: Presence? = nil, condition: Condition? = nil, name: String? = nil,
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
    /// How metrics call it: by its name, or its place; the rules of a preset, which stand in one place, by the field as well.
    var label: String {
        if let name { return name }
        let place = "\(location.file):\(location.line)"
        guard case .preset = origin else { return place }
        switch action {
        case .set(let fields), .add(let fields), .merge(let fields):
            return fields.first.map { "\(place) \($0.name.value)" } ?? place
        case .remove, .rename, .edit, .cors, .cookies, .stop: return place
        }
    }
}

/// What a rule does. Names and values are as written; the compiler checks them.
public enum Action: Sendable {
    /// One line, replacing every line of that name.
    case set([FieldValue])
    /// Another line.
    case add([FieldValue])
    /// Members of a list field unless they are there; the field becomes one line.
    case merge([FieldValue])
    /// By name, or by prefix (`X-Debug-*`).
    case remove([Located<String>])
    case rename([Rename])
    case edit([Edit])
    case cors(CORSPolicy)
    case cookies(CookiePolicy)
    /// Ends the stage for this message.
    case stop
}

/// A field with the template of its value: `{placeholder}`s, and `{{` for a brace.
public struct FieldValue: Sendable, Hashable {
    public var name: Located<String>
    public var value: Located<String>

    public init(name: Located<String>, value: Located<String>) {
        self.name = name
        self.value = value
    }
}

public struct Rename: Sendable, Hashable {
    public var from: Located<String>
    public var to: Located<String>

    public init(from: Located<String>, to: Located<String>) {
        self.from = from
        self.to = to
    }
}

/// A regular expression on each existing value of a field; `replace` may speak of `$1` … `$9` and `$0`.
public struct Edit: Sendable, Hashable {
    public var name: Located<String>
    public var match: Located<String>
    public var replace: Located<String>

    public init(name: Located<String>, match: Located<String>, replace: Located<String>) {
        self.name = name
        self.match = match
        self.replace = replace
    }
}
