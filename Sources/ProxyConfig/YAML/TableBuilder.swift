/// Collects the entries of one mapping. A duplicate key is reported with both places, and `<<` merges other mappings.
struct TableBuilder {
    struct Key {
        var text: String
        var isPlain: Bool
        var place: Place
    }

    private let reading: Reading
    private var own: [Node.Entry] = []
    private var places: [String: Place] = [:]
    /// The entries merged by `<<`, with the index of the own entry before which it is written.
    private var merged: [(index: Int, entries: [Node.Entry])] = []

    init(_ reading: Reading) { self.reading = reading }

    mutating func add(_ key: Key, _ value: Node) {
        if key.text == "<<", key.isPlain { return merged.append((own.count, mergeable(value))) }
        if let first = places[key.text] {
            return reading.error(
                "`\(key.text.abbreviated)` is written twice in this mapping", at: key.place,
                help: "the first is on line \(first.line)")
        }
        places[key.text] = key.place
        own.append(Node.Entry(key: key.text, keyPlace: key.place, value: value))
    }

    /// Whether the last entry is known to be wrong; nil when there is none.
    var isLastSpoiled: Bool? { own.last.map { $0.value.isSpoiled } }

    /// Marks the last entry as wrong, because a comma has ended its value too early.
    mutating func spoilLast() {
        if let last = own.indices.last { own[last].value.content = .invalid }
    }

    /// The entries. The mapping's own win over merged ones; of two merged ones, the first wins.
    var entries: [Node.Entry] {
        guard !merged.isEmpty else { return own }
        var entries = own
        for (index, candidates) in merged.reversed() {
            entries.insert(contentsOf: candidates.filter { places[$0.key] == nil }, at: index)
        }
        var names: Set<String> = []
        return entries.filter { names.insert($0.key).inserted }
    }

    /// Returns the entries of `<<: *one` or `<<: [*one, *two]`.
    private func mergeable(_ node: Node) -> [Node.Entry] {
        switch node.content {
        case .table(let entries): return entries
        case .list(let items): return items.flatMap(mergeable)
        case .invalid: return []
        case .scalar:
            reading.error("`<<` takes in a mapping, not \(node.kind)", at: node.place, help: "write `<<: *anchor`")
            return []
        }
    }
}
