/// Where in a configuration something was written.
public struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    public var file: String
    /// Counted from 1.
    public var line: Int
    /// Counted from 1, in Unicode scalars.
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String { "\(file):\(line):\(column)" }
}

/// What is wrong with a policy, where, and what to do about it. Shown with the line and a caret by whoever has the text.
public struct PolicyError: Error, Sendable, Hashable {
    public var location: SourceLocation
    /// What happened, one sentence without a full stop.
    public var message: String
    /// What to do, one sentence without a full stop; nil where the message says it.
    public var suggestion: String?
    /// What `check` calls it; nil for what has no name of its own.
    public var code: String?

    public init(_ message: String, at location: SourceLocation, suggestion: String? = nil, code: String? = nil) {
        self.message = message
        self.location = location
        self.suggestion = suggestion
        self.code = code
    }
}

/// A value with the place where it was written, so that what is found wrong later can still be shown there.
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
