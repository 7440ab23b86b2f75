public import HTTPModel

/// The text of a value with `{placeholder}`s that are filled for each message; `{{` and `}}` are braces.
///
/// `{path}` and `{path.rest}` are percent-encoded again, so that they are safe inside a URL. Several lines of a
/// `{request.header.NAME}` are joined as a list. A placeholder without a value becomes empty.
public struct Template: Sendable {
    public enum Scope: Sendable, Hashable { case request, response }

    /// A run of literal text, or a placeholder with the name of its field or cookie.
    struct Part: Sendable {
        /// The placeholder; nil for literal text.
        var placeholder: Placeholder?
        var field = FieldID.unknown
        /// The range in `bytes` of the text or the name.
        var range: Range<Int>
    }

    private(set) var parts: [Part] = []
    /// The literal texts and names, end to end.
    private(set) var bytes: [UInt8] = []
    /// Whether `{nonce}` is among the parts.
    private(set) var usesNonce = false

    /// - Parameters:
    ///   - scope: whether it is for requests or responses; a template for requests may not use the response.
    ///   - names: learns the field names of the template.
    /// - Throws: for an unknown or unclosed placeholder, and for a character that no field value may have.
    public init(_ source: Located<String>, scope: Scope, names: inout FieldNames) throws(PolicyError) {
        let scalars = Array(source.value.unicodeScalars)
        var literal = ""
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            let doubled = index + 1 < scalars.count && scalars[index + 1] == scalar
            if scalar == "{" || scalar == "}", doubled {
                literal.unicodeScalars.append(scalar)
                index += 2
            } else if scalar == "{" {
                guard let end = scalars[index...].firstIndex(of: "}") else {
                    throw PolicyError(
                        "`{` at character \(index + 1) of the value is never closed", at: source.location,
                        suggestion: "close it with `}`, or write `{{` for a brace")
                }
                var inner = String.UnicodeScalarView()
                inner.append(contentsOf: scalars[(index + 1)..<end])
                appendText(literal)
                literal = ""
                try append(String(inner), at: source.location, scope, &names)
                index = end + 1
            } else if scalar == "}" {
                throw PolicyError(
                    "`}` at character \(index + 1) of the value closes nothing", at: source.location,
                    suggestion: "write `}}` for a brace")
            } else {
                guard scalar.value >= 0x20 && scalar.value != 0x7F || scalar == "\t" else {
                    throw PolicyError(
                        "character \(index + 1) of the value is a control character, which no header may carry",
                        at: source.location, suggestion: "take it out; a value is one line")
                }
                literal.unicodeScalars.append(scalar)
                index += 1
            }
        }
        appendText(literal)
        usesNonce = uses(.nonce)
    }

    /// Whether there are no placeholders, so that `literal` is the value.
    public var isStatic: Bool { parts.allSatisfy { $0.placeholder == nil } }

    /// The value of a static template.
    var literal: [UInt8] { bytes }

    func uses(_ placeholder: Placeholder) -> Bool { parts.contains { $0.placeholder == placeholder } }

    private mutating func appendText(_ text: String) {
        guard !text.isEmpty else { return }
        let start = bytes.count
        bytes.append(text: text)
        parts.append(Part(range: start..<bytes.count))
    }

    private mutating func append(
        _ text: String, at location: SourceLocation, _ scope: Scope, _ names: inout FieldNames
    ) throws(PolicyError) {
        guard let (placeholder, name) = Placeholder.parse(text) else {
            let known = Placeholder.allCases.filter { scope == .response || !$0.needsResponse }.map(\.text)
            let near = Suggestion.nearest(to: text, among: known).map { "{\($0)\($0.hasSuffix(".") ? "NAME" : "")}" }
            throw PolicyError(
                "there is no placeholder {\(text)}", at: location,
                suggestion: (ForeignVariable.placeholder(for: text) ?? near).map { "did you mean \($0)?" }
                    ?? "write `{{` for a brace, or one such as {request.id}")
        }
        guard scope == .response || !placeholder.needsResponse else {
            throw PolicyError(
                "{\(text)} speaks of the response, which is not there yet when a request rule runs", at: location,
                suggestion: "use it in `response_headers`")
        }
        var part = Part(placeholder: placeholder, range: bytes.count..<bytes.count)
        if placeholder.takesName {
            guard Fields.isName(name.utf8.span) else {
                throw PolicyError("\"\(name)\" in {\(text)} is not a name", at: location)
            }
            if placeholder != .requestCookie {
                if let error = FieldTarget.check(read: name, of: placeholder == .requestHeader ? .request : .response) {
                    throw error.located(at: location)
                }
                part.field = names.intern(rule: name)
            }
            guard part.field != .setCookie else {
                throw PolicyError("{\(text)} cannot be: Set-Cookie lines are never joined into one value", at: location)
            }
            bytes.append(text: name)
            part.range = part.range.lowerBound..<bytes.count
        }
        parts.append(part)
    }
}
