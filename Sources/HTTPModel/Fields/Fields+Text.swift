extension Fields {
    /// The first value of a field as text, or nil. It allocates, so it is meant for configuration, logs and tests.
    public func text(of id: FieldID) -> String? {
        firstIndex(of: id).map { value(at: $0).text }
    }

    /// Appends a field given as a literal, which is a token, and an array. Returns false when `append(_:token:value:)` does.
    @inlinable
    @discardableResult
    public mutating func append(_ id: FieldID, _ name: String, _ value: [UInt8]) -> Bool {
        append(id, token: name.utf8.span, value: value.span)
    }

    /// The name and value of every line, in order. It allocates, so it is meant for logs and tests.
    public var pairs: [(name: String, value: String)] {
        indices.map { (name(at: $0).text, value(at: $0).text) }
    }

    /// Appends a field given as text; the table provides the name's ID. Returns false when `append(_:name:value:)` does.
    @discardableResult
    public mutating func append(_ name: String, _ value: String, in names: FieldNames = .standard) -> Bool {
        append(names.id(of: name.utf8.span), name: name.utf8.span, value: value.utf8.span)
    }
}
