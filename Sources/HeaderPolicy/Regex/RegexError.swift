/// An error in a regular expression or in its replacement.
public struct RegexError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The place in the text, in Unicode scalars from 0.
    public var offset: Int
    /// The error and, where it helps, what to write instead; no full stop.
    public var message: String

    public init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    public var description: String { "\(message) (at character \(offset + 1))" }
}
