public import HTTPModel
public import HeaderPolicy

/// Removes secrets from the kept or shown record of an exchange. They are recognized by the names of fields and parameters and by
/// the form of values, also where a rule has copied such a value to another place or a note mentions it. The access log finds the
/// same with `forEachRedactedPart`.
///
/// Parts that help to understand stay: the scheme of `Authorization`, the names of cookies and the attributes of `Set-Cookie`,
/// and the names of parameters.
public struct Redaction: Sendable {
    public static let mark = "[redacted]"
    /// The number of characters of a value that are kept.
    private static let valueLimit = 2_048
    /// The least length of a part of a value that counts as secret. A shorter one would be found everywhere.
    private static let shortestPart = 6
    /// The least length of a secret that is the whole value of a field.
    private static let shortestWhole = 3
    /// The number of secrets whose copies are searched for. Those that a secret name or form reveals are hidden without that.
    private static let partLimit = 64

    private let names: Set<String>
    private var secrets: Set<String> = []
    /// The secrets, sorted with the longest first, because one may be a part of another.
    private var parts: [[UInt8]] = []

    /// - Parameter names: fields whose values are secret, in addition to those that always are.
    public init(_ names: [String]) { self.names = Set(names.map { $0.lowercased() }) }

    /// Redacts a text that does not come from a field: a log message or a sentence.
    public static func text(_ text: String) -> String { redacted(text, .text) }

    /// Whether the values of a field are secret.
    public func isSecret(_ name: String) -> Bool {
        switch name.lowercased() {
        case "cookie", "set-cookie": true
        case let lower: names.contains(lower) || SecretNames.isSecretField(name.utf8.span)
        }
    }

    // MARK: Learning

    /// Learns the secrets of a message.
    public mutating func learn(_ fields: [FieldText]) {
        learn(
            fields.flatMap { field in
                isSecret(field.name)
                    ? Self.parts(of: field)
                    : Self.protocolTokens(of: field.name, field.value) + Self.found(in: field.value, Self.form(of: field.name))
            })
    }

    /// Learns the secrets of every line that a message has had, also between two rules.
    public mutating func learn(_ trace: StageTrace) {
        let changes = trace.changes.map(\.change) + trace.shadowSteps.flatMap(\.changes)
        learn((trace.before + trace.after + changes.flatMap(\.lines)).map(\.field))
    }

    /// Learns the secrets of a request's target.
    public mutating func learn(target: String) { learn(Self.found(in: target, .url)) }

    private mutating func learn(_ texts: [String]) {
        for text in texts where text.utf8.count >= Self.shortestWhole && secrets.count < 2 * Self.partLimit {
            secrets.insert(text)
        }
        let long = secrets.filter { $0.utf8.count >= Self.shortestPart }.map { Array($0.utf8) }
        parts = Array(long.sorted { $0.count > $1.count }.prefix(Self.partLimit))
    }

    private static func parts(of field: FieldText) -> [String] {
        switch field.name.lowercased() {
        case "cookie": return [field.value] + field.value.split(separator: ";").flatMap(cookie)
        case "set-cookie": return [field.value] + field.value.split(separator: ";").prefix(1).flatMap(cookie)
        default: return [field.value] + field.value.split(separator: " ").dropFirst().map(String.init)
        }
    }

    /// Returns the value of a cookie. A short value is a setting and not secret, unless its name says otherwise.
    private static func cookie(_ pair: Substring) -> [String] {
        guard let equals = pair.firstIndex(of: "=") else { return [] }
        let value = String(pair[pair.index(after: equals)...].drop { $0 == " " || $0 == "\"" }.prefix { $0 != "\"" })
        let name = String(pair[..<equals].drop { $0 == " " })
        return value.utf8.count >= shortestPart || SecretNames.isSecret(name.utf8.span) ? [value] : []
    }

    /// Returns the parts that are secret by a parameter's name or by their form, both as written and decoded.
    private static func found(in text: String, _ form: SecretScan.Form) -> [String] {
        var (scan, found) = (SecretScan(form), [String]())
        let bytes = Array(text.utf8)
        while let range = scan.next(in: bytes.span) {
            found.append(String(decoding: bytes[range], as: UTF8.self))
            guard bytes[range].contains(where: { $0 == 0x25 || $0 == 0x2B }) else { continue }
            var (decoded, index) = ([UInt8](), range.lowerBound)
            while index < range.upperBound {
                let character = bytes.span.logical(at: index)
                decoded.append(character.depth == 0 && character.byte == 0x2B ? 0x20 : character.byte)
                index = character.end
            }
            found.append(String(decoding: decoded, as: UTF8.self))
        }
        return found
    }

    private static func protocolTokens(of name: String, _ value: String) -> [String] {
        guard name.lowercased() == "sec-websocket-protocol" else { return [] }
        let bytes = Array(value.utf8)
        return ProtocolTokens.tokens(in: bytes.span).map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    // MARK: Hiding

    /// Redacts a text: known secrets, and parts that are secret by their form.
    public func text(_ text: String) -> String { hide(text, .text) }

    /// Redacts a URL, or the target of a request.
    public func target(_ target: String) -> String { hide(target, .url) }

    private func hide(_ text: String, _ form: SecretScan.Form) -> String {
        if secrets.contains(text) { return Self.mark }
        var text = text
        for part in parts where text.utf8.count >= part.count { text = Self.replace(part, in: text) }
        text = Self.redacted(text, form)
        guard text.utf8.count > Self.valueLimit else { return text }
        return text.prefix(Self.valueLimit) + "…"
    }

    /// Replaces bytes rather than characters, because a character that combines with the secret's last one must not prevent the
    /// match.
    private static func replace(_ part: [UInt8], in text: String, by mark: String = Self.mark) -> String {
        let bytes = Array(text.utf8)
        guard let first = bytes.range(ofFirst: part) else { return text }
        var (output, rest, found) = ([UInt8](), bytes[...], Optional(first))
        while let range = found {
            output += rest[..<range.lowerBound]
            output.append(text: mark)
            rest = rest[range.upperBound...]
            found = rest.range(ofFirst: part)
        }
        return String(decoding: output + rest, as: UTF8.self)
    }

    private static func redacted(_ text: String, _ form: SecretScan.Form) -> String {
        var bytes: [UInt8] = []
        text.utf8.span.forEachRedactedPart(form) { bytes.append(copying: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    public func fields(_ fields: [FieldText]) -> [FieldText] { fields.map { FieldText($0.name, value($0.name, $0.value)) } }

    /// Redacts the value of a field with that name.
    public func value(_ name: String, _ value: String) -> String {
        // A user with a password before the host, which no valid request has.
        if name.lowercased() == "host", let end = value.lastIndex(of: "@") { return Self.mark + value[end...] }
        guard isSecret(name) else {
            let tokens = Self.protocolTokens(of: name, value)
            return hide(tokens.reduce(value) { Self.replace(Array($1.utf8), in: $0) }, Self.form(of: name))
        }
        switch name.lowercased() {
        case "cookie": return value.split(separator: ";").map { Self.hide($0) }.joined(separator: ";")
        case "set-cookie":
            guard let end = value.firstIndex(of: ";") else { return Self.hide(value[...]) }
            return Self.hide(value[..<end]) + text(String(value[end...]))
        case "authorization", "proxy-authorization":
            guard let blank = value.firstIndex(of: " ") else { return Self.mark }
            return value[...blank] + Self.mark
        default: return Self.mark
        }
    }

    /// Returns `name=[redacted]`; all of it is redacted when there is no name.
    private static func hide(_ pair: Substring) -> String {
        guard let equals = pair.firstIndex(of: "=") else { return mark }
        return pair[...equals] + mark
    }

    /// Returns the form of a field's values.
    private static func form(of name: String) -> SecretScan.Form {
        switch name.lowercased() {
        case "location", "content-location", "referer", "destination", "x-original-url", "x-original-uri", "x-rewrite-url",
            "x-forwarded-uri", "x-forwarded-url", "x-request-uri", "sourcemap", "x-accel-redirect":
            .url
        case "permissions-policy", "permissions-policy-report-only", "feature-policy": .words
        default: .text
        }
    }

    // MARK: Traces

    /// - Parameter rules: the rules to which the numbers in the trace refer.
    public func trace(_ trace: StageTrace, of rules: [Rule]) -> StageTrace {
        var trace = trace
        trace.before = trace.before.map(line)
        trace.after = trace.after.map(line)
        trace.steps = trace.steps.map { step($0, of: rules) }
        if let closing = trace.closing { trace.closing?.changes = closing.changes.map(change) }
        trace.shadowSteps = trace.shadowSteps.map { step($0, of: rules) }
        return trace
    }

    private func step(_ step: StageTrace.Step, of rules: [Rule]) -> StageTrace.Step {
        var step = step
        step.changes = step.changes.map(change)
        // Without its rule, a note cannot be checked for secrets, so it is left out.
        step.notes = rules.indices.contains(step.rule) ? notes(step.notes, of: rules[step.rule].action) : []
        if case .unmet(let unmet) = step.outcome {
            step.outcome = .unmet(UnmetTest(test: unmet.test, found: found(unmet)))
        }
        return step
    }

    /// Redacts notes, which quote what a rule says as well as what it found.
    private func notes(_ notes: [String], of action: any Action) -> [String] {
        guard !notes.isEmpty else { return [] }
        var quotes: [(said: String, shown: String)] = []
        _ = action.redacted { name, said in
            let shown = value(name, said)
            if shown != said { quotes.append(("`\(said)`", "`\(shown)`")) }
            return shown
        }
        return notes.map { note in
            text(quotes.reduce(note) { Self.replace(Array($1.said.utf8), in: $0, by: $1.shown) })
        }
    }

    /// Redacts the value that a test found. In a secret field it is hidden however short it is.
    private func found(_ unmet: UnmetTest) -> String {
        if let name = unmet.test.fieldName, isSecret(name) {
            let beginning = "\(name) is "
            if unmet.found.hasPrefix(beginning) { return beginning + Self.mark }
        }
        return text(unmet.found)
    }

    private func line(_ line: StageTrace.Line) -> StageTrace.Line {
        StageTrace.Line(name: line.name, value: value(line.name, line.value), maker: line.maker)
    }

    private func change(_ change: StageTrace.Change) -> StageTrace.Change {
        switch change {
        case .added(let new): .added(line(new))
        case .removed(let old): .removed(line(old))
        case .replaced(let old, let new): .replaced(old.map(line), line(new))
        case .moved(let moved): .moved(line(moved))
        }
    }
}

extension StageTrace.Change {
    fileprivate var lines: [StageTrace.Line] {
        switch self {
        case .added(let line), .removed(let line), .moved(let line): [line]
        case .replaced(let old, let new): old + [new]
        }
    }
}
