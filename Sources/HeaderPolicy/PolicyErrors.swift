/// All errors in a list of rules, in the order of the rules. Never empty when thrown.
public struct PolicyErrors: Error, Sendable, Hashable {
    public var errors: [PolicyError]

    public init(_ errors: [PolicyError]) { self.errors = errors }
}

/// An error in a pattern's text, without a place. A caller that knows the location makes a `PolicyError` of it.
public struct PatternError: Error, Sendable, Hashable {
    /// The error in one sentence without a full stop.
    public var message: String
    /// The text to write instead; nil when the message says it already.
    public var suggestion: String?

    public init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }

    /// Returns the same error with the location where it was written.
    public func located(at location: SourceLocation) -> PolicyError {
        PolicyError(message, at: location, suggestion: suggestion)
    }
}
