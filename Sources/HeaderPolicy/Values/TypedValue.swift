import HTTPModel

/// Values that configuration may write as a map instead of as text. It checks the map and makes the text of it.
///
/// The text is a template like any other value: placeholders in it are filled for each message.
public enum TypedValue {
    /// One key of the map and its value, with their places.
    public struct Entry: Sendable {
        public var key: Located<String>
        public var value: Value

        public init(key: Located<String>, value: Value) {
            self.key = key
            self.value = value
        }
    }

    public enum Value: Sendable {
        case flag(Bool)
        /// A text or number.
        case text(Located<String>)
        case list([Located<String>])

        /// The words of a text or list.
        var words: [Located<String>] {
            switch self {
            case .flag: []
            case .text(let text): text.value.split(separator: " ").map { Located(String($0), at: text.location) }
            case .list(let words): words
            }
        }
    }

    /// The fields whose values may be maps.
    public static let fields = [
        "Strict-Transport-Security", "Content-Security-Policy", "Content-Security-Policy-Report-Only", "Permissions-Policy",
        "Permissions-Policy-Report-Only", "Cache-Control", "Reporting-Endpoints",
    ]

    /// Whether the value of a field may be a map.
    public static func takesMap(_ field: String) -> Bool {
        fields.contains { $0.utf8.span.equalsIgnoringCase(field.utf8.span) }
    }

    /// Returns the value that a map stands for.
    ///
    /// - Parameters:
    ///   - field: one of `fields`, in any case.
    ///   - location: where the map is written.
    /// - Throws: all errors, each where it is written.
    public static func text(
        of entries: [Entry], for field: String, at location: SourceLocation
    ) throws(PolicyErrors) -> String {
        var builder = TypedValueBuilder(entries, field, location)
        let text = builder.text()
        if builder.errors.isEmpty, let problem = KnownValue.problem(name: field, template: text) {
            builder.refuse(problem, at: location)
        }
        if !builder.errors.isEmpty { throw PolicyErrors(builder.errors) }
        return text
    }
}

/// Makes the text of one map and notes its errors.
struct TypedValueBuilder {
    private let entries: [TypedValue.Entry]
    private let field: String
    private let location: SourceLocation
    private(set) var errors: [PolicyError] = []

    init(_ entries: [TypedValue.Entry], _ field: String, _ location: SourceLocation) {
        self.entries = entries
        self.field = field.lowercased()
        self.location = location
    }

    mutating func refuse(_ problem: PatternError, at location: SourceLocation) {
        errors.append(problem.located(at: location))
    }

    private mutating func refuse(_ message: String, at location: SourceLocation, _ suggestion: String? = nil) {
        errors.append(PolicyError(message, at: location, suggestion: suggestion))
    }

    mutating func text() -> String {
        guard !entries.isEmpty else {
            refuse("the map is empty", at: location)
            return ""
        }
        switch field {
        case "strict-transport-security": return transportSecurity()
        case "content-security-policy", "content-security-policy-report-only":
            return pieces(Self.directive).joined(separator: "; ")
        case "permissions-policy", "permissions-policy-report-only": return pieces(Self.feature).joined(separator: ", ")
        case "cache-control": return pieces(Self.cacheDirective).joined(separator: ", ")
        case "reporting-endpoints": return pieces(Self.endpoint).joined(separator: ", ")
        default:
            refuse("the value of this header is a text, not a map", at: location)
            return ""
        }
    }

    /// Returns the pieces of text for the entries; `piece` returns nil to leave one out.
    private mutating func pieces(
        _ piece: (TypedValueBuilder) -> (TypedValue.Entry) throws(PatternError) -> String?
    ) -> [String] {
        var pieces: [String] = []
        for entry in entries {
            do throws(PatternError) {
                if let text = try piece(self)(entry) { pieces.append(text) }
            } catch {
                refuse(error, at: entry.key.location)
            }
        }
        return pieces
    }

    private mutating func transportSecurity() -> String {
        var age = ""
        var flags: [String] = []
        for entry in entries {
            switch (entry.key.value.replacing("-", by: "_").lowercased(), entry.value) {
            case ("max_age", .text(let text)):
                if let seconds = DurationText.seconds(text.value) {
                    age = "max-age=\(seconds)"
                } else {
                    refuse("max_age is a number of seconds or a time such as 365d", at: text.location)
                }
            case ("include_subdomains", .flag(let isOn)): if isOn { flags.append("includeSubDomains") }
            case ("preload", .flag(let isOn)): if isOn { flags.append("preload") }
            case ("max_age", _): refuse("max_age is a number of seconds or a time such as 365d", at: entry.key.location)
            case ("include_subdomains", _), ("preload", _):
                refuse("`\(entry.key.value)` is true or false", at: entry.key.location)
            default:
                let near = Suggestion.nearest(to: entry.key.value, among: ["max_age", "include_subdomains", "preload"])
                refuse(
                    "there is no `\(entry.key.value)` in Strict-Transport-Security", at: entry.key.location,
                    near.map { "did you mean `\($0)`?" } ?? "its keys are max_age, include_subdomains and preload")
            }
        }
        if age.isEmpty, errors.isEmpty {
            refuse("browsers ignore Strict-Transport-Security without max_age", at: location, "add max_age: 730d")
        }
        return ([age] + flags.sorted()).joined(separator: "; ")
    }

    /// Makes the text of `script-src: [self, https://cdn.example]`; keywords may be written without their quotes.
    private func directive(_ entry: TypedValue.Entry) throws(PatternError) -> String? {
        let name = entry.key.value
        if name.contains(where: { " ;,".contains($0) }) { throw PatternError("\"\(name)\" is not the name of a directive") }
        if case .flag(let isOn) = entry.value { return isOn ? name : nil }
        var words = [name]
        for word in entry.value.words {
            if word.value.contains(where: { " ;,".contains($0) }) {
                throw PatternError(
                    "a source of `\(name)` holds a blank, `;` or `,`: \"\(word.value)\"",
                    suggestion: "write each source by itself")
            }
            words.append(ContentSecurityPolicy.isQuotable(word.value) ? "'\(word.value)'" : word.value)
        }
        let text = words.joined(separator: " ")
        if let problem = KnownValue.problem(name: field, template: text) { throw problem }
        return text
    }

    /// Makes the text of `geolocation: [self, https://a.example]`, `camera: []` or `fullscreen: "*"`.
    private func feature(_ entry: TypedValue.Entry) throws(PatternError) -> String? {
        let name = entry.key.value
        try PermissionsPolicy.check(feature: name)
        if case .flag(let isOn) = entry.value {
            throw PatternError(
                "`\(name)` takes an allowlist, not \(isOn)", suggestion: isOn ? "write \(name): [self]" : "write \(name): []")
        }
        var list: [String] = []
        for word in entry.value.words {
            switch word.value.lowercased() {
            case "*": list.append("*")
            case "self", "'self'": list.append("self")
            case "src", "'src'": list.append("src")
            case "none", "'none'": break
            default: list.append("\"\(word.value.filter { $0 != "\"" })\"")
            }
        }
        let text = list == ["*"] ? "\(name)=*" : "\(name)=(\(list.joined(separator: " ")))"
        if let problem = KnownValue.problem(name: field, template: text) { throw problem }
        return text
    }

    /// Makes the text of `max-age: 1h`, `no-store: true` or `private: [Set-Cookie]`.
    private func cacheDirective(_ entry: TypedValue.Entry) throws(PatternError) -> String? {
        let name = entry.key.value.replacing("_", by: "-").lowercased()
        switch entry.value {
        case .flag(let isOn):
            if isOn { try CacheControl.check(name, nil) }
            return isOn ? name : nil
        case .text(let text):
            let argument =
                CacheControl.timed.contains(name) ? DurationText.seconds(text.value).map(String.init) ?? text.value : text.value
            try CacheControl.check(name, argument)
            return "\(name)=\(argument)"
        case .list(let fields):
            let argument = "\"\(fields.map(\.value).joined(separator: ", "))\""
            try CacheControl.check(name, argument)
            return "\(name)=\(argument)"
        }
    }

    /// Makes the text of `default: https://reports.example/`.
    private func endpoint(_ entry: TypedValue.Entry) throws(PatternError) -> String? {
        guard case .text(let address) = entry.value else { throw PatternError("an endpoint is an address") }
        let text = "\(entry.key.value)=\"\(address.value)\""
        if let problem = KnownValue.problem(name: field, template: text) { throw problem }
        return text
    }
}
