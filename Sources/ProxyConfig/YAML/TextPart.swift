import HTTPModel

/// A part of a scalar: what is written, or what was filled in and is literal.
enum TextPart: Sendable {
    case written(String)
    case filled(FilledText)

    /// The characters that have a meaning where placeholders are filled in.
    static let braces = ["{", "}"]
    /// The character that has a meaning in the replacement of an edit.
    static let dollar = ["$"]

    /// Returns the text, with special characters doubled in what was filled in, so that they have no meaning there.
    func text(doubling special: [String]) -> String {
        switch self {
        case .written(let text): text
        case .filled(let filled): special.reduce(filled.value) { $0.replacing($1, by: $1 + $1) }
        }
    }

    var filledText: FilledText? { if case .filled(let filled) = self { filled } else { nil } }
}
