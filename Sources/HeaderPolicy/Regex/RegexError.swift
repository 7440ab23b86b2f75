/// What is wrong with a regular expression or with the replacement that goes with it.
public struct RegexError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where in the text, in Unicode scalars from 0.
    public var offset: Int
    /// What is wrong and, where it helps, what to write instead; no full stop.
    public var message: String

    public init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    public var description: String { "\(message) (at character \(offset + 1))" }
}
