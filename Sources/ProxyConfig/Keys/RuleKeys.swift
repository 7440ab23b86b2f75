import HeaderPolicy

enum RuleKey: String, Keys {
    case set
    case add
    case merge
    case remove
    case rename
    case edit
    case cors
    case cookies
    case preset
    case use
    case stop
    case `if`
    case when
    case name
    case shadow
    case reportOnly = "report_only"
    case earlyHints = "early_hints"

    /// The action of the key; nil for keys that stand for other rules, set a condition, or name the rule.
    var action: (any Action.Type)? {
        switch self {
        case .set: SetFields.self
        case .add: AddFields.self
        case .merge: MergeFields.self
        case .remove: RemoveFields.self
        case .rename: RenameFields.self
        case .edit: EditFields.self
        case .cors: CORSPolicy.self
        case .cookies: CookiePolicy.self
        case .stop: Stop.self
        case .preset, .use, .if, .when, .name, .shadow, .reportOnly, .earlyHints: nil
        }
    }

    /// The keys of which a rule has exactly one.
    static let actions = allCases.filter { $0.action != nil || $0 == .preset || $0 == .use }

    static let section = "rule"

    /// Returns help for an action in capitals, a test that belongs into `when`, and a field's name in the place of the action.
    static func help(for word: String) -> String? {
        if let key = RuleKey(rawValue: word.lowercased()) { return "say `\(key.rawValue)`, in lower case" }
        if ConditionKey(rawValue: word) != nil { return "say `when: { \(word): … }`" }
        let isName = word.utf8.first.map { (0x41...0x5A).contains($0) } ?? false
        return isName ? "say `set: { \(word.abbreviated): … }`" : nil
    }

    static let foreign: [String: String] = {
        let set = "say `set: { Name: value }`"
        let remove = "say `remove: [Name]`"
        let absent = "say `set: { Name: value }` with `if: absent`"
        var words = [
            "append":
                "other proxies mean different things by it: say `add` for another line, `merge` for a member of a list header",
            "always": "leave it out: every rule applies to every status; `when: { status: … }` narrows it",
            "defer": "leave it out: rules run last, on the response as it leaves",
            "replace": "say `set` for the whole header, `edit` for a part of its value",
            "prepend": "say `set`, or `edit` with `match: \"^\"`",
            "proxy_pass": "say `upstream` in a route",
            "proxy_cookie_flags": "say `cookies: { secure: true }`", "cookie": "say `cookies: { secure: true }`",
            "include": "say `use` for a policy of your own, `preset` for a packaged one",
            "policy": "say `use`", "last": "say `stop: true`", "break": "say `stop: true`",
            "unless": "say `when: { not: { … } }`",
            "match": "say `when`", "comment": "say `name`", "id": "say `name`",
            "dry_run": "say `shadow: true`", "dryrun": "say `shadow: true`",
            "enforce": "say `shadow: true` for a rule that is only tried",
            "push": "say `early_hints: true`", "http2_push": "say `early_hints: true`",
        ]
        for word in ["add_header", "set_header", "header", "headers", "more_set_headers", "proxy_set_header"] {
            words[word] = set
        }
        for word in ["unset", "delete", "del", "hide", "clear", "proxy_hide_header", "more_clear_headers"] {
            words[word] = remove
        }
        for word in ["setifempty", "set_if_empty", "default", "set_default", "setdefault"] { words[word] = absent }
        return words
    }()

    static let sentence = "One action, and when it applies."
    static let form = MappingForm.with(one: actions.map(\.rawValue))

    var declaration: KeyDeclaration {
        switch self {
        case .set: .init(.defined("field_values"), "One line, replacing every line of that name.")
        case .add: .init(.defined("field_lists"), "Another line; of a list, a line each.")
        case .merge: .init(.defined("field_lists"), "Members of a list field, unless they are there; the field becomes one line.")
        case .remove: .init(.defined("texts"), "By name, or by prefix (`X-Debug-*`).")
        case .rename: .init(.named(.text), "Old name to new name, from top to bottom. Lines that have the new one already stay.")
        case .edit: .init(.named(.anyNumber(of: "edit")), "A regular expression on each value of a field, in linear time.")
        case .cors:
            .init(.defined("cors"), "Owns all `Access-Control-*` fields of the response, and `Vary: Origin`: [CORS](cors.md).")
        case .cookies: .init(.defined("cookies"), "What every `Set-Cookie` must have: [cookies](cookies.md).")
        case .preset: .init(.defined("texts"), "A packaged list of rules, or several: [presets](presets.md).")
        case .use: .init(.defined("texts"), "The name of one of `policies`, or several.")
        case .stop: .init(.words(["true"]), "`true` ends the stage for this message. `- stop` is the same.")
        case .if:
            .init(
                .words(["absent", "present"]),
                "Beside `set`, `add` or `merge`: whether the field that it writes is `absent` or `present`.")
        case .when: .init(.defined("condition"), "When the rule applies: [conditions](conditions.md).")
        case .name: .init(.text, "Shown by `explain`; left out, rules are known by file and line.")
        case .shadow:
            .init(
                .flag, default: "false",
                """
                `true`: the rule is [only tried](shadow.md). What it would change is counted, logged and shown, and nothing of it is \
                sent.
                """)
        case .reportOnly:
            .init(
                .flag, default: "false",
                """
                `true` sends the form of the field that browsers report and do not enforce \
                (`Content-Security-Policy-Report-Only` and its like).
                """)
        case .earlyHints:
            .init(
                .words(["true", "false", "always"]), default: "false",
                """
                `true`: the links of a `set` or `add` of Link also go ahead of the response, in a 103, to HTTP/2 clients that \
                ask for a page; `always`: to HTTP/1.1 clients too.
                """)
        }
    }
}

/// A list of rules that is written as a mapping, to set something for all of them.
enum RuleListKey: String, Keys {
    case rules
    case shadow

    static let section = "rule_list"
    static let sentence = "The same list, with something said of all of it."
    static let foreign = ["when": "say it at each rule, or beside `use` of a policy", "name": "say it at each rule"]

    var declaration: KeyDeclaration {
        switch self {
        case .rules: .init(.defined("rules"), isRequired: true, "The list.")
        case .shadow: .init(.flag, default: "false", "`true` puts every rule of the list in [shadow](shadow.md).")
        }
    }

    /// The help for `shadow` in mappings that have lists of rules.
    static let shadowHelp =
        "it is said of rules: `- set: { … }` with `shadow: true`, or `response_headers: { shadow: true, rules: [ … ] }`"
}

enum EditKey: String, Keys {
    case match
    case replace

    static let section = "edit"

    var declaration: KeyDeclaration {
        switch self {
        case .match:
            .init(.text, isRequired: true, "A regular expression, in linear time; not anchored.", words: ["regex", "pattern"])
        case .replace:
            .init(
                .defined("text"), isRequired: true,
                "What takes its place: `$1` to `$9` are the groups, `$0` the whole match; a dollar before a digit is `$$$$`.",
                words: ["with", "substitution"])
        }
    }
}
