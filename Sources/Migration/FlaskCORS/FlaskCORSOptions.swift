import HeaderPolicy
import ProxyConfig

/// The effective options for one resource, from the layers that flask-cors combines.
struct FlaskCORSOptions {
    static let names: Set<String> = [
        "origins", "methods", "expose_headers", "allow_headers", "supports_credentials", "max_age", "send_wildcard",
        "vary_header",
        "automatic_options", "always_send", "intercept_exceptions", "allow_private_network", "resources",
    ]

    /// Returns the option that a setting such as `CORS_ORIGINS` is about.
    static func option(ofSetting name: String) -> String? {
        guard name.hasPrefix("CORS_"), name == name.uppercased() else { return nil }
        let option = name.dropFirst(5).lowercased()
        return names.contains(option) ? option : nil
    }

    struct Option {
        var value: PythonValue
        var line: Int
    }

    /// The layers, of which the first that has an option decides; the last one is the app's configuration, where the options are
    /// called `CORS_…`.
    let layers: [PythonTable]
    let line: Int
    private(set) var notes: [(line: Int, text: String, danger: ImportDraft.Danger)] = []

    init(_ layers: [PythonTable], line: Int) {
        self.layers = layers
        self.line = line
    }

    /// Returns the option; nil when no layer has it, so that the default applies.
    func option(_ name: String) -> Option? { option(name, from: 0) }

    private func option(_ name: String, from first: Int) -> Option? {
        // The first expression of an earlier layer that cannot be evaluated and may set the option.
        var hidden: String?
        for place in layers.indices.dropFirst(first) {
            let layer = layers[place]
            let isSettings = place == layers.count - 1
            guard let entry = layer[isSettings ? "CORS_\(name.uppercased())" : name] else {
                if !isSettings { hidden = hidden ?? layer.unknown.first }
                continue
            }
            // A setting of None counts as no setting.
            if isSettings, case .none = entry.value { continue }
            var value = entry.value
            if case .either(let values, let reason) = value {
                let below = option(name, from: place + 1)?.value ?? Self.fallback(name)
                value = .oneOf(
                    values.map { value in
                        switch value {
                        case .absent: below
                        case .none where isSettings: below
                        default: value
                        }
                    }, because: reason)
            }
            return Option(value: Self.value(value, orHiddenIn: hidden), line: entry.line)
        }
        // For other options, it is only noted that they may be set.
        guard let hidden, name == "methods" || name == "allow_headers" else { return nil }
        return Option(value: Self.value(Self.fallback(name), orHiddenIn: hidden), line: line)
    }

    private static func value(_ value: PythonValue, orHiddenIn hidden: String?) -> PythonValue {
        hidden.map { .oneOf([value, .unknown($0)], because: $0) } ?? value
    }

    private static func fallback(_ name: String) -> PythonValue {
        switch name {
        case "origins", "allow_headers": .text("*")
        case "methods": .list(PythonList(methods.map { .text($0) }))
        default: .absent
        }
    }

    static let methods = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]

    /// The expressions that may set options but cannot be evaluated.
    var unknown: [String] { layers.flatMap(\.unknown) }

    private mutating func note(_ key: String, _ text: String, _ danger: ImportDraft.Danger = .field, at line: Int? = nil) {
        notes.append((line ?? self.line, "\(key): \(text)", danger))
    }

    // MARK: As a rule

    /// Returns the lines of a `cors` rule; nil when nobody is let in.
    mutating func rule() -> [String]? {
        guard let policy = policy() else { return nil }
        explain()
        let keys = [
            "allow_origins", "allow_credentials", "allow_methods", "allow_headers", "expose_headers", "max_age",
            "allow_private_network",
        ]
        return ["cors:"]
            + keys.compactMap { key in
                policy[key].map { values in
                    switch key {
                    case "allow_origins", "expose_headers": "  \(key): \(YAMLText.list(values))"
                    case "allow_methods", "allow_headers":
                        "  \(key): \(values == ["*"] ? "echo" : values.isEmpty ? "[]" : YAMLText.list(values))"
                    default: "  \(key): \(values.joined())"
                    }
                }
            }
    }

    /// Returns the keys of a `cors` rule, where `*` stands for every header; nil when nobody is let in.
    mutating func policy() -> [String: [String]]? {
        guard let origins = origins() else { return nil }
        let hasCredentials = truth("supports_credentials") ?? false
        var policy = ["allow_origins": origins.all]
        if hasCredentials, origins.allowsAny {
            let text =
                origins.named.isEmpty
                ? "with every origin it lets any site act as the user: list the origins to have it"
                : "with every origin it lets any site act as the user: only the origins that are named are let in"
            note("supports_credentials", text, .answer, at: option("supports_credentials")?.line)
            if !origins.named.isEmpty { policy["allow_origins"] = origins.named }
        }
        let isCredentialed = hasCredentials && (!origins.allowsAny || !origins.named.isEmpty)
        if isCredentialed { policy["allow_credentials"] = ["true"] }
        let methods = methods()
        policy["allow_methods"] = methods
        // Without a method that matches, flask-cors sends nothing about fields either.
        let fields = methods.isEmpty ? [] : fields()
        policy["allow_headers"] = fields
        if !fields.isEmpty, !methods.isEmpty, !methods.contains("GET") || !methods.contains("POST") {
            let missing = ["GET", "POST"].filter { !methods.contains($0) }.joined(separator: " and ")
            note(
                "methods",
                "browsers send \(missing) without being told to, so with the headers of `allow_headers`, too; flask-cors refused those",
                .answer, at: option("methods")?.line)
        }
        let exposed = exposed(isCredentialed)
        if !exposed.isEmpty { policy["expose_headers"] = exposed }
        if !methods.isEmpty, let age = maxAge() { policy["max_age"] = ["\(age)s"] }
        if truth("allow_private_network") ?? false { policy["allow_private_network"] = ["true"] }
        return policy
    }

    private mutating func origins() -> FlaskCORSOrigins? {
        guard let option = option("origins") else {
            if let unknown = layers.dropLast().flatMap(\.unknown).first {
                note("origins", "\(unknown.abbreviated) may name them, and cannot be looked into: no rule", .answer)
                return nil
            }
            return FlaskCORSOrigins(.text("*"))
        }
        let origins = FlaskCORSOrigins(option.value)
        for found in origins.notes { note("origins", found.text, found.danger, at: option.line) }
        guard origins.entries.isEmpty, !origins.allowsAny else { return origins }
        note("origins", "no origin is left, so there is no rule: write one with `allow_origins`", .field, at: option.line)
        return nil
    }

    /// Returns the value; nil when it is not known or left to its default.
    private mutating func truth(_ name: String) -> Bool? {
        guard let option = option(name) else {
            if let unknown = unknown.first, name == "supports_credentials" {
                note(name, "\(unknown.abbreviated) may set it, and cannot be looked into: taken as not set")
            }
            return nil
        }
        if let truth = option.value.truth { return truth }
        if case .absent = option.value { return nil }
        note(name, "what it is cannot be told: taken as not set", .field, at: option.line)
        return nil
    }

    private mutating func methods() -> [String] {
        guard let option = option("methods") else { return Self.methods }
        var methods: [String] = []
        for name in list(option, "methods", splits: true).map({ $0.uppercased() }) where !methods.contains(name) {
            if name == "*" {
                note("methods", "`*` is no method for flask-cors, which then allows GET, HEAD and POST", .field, at: option.line)
            } else if let refusal = CORSPolicy.refusal(ofMethod: name) {
                note("methods", "\(name.abbreviated) is left out: \(refusal)", .field, at: option.line)
            } else {
                methods.append(name)
            }
        }
        return methods
    }

    /// Returns the allowed fields; `["*"]` means every field.
    private mutating func fields() -> [String] {
        guard let option = option("allow_headers") else { return ["*"] }
        let names = list(option, "allow_headers", splits: false)
        if names.contains("*") || names.contains(".*") { return ["*"] }
        return names.filter { name in
            if FlaskPaths.isExpression(name) {
                note("allow_headers", "the expression `\(name.abbreviated)` is left out: list the names", .field, at: option.line)
                return false
            }
            return isField(name, "allow_headers", option.line)
        }
    }

    private mutating func isField(_ name: String, _ key: String, _ line: Int) -> Bool {
        guard CORSPolicy.refusal(ofField: name) != nil else { return true }
        note(key, "`\(name.abbreviated)` is not the name of a header: left out", .field, at: line)
        return false
    }

    private mutating func exposed(_ isCredentialed: Bool) -> [String] {
        guard let option = option("expose_headers") else { return [] }
        return list(option, "expose_headers", splits: true).filter { name in
            if name == "*", isCredentialed {
                note("expose_headers", "`*` is no wildcard with credentials: list the names", .field, at: option.line)
                return false
            }
            return name == "*" || isField(name, "expose_headers", option.line)
        }
    }

    /// Returns the names that are certain. flask-cors sends a single text as it is, and compares with it as one name.
    private mutating func list(_ option: Option, _ key: String, splits: Bool) -> [String] {
        switch option.value {
        case .text(let text):
            return splits ? text.split { $0 == "," || $0 == " " }.map(String.init) : [text]
        case .list(let list):
            return list.items.compactMap { item in
                switch item {
                case .text(let text), .expression(let text, _): return text
                default:
                    note(key, "an entry cannot be told, and is left out", .field, at: option.line)
                    return nil
                }
            }
        case .expression(let text, _): return [text]
        case .none, .absent: return []
        case .either(let values, let reason):
            let lists = values.map { list(Option(value: $0, line: option.line), key, splits: splits) }
            note(
                key, "they depend on \(reason.abbreviated): only those that are there in any case are taken", .field,
                at: option.line)
            return lists.dropFirst().reduce(lists.first ?? []) { names, more in
                more.contains("*") ? names : names.first == "*" ? more : names.filter { more.contains($0) }
            }
        case .unknown(let text): note(key, "what \(text.abbreviated) is cannot be told", .field, at: option.line)
        case .environment(let name, _):
            note(key, "what \(name.abbreviated) in the environment is cannot be told", .field, at: option.line)
        default: note(key, "what is no text is left out", .field, at: option.line)
        }
        return []
    }

    private mutating func maxAge() -> Int? {
        guard let option = option("max_age") else { return nil }
        var seconds: Int?
        switch option.value {
        case .number(0), .none, .absent: return nil
        case .number(let number), .duration(let number): seconds = number
        case .text(let text): seconds = Int(text)
        default: break
        }
        guard let seconds, seconds >= 0 else {
            note("max_age", "how many seconds it is cannot be told: left out", .field, at: option.line)
            return nil
        }
        guard seconds > 31_536_000 else { return seconds }
        note("max_age", "more than a year is a year here; browsers remember a day at most", .small, at: option.line)
        return 31_536_000
    }

    // MARK: Differences

    private mutating func explain() {
        let differences = [
            ("vary_header", "`Vary: Origin` is there wherever the answer depends on it: without it caches mix up origins"),
            ("always_send", "requests without an Origin get none of the headers but for `*`"),
            ("intercept_exceptions", "errors have the headers here"),
        ]
        for (name, text) in differences {
            guard let option = option(name), option.value.truth != true else { continue }
            note(name, text, .small, at: option.line)
        }
        if let option = option("automatic_options"), option.value.truth != true {
            note("automatic_options", "write `preflight: forward` in the rule to have the app answer", .small, at: option.line)
        }
        if let option = option("send_wildcard"), option.value.truth == nil {
            note("send_wildcard", "`*` is sent for every origin in any case", .small, at: option.line)
        }
    }
}
