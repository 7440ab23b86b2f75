import HTTPModel
package import HeaderPolicy

/// What one `${…}` stands for. It came from a variable or a file and may be secret, so messages say where it came from instead of
/// what it is.
package struct FilledText: Sendable {
    /// The reference as it is written, such as `${NAME}`.
    var reference: String
    var value: String

    /// Returns a message in which the value is replaced by its reference. What is short or a plain word may be the message's own: it
    /// is replaced only where it is quoted by itself.
    func hidden(in message: String) -> String {
        var message = message
        let doubled = [TextPart.braces, TextPart.dollar].map { TextPart.filled(self).text(doubling: $0) }
        for form in Set([value, value.abbreviated] + doubled) where !form.isEmpty {
            if isDistinct {
                message = message.replacing(form, by: reference)
            } else {
                for quote in ["`", "\""] { message = message.replacing(quote + form + quote, by: quote + reference + quote) }
            }
        }
        return message
    }

    private var isDistinct: Bool { value.utf8.count > 4 && !value.allSatisfy(\.isLetter) }
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
