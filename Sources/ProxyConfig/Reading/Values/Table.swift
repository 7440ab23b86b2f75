/// A mapping with known keys. Unknown keys have been reported.
package struct Table<Key: Keys> {
    package let place: Place
    /// The entries in the order of the file. There are few, and a dictionary type for each kind of key takes long to be set up.
    private var entries: [(key: Key, entry: Node.Entry)] = []
    /// Whether there are unknown keys, which have been reported. A missing key is then probably there under another name.
    package private(set) var hasUnknownKeys = false

    /// Fails, after reporting it, when the node is not a mapping. A missing value counts as an empty mapping, so that its
    /// contents may be commented out.
    package init?(_ node: Node, _ reading: Reading, for what: String) {
        place = node.place
        switch node.content {
        case .table(let entries):
            for (index, entry) in entries.enumerated() { read(entry, after: entries[safe: index - 1], reading) }
        case .scalar where node.isMissing: break
        case .invalid: return nil
        case .scalar, .list:
            reading.error("\(what) is a mapping, not \(node.kind)", at: node.place, help: Self.help(for: what, node))
            return nil
        }
    }

    /// Returns how to write the mapping, for a node that is something else.
    private static func help(for what: String, _ node: Node) -> String {
        let keys = Key.allCases.map(\.rawValue)
        let first = keys.first ?? ""
        if case .scalar(let scalar) = node.content, let colon = scalar.text.firstIndex(of: ":") {
            // `key:value` is one text to YAML.
            let (name, value) = (scalar.text[..<colon], scalar.text[scalar.text.index(after: colon)...])
            if keys.contains(String(name)), !value.isEmpty {
                return "a space has to follow the `:`: write `\(name): \(String(value).abbreviated)`"
            }
        }
        // The file itself has no key before it.
        guard what.hasPrefix("`"), what.hasSuffix("`") else {
            return Key.section == RootKey.section ? "begin it with `\(first): …`" : "write `{ \(first): … }`"
        }
        let name = what.dropFirst().dropLast()
        let others = keys.count > 1 ? "; its keys are \(keys.joined(separator: ", "))" : ""
        return "write `\(name): { \(first): … }`\(others)"
    }

    /// - Parameter previous: the entry before it in the file.
    private mutating func read(_ entry: Node.Entry, after previous: Node.Entry?, _ reading: Reading) {
        if let key = Key(rawValue: entry.key) {
            return entries.append((key, entry))
        }
        hasUnknownKeys = true
        var help = Vocabulary.section(Key.self).instead(of: entry.key, Key.help)
        if let previous, previous.value.isMissing, Key(rawValue: previous.key) != nil, help.hasPrefix("known here") {
            help = "indent it, if it belongs to `\(previous.key)` above"
        }
        reading.error("unknown key `\(entry.key.abbreviated)`", at: entry.keyPlace, help: help)
    }

    /// The keys that are present, in the order of the file.
    package var keys: [Key] { entries.map(\.key) }

    package subscript(key: Key) -> Node? { entry(key)?.value }

    package func keyPlace(_ key: Key) -> Place { entry(key)?.keyPlace ?? place }

    private func entry(_ key: Key) -> Node.Entry? { entries.first { $0.key == key }?.entry }
}
