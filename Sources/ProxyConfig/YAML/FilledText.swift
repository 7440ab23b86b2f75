import HTTPModel
package import HeaderPolicy

/// A value in which `${…}` was filled in. What came from a variable or a file may be secret, so messages say where it came from
/// instead of what it is.
package struct FilledText: Sendable {
    /// The value as it is written.
    var written: String
    /// The same with what the references stand for.
    var value: String

    /// Returns a message in which each quoted part of the value is replaced by what is written, unless it is written so itself.
    func hidden(in message: String) -> String {
        let value = Self.folded(self.value)
        let written = Self.folded(self.written)
        guard !value.isEmpty else { return message }
        // Its own quotes would cut it into parts that are none of it.
        let message = value.contains(where: Self.isQuote) ? message.replacing(self.value.abbreviated, by: reference) : message
        var result = ""
        var part = ""
        var isQuoted = false
        func isOfValue() -> Bool {
            let text = Self.folded(part.hasSuffix("…") ? String(part.dropLast()) : part)
            return !text.isEmpty && !written.contains(text: text) && (value.contains(text: text) || text.contains(text: value))
        }
        for character in message {
            guard Self.isQuote(character) else {
                part.append(character)
                continue
            }
            result += isQuoted && isOfValue() ? reference : hidden(words: part)
            result.append(character)
            part = ""
            isQuoted.toggle()
        }
        return result + hidden(words: part)
    }

    /// Hides the words that have something of the value, such as those that advice is made of.
    private func hidden(words text: String) -> String {
        let (value, written) = (Self.folded(self.value), Self.folded(self.written))
        return text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            let parts = Self.folded(String(word)).split { !$0.isLetter && !$0.isNumber }
            let isOfValue = parts.contains { $0.count > 4 && value.contains(text: $0) && !written.contains(text: $0) }
            return isOfValue ? reference : String(word)
        }.joined(separator: " ")
    }

    /// The only reference, or all that is written where there are several.
    private var reference: String {
        let parts = written.split(at: "${")
        guard parts.count == 2, let name = parts.last?.prefix(while: { $0 != "}" }) else { return written.abbreviated }
        return "${\(name)}"
    }

    private static func isQuote(_ character: Character) -> Bool { character == "`" || character == "\"" }

    /// On one line and in lower case, as messages may have it.
    private static func folded(_ text: String) -> String {
        String(text.lowercased().map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }
}

extension Diagnostic {
    /// Takes out what was filled in at its place.
    package mutating func hide(_ filled: [SourceLocation: [FilledText]]) {
        for text in filled[location] ?? [] {
            message = text.hidden(in: message)
            suggestion = suggestion.map(text.hidden)
        }
    }
}
