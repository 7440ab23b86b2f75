/// Why a session could not be made.
public struct HTTP2Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The cause in words.
    public var message: String

    public init(message: String) { self.message = message }

    public var description: String { message }
}
