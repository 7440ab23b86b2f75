import HTTPModel

/// A part of a scalar, which is literal where it was filled in.
enum TextPart: Sendable {
    case written(String)
    case filled(FilledText)

    /// What has a meaning where placeholders are filled in.
    static let braces = ["{", "}"]
    /// What has a meaning in the replacement of an edit.
    static let dollar = ["$"]

    /// The text that stands for it, with what has a meaning in such a text doubled where it was filled in.
    func text(doubling special: [String]) -> String {
        switch self {
        case .written(let text): text
        case .filled(let filled): special.reduce(filled.value) { $0.replacing($1, by: $1 + $1) }
        }
    }

    var filledText: FilledText? { if case .filled(let filled) = self { filled } else { nil } }
}
