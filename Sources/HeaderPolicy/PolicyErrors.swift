/// Everything that is wrong with a list of rules, in the order of the rules. Never empty when thrown.
package struct PolicyErrors: Error, Sendable, Hashable {
    package var errors: [PolicyError]

    package init(_ errors: [PolicyError]) { self.errors = errors }
}

/// What is wrong with a pattern's text. Whoever has its location makes a `PolicyError` of it.
package struct PatternError: Error, Sendable, Hashable {
    /// One sentence without a full stop.
    package var message: String
    /// What to write instead; nil where the message says it.
    package var suggestion: String?

    package init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }

    /// The same error where it was written.
    package func located(at location: SourceLocation) -> PolicyError {
        PolicyError(message, at: location, suggestion: suggestion)
    }
}
