import HTTPModel
import HeaderPolicy

/// Takes secrets out of what is kept of an exchange: the values of fields that carry them, and wherever a rule has copied them
/// to or a note speaks of them.
///
/// What helps to understand stays: the scheme of `Authorization`, the names of cookies and the attributes of `Set-Cookie`.
public struct Redaction: Sendable {
    public static let mark = "[redacted]"
    /// Characters of a value that are kept.
    private static let valueLimit = 2_048
    /// A part of a value that is shorter is no secret, and would be found everywhere.
    private static let shortestPart = 6

    private let names: Set<String>
    private var secrets: Set<String> = []
    private var ordered: [String] = []

    /// - Parameter names: fields whose values are secret, beside those that always are.
    public init(_ names: [String]) { self.names = Set(names.map { $0.lowercased() }) }

    /// Whether the values of a field are secret.
    public func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        if name == "cookie" || name == "set-cookie" || names.contains(name) { return true }
        // Access-Control-Allow-Credentials says nothing but yes.
        return !name.hasPrefix("access-control-") && SecretWords.isSecret(name.utf8.span)
    }

    /// Learns the secrets of a message.
    mutating func learn(_ fields: [FieldText]) {
        for field in fields where isSecret(field.name) && !field.value.isEmpty {
            for part in Self.parts(of: field) where part.utf8.count >= Self.shortestPart { secrets.insert(part) }
        }
        // The longest first: one may be a part of another.
        ordered = secrets.sorted { $0.utf8.count > $1.utf8.count }
    }

    private static func parts(of field: FieldText) -> [String] {
        var parts = [field.value]
        switch field.name.lowercased() {
        case "cookie": parts += field.value.split(separator: ";").map { afterEquals($0) }
        case "set-cookie": parts += field.value.split(separator: ";").prefix(1).map { afterEquals($0) }
        default: parts += field.value.split(separator: " ").dropFirst().map(String.init)
        }
        return parts
    }

    private static func afterEquals(_ pair: Substring) -> String {
        guard let equals = pair.firstIndex(of: "=") else { return "" }
        return String(pair[pair.index(after: equals)...].drop { $0 == " " || $0 == "\"" }.prefix { $0 != "\"" })
    }

    /// A text without the secrets that are known, and without secret values of a query.
    func text(_ text: String) -> String {
        var text = text
        for secret in ordered where text.utf8.count >= secret.utf8.count && text.contains(secret) {
            text = text.replacing(secret, with: Self.mark)
        }
        if text.utf8.contains(0x3F) {
            var bytes: [UInt8] = []
            text.utf8.span.forEachRedactedPart { bytes.append(copying: $0) }
            text = String(decoding: bytes, as: UTF8.self)
        }
        guard text.utf8.count > Self.valueLimit else { return text }
        return text.prefix(Self.valueLimit) + "…"
    }

    func fields(_ fields: [FieldText]) -> [FieldText] { fields.map { FieldText($0.name, value($0.name, $0.value)) } }

    /// The value of a field of that name.
    public func value(_ name: String, _ value: String) -> String {
        guard isSecret(name) else { return text(value) }
        switch name.lowercased() {
        case "cookie": return value.split(separator: ";").map { Self.hide($0) }.joined(separator: ";")
        case "set-cookie":
            guard let end = value.firstIndex(of: ";") else { return Self.hide(value[...]) }
            return Self.hide(value[..<end]) + value[end...]
        case "authorization", "proxy-authorization":
            guard let blank = value.firstIndex(of: " ") else { return Self.mark }
            return value[...blank] + Self.mark
        default: return Self.mark
        }
    }

    /// `name=[redacted]`; all of it where there is no name.
    private static func hide(_ pair: Substring) -> String {
        guard let equals = pair.firstIndex(of: "=") else { return mark }
        return pair[...equals] + mark
    }

    func trace(_ trace: StageTrace) -> StageTrace {
        var trace = trace
        trace.before = trace.before.map(line)
        trace.after = trace.after.map(line)
        for index in trace.steps.indices {
            trace.steps[index].changes = trace.steps[index].changes.map(change)
            trace.steps[index].notes = trace.steps[index].notes.map(text)
            if case .unmet(let unmet) = trace.steps[index].outcome {
                trace.steps[index].outcome = .unmet(UnmetTest(test: unmet.test, found: text(unmet.found)))
            }
        }
        return trace
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
