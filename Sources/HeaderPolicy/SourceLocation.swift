/// A place in a configuration's text.
package struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    /// The line, counted from 1.
    package var line: Int
    /// The column, counted from 1 in Unicode scalars.
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String { "\(file):\(line):\(column)" }
}

/// An error in a policy: what is wrong, where, and what to do about it. A caller that has the text shows it with the line and a
/// caret.
package struct PolicyError: Error, Sendable, Hashable {
    package var location: SourceLocation
    /// What is wrong, in one sentence without a full stop.
    package var message: String
    /// What to do about it, in one sentence without a full stop; nil when the message says it already.
    package var suggestion: String?
    /// The name under which `check` reports it; nil for errors that have no name of their own.
    package var code: String?

    package init(_ message: String, at location: SourceLocation, suggestion: String? = nil, code: String? = nil) {
        self.message = message
        self.location = location
        self.suggestion = suggestion
        self.code = code
    }
}

/// A value with the place where it was written, so that errors found later can still be shown there.
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
