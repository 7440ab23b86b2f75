/// A field line as text.
public struct FieldText: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Whether this is the name of the field, in any case.
    public func isNamed(_ name: String) -> Bool { self.name.utf8.span.equalsIgnoringCase(name.utf8.span) }
}

extension [FieldText] {
    /// The values of all lines with a name as one text, as "get" of the Fetch standard; nil if there is none.
    public func combined(_ name: String) -> String? {
        let values = values(of: name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    public func values(of name: String) -> [String] { filter { $0.isNamed(name) }.map(\.value) }
}

extension Fields {
    /// Every line in order. It allocates, so it is for tools, logs and tests.
    public var texts: [FieldText] { pairs.map { FieldText($0.name, $0.value) } }
}
