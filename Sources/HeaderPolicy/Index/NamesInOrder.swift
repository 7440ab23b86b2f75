import HTTPModel

/// The names of a table in order, so that those that begin with a text are found without a look at all of them: a list of
/// thousands of prefixes costs no more for each than a short one.
struct NamesInOrder: Sendable {
    /// The folded names, in order.
    private var names: [(key: [UInt8], id: FieldID)] = []

    /// Returns the names of the table that begin with a text, where `-` and `_` are the same.
    mutating func ids(beginning prefix: [UInt8], of table: FieldNames) -> [FieldID] {
        add(of: table)
        let prefix = Self.folded(prefix)
        var ids: [FieldID] = []
        var index = place(of: prefix)
        while index < names.count, names[index].key.starts(with: prefix) {
            ids.append(names[index].id)
            index += 1
        }
        return ids.sorted { $0.rawValue < $1.rawValue }
    }

    /// Adds the names that the table has got since the last call.
    private mutating func add(of table: FieldNames) {
        let new = (names.count..<table.count).map { index in
            let id = FieldID(rawValue: UInt16(index + 1))
            return (key: Self.folded(Array((table.spelling(of: id) ?? "").utf8)), id: id)
        }
        guard new.count < 16 else {
            names += new
            return names.sort { $0.key.lexicographicallyPrecedes($1.key) }
        }
        for name in new { names.insert(name, at: place(of: name.key)) }
    }

    /// The index of the first name that does not come before the key.
    private func place(of key: [UInt8]) -> Int {
        var (low, high) = (0, names.count)
        while low < high {
            let middle = (low + high) / 2
            if names[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func folded(_ name: [UInt8]) -> [UInt8] {
        name.map { $0 == 0x5F ? 0x2D : Octet.lowercased($0) }
    }
}
