/// A YAML value with its place in the file; aliases, merge keys and `${…}` are resolved.
package struct Node {
    package enum Content {
        case scalar(Scalar)
        case list([Node])
        case table([Entry])
        /// The value was wrong and has been reported, so nothing more is to be reported about it.
        case invalid
    }

    /// A scalar with its text. Whether that is a number is up to the reader of the key.
    package struct Scalar {
        package var text: String
        /// Whether it is written without quotes.
        package var isPlain: Bool
        /// Whether it is a single `${…}`. If a list is allowed, commas and line ends in its value separate the items.
        package var isReference = false
        /// The parts of the text; empty where nothing was filled in.
        var parts: [TextPart] = []

        /// Whether nothing is written, or YAML's word for it.
        var isNothing: Bool { isPlain && (text.isEmpty || isNull) }

        /// Whether it is YAML's word for nothing. A variable whose value is that word is a text.
        var isNull: Bool { isPlain && parts.isEmpty && ["null", "Null", "NULL", "~"].contains(text) }

        /// The text for where some characters have a meaning, which is written by doubling them in what was filled in.
        func text(doubling special: [String]) -> String {
            parts.isEmpty ? text : parts.map { $0.text(doubling: special) }.joined()
        }
    }

    package struct Entry {
        package var key: String
        package var keyPlace: Place
        package var value: Node
    }

    package var content: Content
    package var place: Place
    /// The number of nodes, counting aliases each time, which is the cost of walking it.
    package var weight = 1

    /// Whether it is YAML's word for nothing.
    var isNull: Bool { if case .scalar(let scalar) = content { scalar.isNull } else { false } }

    /// Whether it is a `key:` without a value, or with the value `null`, which is the same in YAML.
    package var isMissing: Bool { if case .scalar(let scalar) = content { scalar.isNothing } else { false } }

    /// Whether it is missing, or an empty list or mapping.
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

    /// Whether it is empty, or nothing is left of it, as of a variable that is all commas.
    package var namesNothing: Bool { isEmpty || items.isEmpty }

    /// The nodes that it stands for: two for `${ORIGINS}` with the value `a, b` or a line for each, and for everything else the node
    /// itself.
    package var members: [Node] {
        guard case .scalar(let scalar) = content, scalar.isReference,
            case .filled(let filled)? = scalar.parts.first, scalar.text.contains(where: { $0 == "," || $0.isNewline })
        else { return [self] }
        return filled.entries.map { text in
            var member = self
            let part = TextPart.filled(FilledText(reference: filled.reference, value: text))
            member.content = .scalar(Scalar(text: text, isPlain: false, parts: [part]))
            return member
        }
    }

    /// The kind of value, for a message.
    package var kind: String {
        switch content {
        case .scalar(let scalar): isMissing ? "nothing" : "`\(scalar.text.abbreviated)`"
        case .list: "a list"
        case .table: "a mapping"
        case .invalid: "nothing readable"
        }
    }

    /// The placeholder that was meant, or nil: `{nonce}` without quotes is a mapping in YAML.
    package var placeholder: String? {
        guard case .table(let entries) = content, entries.count == 1, entries[0].value.isMissing else { return nil }
        let name = entries[0].key
        let isName = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x2E || byte == 0x5F || byte == 0x2D
        }
        return isName && !name.isEmpty ? "{\(name)}" : nil
    }
}

extension String {
    /// The text shortened for a message, on one line.
    package var abbreviated: String {
        let flat = unicodeScalars.prefix(61).map { $0 == "\n" || $0 == "\r" || $0 == "\t" ? " " : $0 }
        return flat.count > 60 ? flat.prefix(60).string + "…" : flat.string
    }
}
