/// A mapping with known keys. Unknown keys have been reported.
package struct Table<Key: Keys> {
    package let place: Place
    private var entries: [Key: Node.Entry] = [:]
    /// The keys that are present, in the order of the file.
    package private(set) var keys: [Key] = []
    /// Whether there are unknown keys, which have been reported. A missing key is then probably there under another name.
    package private(set) var hasUnknownKeys = false

    /// Fails, after reporting it, when the node is not a mapping. A missing value counts as an empty mapping, so that its
    /// contents may be commented out.
    package init?(_ node: Node, _ reading: Reading, for what: String) {
        place = node.place
        switch node.content {
        case .table(let entries):
            for entry in entries { read(entry, reading) }
        case .scalar where node.isMissing: break
        case .invalid: return nil
        case .scalar, .list:
            let example = Key.allCases.first.map { "\($0.rawValue): …" } ?? ""
            reading.error("\(what) is a mapping, not \(node.kind)", at: node.place, help: "write `{ \(example) }`")
            return nil
        }
    }

    private mutating func read(_ entry: Node.Entry, _ reading: Reading) {
        if let key = Key(rawValue: entry.key) {
            entries[key] = entry
            return keys.append(key)
        }
        hasUnknownKeys = true
        let help = Vocabulary.section(Key.self).instead(of: entry.key, Key.help)
        reading.error("unknown key `\(entry.key.abbreviated)`", at: entry.keyPlace, help: help)
    }

    package subscript(key: Key) -> Node? { entries[key]?.value }

    package func keyPlace(_ key: Key) -> Place { entries[key]?.keyPlace ?? place }
}
