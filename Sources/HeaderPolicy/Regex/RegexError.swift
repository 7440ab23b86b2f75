/// What is wrong with a regular expression or with the replacement that goes with it.
package struct RegexError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where in the text, in Unicode scalars from 0.
    package var offset: Int
    /// What is wrong and, where it helps, what to write instead; no full stop.
    package var message: String

    package init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    package var description: String { "\(message) (at character \(offset + 1))" }
}
