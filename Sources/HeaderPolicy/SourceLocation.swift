/// Where in a configuration something was written.
package struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    /// Counted from 1.
    package var line: Int
    /// Counted from 1, in Unicode scalars.
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String { "\(file):\(line):\(column)" }
}

/// What is wrong with a policy, where, and what to do about it. Shown with the line and a caret by whoever has the text.
package struct PolicyError: Error, Sendable, Hashable {
    package var location: SourceLocation
    /// What happened, one sentence without a full stop.
    package var message: String
    /// What to do, one sentence without a full stop; nil where the message says it.
    package var suggestion: String?
    /// What `check` calls it; nil for what has no name of its own.
    package var code: String?

    package init(_ message: String, at location: SourceLocation, suggestion: String? = nil, code: String? = nil) {
        self.message = message
        self.location = location
        self.suggestion = suggestion
        self.code = code
    }
}

/// A value with the place where it was written, so that what is found wrong later can still be shown there.
package struct Located<Value: Sendable>: Sendable {
    package var value: Value
    package var location: SourceLocation

    package init(_ value: Value, at location: SourceLocation) {
        self.value = value
        self.location = location
    }
}

extension Located: Equatable where Value: Equatable {}
extension Located: Hashable where Value: Hashable {}
