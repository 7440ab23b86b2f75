import HeaderPolicy

enum RuleKey: String, Keys {
    case set, add, merge, remove, rename, edit, cors, cookies, preset, use, stop
    case `if`, when, name, shadow
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

    /// Returns help for a field's name in the place of the action.
    static func help(for word: String) -> String? {
        let isName = word.utf8.first.map { (0x41...0x5A).contains($0) } ?? false
        return isName ? "say `set: { \(word.abbreviated): … }`" : nil
    }

    static let foreign: [String: String] = {
        let set = "say `set: { Name: value }`"
        let remove = "say `remove: [Name]`"
        let absent = "say `set: { Name: value }` with `if: absent`"
        var words = [
            "append":
                "other proxies mean different things by it: say `add` for another line, `merge` for a member of a list field",
            "always": "leave it out: every rule applies to every status; `when: { status: … }` narrows it",
            "defer": "leave it out: rules run last, on the response as it leaves",
            "replace": "say `set` for the whole field, `edit` for a part of its value",
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
}

/// A list of rules that is written as a mapping, to say something of all of them.
enum RuleListKey: String, Keys {
    case rules, shadow
    static let section = "rule_list"
    static let foreign = ["when": "say it at each rule, or beside `use` of a policy", "name": "say it at each rule"]
}

enum ConditionKey: Keys {
    case any(ConditionSubject)
    case requestHeader, responseHeader, sample, not

    static let allCases = ConditionSubject.allCases.map(ConditionKey.any) + [.requestHeader, .responseHeader, .sample, .not]

    init?(rawValue: String) {
        guard let key = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = key
    }

    var rawValue: String {
        switch self {
        case .any(let subject): subject.rawValue
        case .requestHeader: "request_header"
        case .responseHeader: "response_header"
        case .sample: "sample"
        case .not: "not"
        }
    }

    static let section = "condition"
    static let foreign = [
        "code": "say `status`", "ip": "say `client_ip`", "remote_addr": "say `client_ip`", "uri": "say `path`",
        "url": "say `path`",
        "header": "say `request_header` or `response_header`", "type": "say `content_type`", "percent": "say `sample`",
    ]
}

enum FieldTestKey: String, Keys {
    case equals, matches
    static let section = "field_test"
    static let foreign = [
        "is": "say `equals`", "regex": "say `matches`", "match": "say `matches`", "contains": "say `matches`",
        "present": "say `Name: present`", "absent": "say `Name: absent`",
    ]
}

enum SampleKey: String, Keys {
    case percent, cookie
    static let section = "sample"
}

enum EditKey: String, Keys {
    case match, replace
    static let section = "edit"
    static let foreign = [
        "regex": "say `match`", "pattern": "say `match`", "with": "say `replace`", "substitution": "say `replace`",
    ]
}

enum CORSKey: String, Keys {
    case preflight, upstream, shadow
    case allowOrigins = "allow_origins"
    case allowCredentials = "allow_credentials"
    case allowMethods = "allow_methods"
    case allowHeaders = "allow_headers"
    case exposeHeaders = "expose_headers"
    case maxAge = "max_age"
    case allowPrivateNetwork = "allow_private_network"

    static let section = "cors"
    static let foreign = [
        "origins": "say `allow_origins`", "origin": "say `allow_origins`", "resources": "say `when: { path: … }` beside `cors`",
        "supports_credentials": "say `allow_credentials`", "credentials": "say `allow_credentials`",
        "methods": "say `allow_methods`",
        "headers": "say `allow_headers`", "vary_header": "leave it out: `Vary: Origin` is always right",
        "allow_origin_regex": "say `allow_origins: [\"regex:…\"]`", "send_wildcard": "say `allow_origins: [\"*\"]`",
    ]
}

enum CookieKey: String, Keys {
    case names, secure, partitioned, path, domain, prefix, force, shadow
    case httpOnly = "http_only"
    case sameSite = "same_site"

    static let section = "cookies"
    static let foreign = [
        "name": "say `names`", "httponly": "say `http_only`", "samesite": "say `same_site`",
        "max_age": "a cookie's life is the app's to say",
    ]
}
