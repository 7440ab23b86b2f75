import HTTPModel

extension Fields {
    /// The first value of a field as text, or nil, by any name: also one that has no ID, such as those that only browsers send.
    func text(named name: String) -> String? {
        indices.first { self.name(at: $0).equalsIgnoringCase(name.utf8.span) }.map { value(at: $0).text }
    }
}
