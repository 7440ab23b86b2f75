import HTTPModel
import HeaderPolicy

/// Returns the candidate that was probably meant; nil when none is near. A hyphen counts as an underscore.
package func closest(to word: String, among candidates: [String]) -> String? {
    guard word.utf8.count <= 64 else { return nil }
    return Suggestion.nearest(to: word.replacing("-", by: "_"), among: candidates)
}

/// Returns the words as "`a`, `b` or `c`".
package func alternatives(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first.map { "`\($0)`" } ?? "nothing" }
    return words.dropLast().map { "`\($0)`" }.joined(separator: ", ") + " or `\(last)`"
}
