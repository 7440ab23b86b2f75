extension Fields {
    /// The first value of a field as text, or nil. For configuration, logs and tests: it allocates.
    public func text(of id: FieldID) -> String? {
        firstIndex(of: id).map { value(at: $0).text }
    }

    /// Appends a field whose parts are at hand as a literal and an array. Returns false as `append(_:name:value:)` does.
    @inlinable
    @discardableResult
    public mutating func append(_ id: FieldID, _ name: String, _ value: [UInt8]) -> Bool {
        append(id, name: name.utf8.span, value: value.span)
    }

    /// Every line as name and value, in order. For logs and tests: it allocates.
    public var pairs: [(name: String, value: String)] {
        indices.map { (name(at: $0).text, value(at: $0).text) }
    }

    /// Appends a field by text; the name's id comes from the table. Returns false as `append(_:name:value:)` does.
    @discardableResult
    public mutating func append(_ name: String, _ value: String, in names: FieldNames = .standard) -> Bool {
        append(names.id(of: name.utf8.span), name: name.utf8.span, value: value.utf8.span)
    }
}
