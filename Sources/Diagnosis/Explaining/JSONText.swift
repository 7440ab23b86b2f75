package import HTTPModel
import ProxyCore

/// A JSON value, whose members are written in the order in which they were added.
package indirect enum JSONText: Sendable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case null
    case list([JSONText])
    case object([(String, JSONText)])

    /// Returns a text, or null.
    package static func optional(_ text: String?) -> JSONText { text.map { .text($0) } ?? .null }
    /// Returns a list of objects with `name` and `value`.
    package static func fields(_ fields: [FieldText]) -> JSONText {
        .list(fields.map { .object([("name", .text($0.name)), ("value", .text($0.value))]) })
    }

    package static func texts(_ texts: [String]) -> JSONText { .list(texts.map { .text($0) }) }

    /// Returns the JSON text, indented by two blanks for each level and without a newline at the end.
    package func written(indent: String = "") -> String {
        switch self {
        case .text(let text): return text.jsonQuoted
        case .number(let number): return String(number)
        case .flag(let flag): return flag ? "true" : "false"
        case .null: return "null"
        case .list(let items):
            guard !items.isEmpty else { return "[]" }
            let inner = items.map { "\(indent)  \($0.written(indent: indent + "  "))" }
            return "[\n\(inner.joined(separator: ",\n"))\n\(indent)]"
        case .object(let entries):
            guard !entries.isEmpty else { return "{}" }
            let inner = entries.map { "\(indent)  \($0.0.jsonQuoted): \($0.1.written(indent: indent + "  "))" }
            return "{\n\(inner.joined(separator: ",\n"))\n\(indent)}"
        }
    }
}
