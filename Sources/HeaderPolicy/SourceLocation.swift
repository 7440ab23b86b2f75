/// A place in a configuration's text.
public struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    public var file: String
    /// The line, counted from 1.
    public var line: Int
    /// The column, counted from 1 in Unicode scalars.
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String { "\(file):\(line):\(column)" }
}

/// An error in a policy: what is wrong, where, and what to do about it. A caller that has the text shows it with the line and a
/// caret.
public struct PolicyError: Error, Sendable, Hashable {
    public var location: SourceLocation
    /// What is wrong, in one sentence without a full stop.
    public var message: String
    /// What to do about it, in one sentence without a full stop; nil when the message says it already.
    public var suggestion: String?
    /// The name under which `check` reports it; nil for errors that have no name of their own.
    public var code: String?

    public init(_ message: String, at location: SourceLocation, suggestion: String? = nil, code: String? = nil) {
        self.message = message
        self.location = location
        self.suggestion = suggestion
        self.code = code
    }
}

/// A value with the place where it was written, so that errors found later can still be shown there.
public struct Located<Value: Sendable>: Sendable {
    public var value: Value
    public var location: SourceLocation

    public init(_ value: Value, at location: SourceLocation) {
        self.value = value
        self.location = location
    }
}

extension Located: Equatable where Value: Equatable {}
extension Located: Hashable where Value: Hashable {}
