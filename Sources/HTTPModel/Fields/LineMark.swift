extension Fields {
    /// A number that identifies a line while it is unchanged, wherever it moves, and that no later line gets. It shows what
    /// changed in a list between two points in time. It is valid until `removeAll` or `assign`.
    @inlinable
    package func mark(ofLine index: Int) -> Int { Int(lines[index].start) }
}
