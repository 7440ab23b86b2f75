import HTTPModel

/// What is wrong with a text that should be the name of a header.
enum FieldNameProblem {
    static func of(_ text: String) -> PatternError {
        if text.isEmpty { return PatternError("the name of a header is empty", suggestion: "write one") }
        let list = names(in: text)
        let bad = text.unicodeScalars.first { !Fields.isName(Array(String($0).utf8).span) }
        let character = bad.map {
            $0 == " " ? "a space" : $0.value < 0x20 || $0.value == 0x7F ? "a control character" : "`\($0)`"
        }
        return PatternError(
            "\"\(text)\" is not the name of a header: \(character ?? "a character") cannot be in one",
            suggestion: list.map { $0.count > 1 ? "write [\($0.joined(separator: ", "))]" : "write \($0.joined())" }
                ?? "letters, digits and `-` can")
    }

    /// The names that were meant: several in one text, or one with spaces.
    private static func names(in text: String) -> [String]? {
        let parts = text.split { $0 == "," || $0 == ";" }.map { part in
            part.split(separator: " ").joined(separator: "-")
        }
        return !parts.isEmpty && parts.allSatisfy { Fields.isName($0.utf8.span) } ? parts : nil
    }
}
