extension Fields {
    /// A number that a line keeps while it stays as it is, wherever it moves, and that no line written later has: what changed
    /// between two moments of one list shows by it. Good until `removeAll` or `assign`.
    @inlinable
    package func mark(ofLine index: Int) -> Int { Int(lines[index].start) }
}
