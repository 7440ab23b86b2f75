import HTTPModel
package import HeaderPolicy

/// What one `${…}` stands for. It came from a variable or a file and may be secret, so messages say where it came from instead of
/// what it is.
package struct FilledText: Sendable {
    /// The reference as it is written, such as `${NAME}`.
    var reference: String
    var value: String

    /// What it stands for in the place of a list: the value, cut at line ends and commas. A regular expression is not cut at commas,
    /// because it has some of its own.
    var entries: [String] {
        value.split(whereSeparator: \.isNewline).map { KnownValue.trimmed($0) }
            .flatMap { $0.hasPrefix("regex:") ? [$0] : $0.split(separator: ",").map { KnownValue.trimmed($0) } }
            .filter { !$0.isEmpty }
    }

    /// The forms in which a message may show the whole value, or a whole entry; the longest first.
    fileprivate var forms: [String] {
        let doubled = [TextPart.braces, TextPart.dollar].map { TextPart.filled(self).text(doubling: $0) }
        let all = [value] + doubled + entries
        return Set(all + all.map(\.abbreviated)).filter { !$0.isEmpty }.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// The words of the value that tell something of it, in lower case: a message may show a part of a value, or another text that
    /// was made of it.
    fileprivate var words: [String] {
        value.lowercased().words.map(String.init).filter { $0.count >= 4 && $0 != "http" && $0 != "https" }
    }
}

/// Removes values that were filled in from a text.
private struct Concealment {
    private let filled: [FilledText]
    private var text: String

    init(_ filled: [FilledText], in text: String) {
        (self.filled, self.text) = (filled, text)
        for index in filled.indices { hideWhole(index) }
    }

    /// The character that stands for a reference while the text is searched.
    private static func mark(_ index: Int) -> String {
        Unicode.Scalar(UInt32(0xF0000 + index)).map { String(Character($0)) } ?? ""
    }

    private mutating func hideWhole(_ index: Int) {
        for form in filled[index].forms {
            // A short text, or a plain word, may be the message's own, so it is replaced only in quotes.
            if form.utf8.count > 4, !form.allSatisfy(\.isLetter) {
                text = text.replacing(form, by: Self.mark(index))
            } else {
                for quote in ["`", "\""] {
                    text = text.replacing(quote + form + quote, by: quote + Self.mark(index) + quote)
                }
            }
        }
    }

    /// The message, in which parts of the values are hidden, too.
    var message: String {
        shown(filled.indices.reduce(text) { Self.hiding(filled[$1], by: Self.mark($1), in: $0) })
    }

    /// The advice; nil if it contains a part of a value.
    var suggestion: String? {
        let lower = text.lowercased()
        return filled.contains { $0.words.contains { lower.contains(text: $0) } } ? nil : shown(text)
    }

    /// Replaces the words of a value. Messages quote values, so plain words outside of quotes are the message's own, unless the
    /// value has quotes itself.
    private static func hiding(_ filled: FilledText, by mark: String, in text: String) -> String {
        let secrets = filled.words
        let hasQuotes = filled.value.contains { $0 == "`" || $0 == "\"" }
        var result = ""
        var end = text.startIndex
        var quote: Character?
        for word in text.words {
            let gap = text[end..<word.startIndex]
            for character in gap where character == "`" || character == "\"" {
                quote = quote == nil ? character : quote == character ? nil : quote
            }
            let lower = word.lowercased()
            let isCut = text[word.endIndex...].first == "…"
            let isShown = secrets.contains { lower.contains(text: $0) || isCut && $0.hasPrefix(lower) }
            let mayBeOwn = quote == nil && !hasQuotes && word.allSatisfy { $0.isLowercase || $0 == "-" }
            result += gap
            result += isShown && !mayBeOwn ? mark : String(word)
            end = word.endIndex
        }
        return result + text[end...]
    }

    private func shown(_ text: String) -> String {
        filled.indices.reduce(text) { $0.replacing(Self.mark($1), by: filled[$1].reference) }
    }
}

extension StringProtocol {
    /// The runs of letters, digits, `-` and `_`.
    fileprivate var words: [SubSequence] { split { !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "_" } }
}

extension Diagnostic {
    /// Removes the values that were filled in at the diagnostic's place.
    package mutating func hide(_ filled: [SourceLocation: [FilledText]]) {
        guard let texts = filled[location], !texts.isEmpty else { return }
        message = Concealment(texts, in: message).message
        suggestion = suggestion.flatMap { Concealment(texts, in: $0).suggestion }
    }
}
