/// Everything that is wrong with a list of rules, in the order of the rules. Never empty when thrown.
public struct PolicyErrors: Error, Sendable, Hashable {
    public var errors: [PolicyError]

    public init(_ errors: [PolicyError]) { self.errors = errors }
}

/// What is wrong with a pattern's text. Whoever has its location makes a `PolicyError` of it.
public struct PatternError: Error, Sendable, Hashable {
    /// One sentence without a full stop.
    public var message: String
    /// What to write instead; nil where the message says it.
    public var suggestion: String?

    public init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }

    /// The same error where it was written.
    public func located(at location: SourceLocation) -> PolicyError {
        PolicyError(message, at: location, suggestion: suggestion)
    }
}
