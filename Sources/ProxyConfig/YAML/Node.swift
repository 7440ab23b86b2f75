/// A YAML value with its place in the file; aliases, merge keys and `${…}` are resolved.
package struct Node {
    package enum Content {
        case scalar(Scalar)
        case list([Node])
        case table([Entry])
        /// Something was wrong with it and has been reported: say no more.
        case invalid
    }

    /// A scalar is its text: whether that is a number is for the reader of the key to say.
    package struct Scalar {
        package var text: String
        /// Written without quotes.
        package var isPlain: Bool
        /// It is one `${…}` as a whole: where a list may stand, commas in what that has brought separate the items.
        package var isReference = false
    }

    package struct Entry {
        package var key: String
        package var keyPlace: Place
        package var value: Node
    }

    package var content: Content
    package var place: Place
    /// How many nodes this is, aliases counted each time: what walking it costs.
    package var weight = 1

    /// `key:` with nothing behind it.
    package var isMissing: Bool {
        if case .scalar(let scalar) = content { scalar.isPlain && scalar.text.isEmpty } else { false }
    }

    /// Nothing, or a list or mapping with nothing in it.
    package var isEmpty: Bool {
        switch content {
        case .scalar: isMissing
        case .list(let items): items.isEmpty
        case .table(let entries): entries.isEmpty
        case .invalid: false
        }
    }

    /// It, or a member of it, was wrong and has been reported: what is left of it is not what was meant.
    var isSpoiled: Bool {
        switch content {
        case .invalid: true
        case .list(let items): items.contains { if case .invalid = $0.content { true } else { false } }
        case .scalar, .table: false
        }
    }

    /// The items of a list, or the node itself as the only one.
    package var items: [Node] { if case .list(let items) = content { items.flatMap(\.members) } else { members } }

    /// Of `${ORIGINS}` with `a, b` in it two nodes; of everything else the node itself. A regular expression has commas of its own.
    package var members: [Node] {
        guard case .scalar(let scalar) = content, scalar.isReference, scalar.text.utf8.contains(0x2C),
            !scalar.text.hasPrefix("regex:")
        else { return [self] }
        return scalar.text.split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }.map { text in
            var member = self
            member.content = .scalar(Scalar(text: String(text), isPlain: false))
            return member
        }
    }

    /// What it is, for a message.
    package var kind: String {
        switch content {
        case .scalar(let scalar): isMissing ? "nothing" : "`\(scalar.text.abbreviated)`"
        case .list: "a list"
        case .table: "a mapping"
        case .invalid: "nothing readable"
        }
    }

    /// `{nonce}` without quotes is a mapping in YAML: the placeholder that was meant, or nil.
    package var placeholder: String? {
        guard case .table(let entries) = content, entries.count == 1, entries[0].value.isMissing else { return nil }
        let name = entries[0].key
        let isName = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x2E || byte == 0x5F || byte == 0x2D
        }
        return isName && !name.isEmpty ? "{\(name)}" : nil
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = drop { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
        while let last = text.last, last == " " || last == "\t" || last == "\n" || last == "\r" { text.removeLast() }
        return text
    }
}

extension String {
    /// Short enough for a message, on one line.
    package var abbreviated: String {
        let flat = unicodeScalars.prefix(61).map { $0 == "\n" || $0 == "\r" || $0 == "\t" ? " " : $0 }
        return flat.count > 60 ? flat.prefix(60).string + "…" : flat.string
    }
}
