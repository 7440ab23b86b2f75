/// The options of flask-cors as `cors` rules of a draft.
struct FlaskCORSTranslator {
    /// The options of a call, and of a resource.
    static let options: Set<String> = [
        "origins", "methods", "expose_headers", "allow_headers", "supports_credentials", "max_age", "send_wildcard",
        "vary_header",
        "automatic_options", "always_send", "intercept_exceptions", "allow_private_network", "resources",
    ]

    let file: String
    var draft = ImportDraft()
    /// The paths of the rules before: flask-cors takes the first resource that fits.
    private var taken: [String] = []

    init(file: String) { self.file = file }

    mutating func translate(_ set: FlaskCORSOptions.Options) {
        let common = set.entries.filter { $0.key != "resources" }
        guard let resources = set.entries.first(where: { $0.key == "resources" }) else {
            return rule(common, path: nil, line: set.line)
        }
        switch resources.value {
        case .table(let entries):
            // flask-cors tries the longest expression first.
            for entry in entries.sorted(by: { $0.key.utf8.count > $1.key.utf8.count }) {
                guard case .table(let own) = entry.value else {
                    draft.note("\(entry.key): the options cannot be told", at: "\(file):\(entry.line)")
                    continue
                }
                let names = Set(own.map(\.key))
                rule(own + common.filter { !names.contains($0.key) }, path: entry.key, line: entry.line)
            }
        case .text(let text), .expression(let text): rule(common, path: text, line: resources.line)
        case .list(let items):
            for item in items {
                guard let text = Self.text(item) else { continue }
                rule(common, path: text, line: resources.line)
            }
        default: draft.note("resources: what is in it cannot be told", at: "\(file):\(resources.line)")
        }
    }

    private mutating func note(_ key: String, _ text: String, _ line: Int) {
        draft.note("\(key): \(text)", at: "\(file):\(line)")
    }

    private mutating func rule(_ entries: [PythonLiteral.Entry], path: String?, line: Int) {
        var values: [String: PythonLiteral.Entry] = [:]
        for entry in entries {
            guard Self.options.contains(entry.key) else {
                note(entry.key, "no option of flask-cors", entry.line)
                continue
            }
            values[entry.key] = entry
        }
        var when: String?
        if let path {
            guard let patterns = Self.paths(path) else {
                return note(path.abbreviated, "no path pattern says that expression", line)
            }
            var tests = patterns.isEmpty ? [] : ["path: \(ImportText.list(patterns))"]
            if !taken.isEmpty { tests.append("not: { path: \(ImportText.list(taken)) }") }
            if !tests.isEmpty { when = "{ \(tests.joined(separator: ", ")) }" }
            taken += patterns
        }
        guard let origins = origins(values["origins"], line) else { return }
        var lines = ["cors:", "  allow_origins: \(ImportText.list(origins))"]
        if case .bool(true)? = values["supports_credentials"]?.value {
            if origins.contains("*") {
                note(
                    "supports_credentials", "with every origin it lets any site act as the user: list the origins to have it",
                    values["supports_credentials"]?.line ?? line)
            } else {
                lines.append("  allow_credentials: true")
            }
        }
        let methods = names(values["methods"], line) ?? ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]
        lines.append("  allow_methods: \(ImportText.list(methods.map { $0.uppercased() }))")
        let fields = names(values["allow_headers"], line) ?? ["*"]
        lines.append("  allow_headers: \(fields.contains("*") ? "echo" : ImportText.list(fields))")
        if fields.contains(where: { $0 != "*" && $0.contains { ".*+?[]()\\^$".contains($0) } }) {
            note("allow_headers", "expressions on names are taken as names", values["allow_headers"]?.line ?? line)
        }
        if let exposed = names(values["expose_headers"], line), !exposed.isEmpty {
            lines.append("  expose_headers: \(ImportText.list(exposed))")
        }
        if let age = values["max_age"], let seconds = Self.seconds(age.value) { lines.append("  max_age: \(seconds)s") }
        if case .bool(true)? = values["allow_private_network"]?.value { lines.append("  allow_private_network: true") }
        explain(values)
        draft.responseRules.append(ImportDraft.Rule(body: .lines(lines), when: when, origin: "\(file):\(line)"))
    }

    private mutating func explain(_ values: [String: PythonLiteral.Entry]) {
        if let entry = values["automatic_options"], entry.value == .bool(false) {
            note("automatic_options", "write `preflight: forward` in the rule to have the app answer", entry.line)
        }
        if let entry = values["vary_header"], entry.value == .bool(false) {
            note(
                "vary_header", "`Vary: Origin` is there wherever the answer depends on it: without it caches mix up origins",
                entry.line)
        }
        if let entry = values["always_send"], entry.value == .bool(false) {
            note("always_send", "requests without an Origin get none of the fields but for `*`", entry.line)
        }
        for (key, entry) in values.sorted(by: { $0.key < $1.key }) {
            if case .unknown(let text) = entry.value, !["origins", "methods", "allow_headers", "expose_headers"].contains(key) {
                note(key, "what \(text.abbreviated) is cannot be told", entry.line)
            }
        }
    }

    private mutating func origins(_ entry: PythonLiteral.Entry?, _ line: Int) -> [String]? {
        guard let entry else { return ["*"] }
        let items: [PythonLiteral]
        switch entry.value {
        case .list(let list): items = list
        case .none: return ["*"]
        default: items = [entry.value]
        }
        var origins: [String] = []
        for item in items {
            switch item {
            case .text(let text): origins += origin(text, isExpression: false, entry.line)
            case .expression(let text): origins += origin(text, isExpression: true, entry.line)
            case .unknown(let text): note("origins", "what \(text.abbreviated) is cannot be told: list the origins", entry.line)
            default: note("origins", "not a list of texts", entry.line)
            }
        }
        if origins.isEmpty { note("origins", "no origin is left, so there is no rule", entry.line) }
        return origins.isEmpty ? nil : origins.contains("*") ? ["*"] : origins
    }

    /// flask-cors takes a text for an expression when it looks like one, and then for the beginning of an origin.
    private mutating func origin(_ text: String, isExpression: Bool, _ line: Int) -> [String] {
        if text == "*" || text == ".*" || text == "null" { return [text == "null" ? text : "*"] }
        let isWildcard = text.contains("://*.") || text.hasSuffix(":*")
        if !isExpression, !text.contains(where: { "*\\]?$^[()+|".contains($0) }) {
            return [text.hasSuffix("/") ? String(text.dropLast()) : text]
        }
        if !isExpression, isWildcard, text.count(where: { "*\\]?$^[()+|".contains($0) }) == 1 {
            note("origins", "`\(text)` is taken as a wildcard; flask-cors took it for a regular expression", line)
            return [text]
        }
        var expression = text.hasPrefix("^") ? String(text.dropFirst()) : text
        if expression.hasSuffix("$") {
            expression.removeLast()
        } else {
            note(
                "origins", "`\(text)` has no `$`, so it also took origins that go on behind it; here it matches to the end", line)
        }
        return ["regex:\(expression)"]
    }

    private mutating func names(_ entry: PythonLiteral.Entry?, _ line: Int) -> [String]? {
        guard let entry else { return nil }
        switch entry.value {
        case .text(let text): return text.split { $0 == "," || $0 == " " }.map(String.init)
        case .list(let items):
            return items.flatMap { item -> [String] in
                if let text = Self.text(item) { return [text] }
                note(entry.key, "an entry cannot be told", entry.line)
                return []
            }
        case .none: return nil
        case .unknown(let text):
            note(entry.key, "what \(text.abbreviated) is cannot be told", entry.line)
            return nil
        default: return nil
        }
    }

    private static func text(_ literal: PythonLiteral) -> String? {
        switch literal {
        case .text(let text), .expression(let text): text
        default: nil
        }
    }

    private static func seconds(_ literal: PythonLiteral) -> Int? {
        switch literal {
        case .number(let number) where number >= 0: number
        case .text(let text): Int(text).flatMap { $0 >= 0 ? $0 : nil }
        default: nil
        }
    }

    /// A resource's expression as path patterns: `/api/*` is what everybody writes for everything under /api. Empty is every
    /// path, nil what no pattern says.
    private static func paths(_ expression: String) -> [String]? {
        var text = expression
        if text.hasPrefix("^") { text.removeFirst() }
        if ["*", "/*", ".*", "/.*", "/", "/.*$"].contains(text) { return [] }
        let isExact = text.hasSuffix("$")
        if isExact { text.removeLast() }
        let tails = ["/.*", "/*", "/(.*)", ".*", "*", "/"]
        let tail = tails.first { text.hasSuffix($0) }
        if let tail { text.removeLast(tail.count) }
        let isLiteral =
            text.hasPrefix("/")
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0 | 0x20) || (0x2D...0x39).contains($0) || $0 == 0x5F || $0 == 0x7E
            }
        guard isLiteral, text.count > 1 else { return nil }
        return isExact && tail == nil ? [text] : ["\(text)/**"]
    }
}
