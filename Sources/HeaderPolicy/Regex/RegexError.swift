/// An error in a regular expression or in its replacement.
package struct RegexError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The place in the text, in Unicode scalars from 0.
    package var offset: Int
    /// The error and, where it helps, what to write instead; no full stop.
    package var message: String

    package init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    package var description: String { "\(message) (at character \(offset + 1))" }
}
