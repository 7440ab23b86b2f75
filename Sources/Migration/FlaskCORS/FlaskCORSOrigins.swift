import HTTPModel
import HeaderPolicy
import ProxyConfig

/// The `origins` of flask-cors translated to `allow_origins`.
struct FlaskCORSOrigins {
    /// The entries as they are written in YAML, except for quotes.
    private(set) var entries: [String] = []
    /// Whether every site is let in.
    private(set) var allowsAny = false
    private(set) var notes: [(text: String, danger: ImportDraft.Danger)] = []

    init(_ value: PythonValue) {
        switch value {
        case .list(let list): for item in list.items { add(item) }
        case .either(let values, let reason): choose(values, reason)
        case .none: note("None is no origin: flask-cors allows none")
        default: add(value)
        }
    }

    private mutating func note(_ text: String, _ danger: ImportDraft.Danger = .field) { notes.append((text, danger)) }

    /// Keeps the origins that all alternatives have. If an alternative is not known, there are none, unless it is the value of an
    /// environment variable whose default does not allow every origin: then only the default counts.
    private mutating func choose(_ values: [PythonValue], _ reason: String) {
        let known = values.filter { if case .unknown = $0 { false } else { true } }.map { FlaskCORSOrigins($0) }
        let isSure = known.count == values.count
        guard isSure || (Self.isEnvironment(reason) && !known.allSatisfy(\.allowsAny)) else {
            return note("what they are depends on \(reason.abbreviated): list the origins", .answer)
        }
        allowsAny = known.allSatisfy(\.allowsAny)
        let named = known.filter { !$0.allowsAny }
        entries = (named.first?.entries ?? known.first?.entries ?? []).filter { entry in
            named.allSatisfy { $0.entries.contains(entry) }
        }
        notes += named.flatMap(\.notes)
        if isSure {
            note("they depend on \(reason.abbreviated): only those that are let in either way are taken", .answer)
        } else {
            note("they depend on \(reason.abbreviated): taken as though that said nothing\(Self.variable(reason))", .answer)
        }
    }

    /// Whether a condition is that an environment variable is set.
    private static func isEnvironment(_ reason: String) -> Bool {
        let words = reason.split(separator: " ", omittingEmptySubsequences: false)
        return words.count == 4 && words.dropFirst().elementsEqual(["in", "the", "environment"])
    }

    /// Tells how the rule can read the origins from the environment variable.
    private static func variable(_ reason: String) -> String {
        guard isEnvironment(reason), let name = reason.split(separator: " ").first,
            name.utf8.allSatisfy({ $0 == 0x5F || Octet.isDigit($0) || (0x61...0x7A).contains($0 | 0x20) })
        else { return "" }
        return "; `allow_origins: \"${\(name)}\"` reads them from there, with commas between several"
    }

    // MARK: Entries

    private mutating func add(_ item: PythonValue) {
        switch item {
        case .text(let text): add(text)
        case .expression(let text, let ignoresCase): add(expression: text, ignoresCase: ignoresCase)
        case .environment(let name, let fallback?): add(variable: name, fallback)
        case .environment(let name, nil): note("what \(name) in the environment is cannot be told: list the origins")
        case .either(let values, let reason): add(perhaps: values, reason)
        case .absent: break
        case .unknown(let text): note("what \(text.abbreviated) is cannot be told: list the origins")
        default: note("what is no text is left out")
        }
    }

    /// Leaves out an origin that is there or not, or that is one of several; the others are certain.
    private mutating func add(perhaps values: [PythonValue], _ reason: String) {
        let texts = values.compactMap(\.text)
        let hasUnknown = values.contains { if case .unknown = $0 { true } else { false } }
        if values.count == 2, hasUnknown, let text = texts.first, text != "*", Self.isEnvironment(reason) {
            add(text)
            return note("`\(text.abbreviated)` depends on \(reason.abbreviated): taken as though that said nothing", .answer)
        }
        let names = values.compactMap { value -> String? in
            switch value {
            case .text(let text), .expression(let text, _): text
            default: nil
            }
        }
        let what = names.isEmpty ? "an entry" : names.map { "`\($0.abbreviated)`" }.joined(separator: " or ")
        note("\(what) depends on \(reason.abbreviated): left out")
    }

    /// Adds an origin if it is one that flask-cors compares as a whole and that browsers write in this form.
    private mutating func add(_ text: String) {
        // Splitting at commas may leave an empty text.
        if text.isEmpty { return }
        if text == "*" || text == ".*" {
            allowsAny = true
            return
        }
        guard !FlaskPaths.isExpression(text) else { return add(expression: text, ignoresCase: true) }
        let origin = text.lowercased()
        if let reason = Self.reason(against: origin) {
            note("`\(text.abbreviated)` \(reason), so flask-cors never allowed a page by it: left out")
        } else if !entries.contains(origin) {
            entries.append(origin)
        }
    }

    /// Returns why no browser sends this as an origin.
    private static func reason(against origin: String) -> String? {
        guard origin != "null" else { return nil }
        guard let separator = origin.range(ofFirst: "://") else { return "has no scheme" }
        let rest = origin[separator.upperBound...]
        if rest.contains(",") || rest.contains(" ") { return "is several in one text" }
        if rest.hasSuffix("/"), !rest.dropLast().contains("/") { return "has a closing slash" }
        if rest.contains("/") { return "has a path" }
        let port = rest.lastIndex(of: ":").map { rest[rest.index(after: $0)...] } ?? ""
        let scheme = origin[..<separator.lowerBound]
        if (scheme == "https" && port == "443") || (scheme == "http" && port == "80") || port.hasPrefix("0") {
            return "has a port that browsers leave out"
        }
        return CORSPolicy.refusal(ofOrigin: origin) == nil ? nil : "is no origin"
    }

    /// Adds a variable of the environment, which stays one, because whoever starts the proxy may set it as well.
    private mutating func add(variable name: String, _ fallback: String) {
        let isName =
            !name.isEmpty && name.utf8.allSatisfy { $0 == 0x5F || Octet.isDigit($0) || (0x61...0x7A).contains($0 | 0x20) }
        guard isName, fallback == "*" || (!FlaskPaths.isExpression(fallback) && Self.reason(against: fallback) == nil) else {
            return note("they depend on \(name.abbreviated) in the environment: left out")
        }
        if fallback == "*" { allowsAny = true }
        entries.append("${\(name):-\(fallback)}")
        note("\(name) is read from the environment of letterhead now: set it there too", .small)
    }

    // MARK: Expressions

    /// Adds an expression. flask-cors matches it with the beginning of an origin, while here it matches the whole origin.
    private mutating func add(expression text: String, ignoresCase: Bool) {
        if text == ".*" || text == "^.*$" || text == "^.*" {
            allowsAny = true
            return
        }
        if let wildcard = Self.anyPort(text) {
            note("`\(text)` is taken for any port; flask-cors takes everything that begins like that", .small)
            return entries.append(wildcard)
        }
        guard var expression = FlaskPaths.linear(text) else { return }
        let isWhole = expression.hasSuffix("$") && !expression.hasSuffix("\\$")
        if isWhole { expression.removeLast() }
        let needsCase = ignoresCase && expression.utf8.contains { (0x41...0x5A).contains($0) } && !expression.hasPrefix("(?i)")
        let entry = "regex:\(needsCase ? "(?i)" : "")\(expression.replacing("${", by: "$${"))"
        if let refusal = CORSPolicy.refusal(ofOrigin: entry) {
            return note("`\(text.abbreviated)` is left out: \(refusal)")
        }
        if let pattern = try? LinearRegex(String(entry.dropFirst(6)), anchored: true) {
            if Self.foreign.contains(where: { pattern.matches($0.utf8.span) }) {
                note("`\(text.abbreviated)` lets every site in, or nearly", .answer)
                allowsAny = true
                return
            }
            if expression.hasSuffix("//*") || expression.hasSuffix(":*") || expression.contains(text: "://*.") {
                let isOrigin = CORSPolicy.refusal(ofOrigin: text) == nil
                return note(
                    "`\(text.abbreviated)` is an expression for flask-cors, where `*` repeats what is before it: left out; write \""
                        + "\(isOrigin ? text.abbreviated : "https://*.app.example")\" into `allow_origins` if all names below it are meant"
                )
            }
        }
        if !isWhole {
            note("`\(text)` has no `$`, so it also took origins that go on behind it; here it matches to the end", .small)
        }
        if !entries.contains(entry) { entries.append(entry) }
    }

    /// Origins of sites that nobody names.
    private static let foreign = ["https://foreign.invalid", "http://foreign.invalid", "https://a1.example.invalid:8443"]

    /// Returns the wildcard if the text is like `http://localhost:*`, and nothing else in it could be an expression.
    private static func anyPort(_ text: String) -> String? {
        guard text.hasSuffix(":*"), !FlaskPaths.isExpression(String(text.dropLast())) else { return nil }
        return CORSPolicy.refusal(ofOrigin: text.lowercased()) == nil ? text.lowercased() : nil
    }

    /// The origins that are named. With credentials, allowing every site would be too much, so only these stay.
    var named: [String] { entries.filter { !$0.hasPrefix("${") || !$0.hasSuffix(":-*}") } }

    /// The entries for `allow_origins` without credentials.
    var all: [String] {
        guard allowsAny else { return entries }
        return [entries.first { $0.hasSuffix(":-*}") } ?? "*"]
    }
}
