internal import Yams

/// Makes the tree of `Node`s of a text. YAML itself is parsed by Yams; here its marks become places, and what Yams leaves
/// open is decided: aliases within a budget, duplicate keys with both places, merge keys, tags, `${…}`.
struct TreeReader {
    let reading: Reading
    /// The text that Yams sees. Every `*` in it is masked, so that aliases are ours to resolve: Yams would share an aliased
    /// node at no cost but compare keys made of aliases in exponential time. One scalar stands for one: marks hold.
    private var text: [Unicode.Scalar]
    private let mask: Unicode.Scalar
    /// Private-use scalars that the text does not contain.
    private var spare: [Unicode.Scalar]
    /// Keys that were made different for Yams because they are duplicates, with their real text.
    private var disguised: [Place: String] = [:]

    private var anchors: [String: Node] = [:]
    private var total = 0

    /// Lists and mappings inside one another.
    static let depthLimit = 64
    /// Nodes in all, each alias counted as what it stands for.
    static let nodeLimit = 200_000
    /// How many duplicates are looked for; each costs a parse.
    static let duplicateLimit = 16

    init(_ reading: Reading) {
        self.reading = reading
        text = reading.source.scalars
        let taken = Set(text.lazy.filter { (0xE000...0xF8FF).contains($0.value) })
        spare = (0xE000...UInt32(0xF8FF)).lazy.compactMap(Unicode.Scalar.init).filter { !taken.contains($0) }
            .prefix(Self.duplicateLimit + 1).map { $0 }
        mask = spare.popLast() ?? "*"
        for index in text.indices where text[index] == "*" { text[index] = mask }
    }

    /// The root; nil after an error that leaves nothing to read.
    mutating func read() -> Node? {
        guard checkCharacters() else { return nil }
        while true {
            do {
                // Types are decided by the keys, not by YAML's guesses: no resolver rules.
                let parser = try Yams.Parser(yaml: text.string, resolver: .basic, encoding: .utf8)
                guard let root = try parser.singleRoot() else {
                    reportEmpty()
                    return nil
                }
                // The parser keeps the anchors' names alive.
                return withExtendedLifetime(parser) { node(root, depth: 0) }
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                if disguiseKey(at: context.mark) { continue }
                let place = Place(line: context.mark.line, column: context.mark.column)
                reading.error("`\(restore(names.first ?? "").abbreviated)` is written more than once in this mapping", at: place)
            } catch let error as YamlError {
                report(error)
            } catch {
                reading.error("\(error)", at: Place(line: 1, column: 1))
            }
            return nil
        }
    }

    /// Yams gives up at the first duplicate and names only the first of the two. With that one disguised it goes on, and the
    /// tree has both.
    private mutating func disguiseKey(at mark: Mark) -> Bool {
        guard let index = reading.source.index(line: mark.line, column: mark.column), let other = spare.popLast() else {
            return false
        }
        let place = Place(line: mark.line, column: mark.column)
        switch text[index] {
        case "'", "\"":
            let quote = text[index]
            guard let end = text[(index + 1)...].firstIndex(of: quote), end > index + 1, text[index + 1] != "\\" else {
                return false
            }
            disguised[place] = restore(text[(index + 1)..<end].string)
            text[index + 1] = other
        case "&", "!", "?", "{", "[", "|", ">": return false
        default:
            let line = text[index...].prefix { $0 != "\n" && $0 != "\r" }
            let end = line.indices.first {
                line[$0] == ":" && (line[safe: $0 + 1].map { " \t,]}".unicodeScalars.contains($0) } ?? true)
            }
            guard let end else { return false }
            var key = line[..<end]
            while key.last == " " || key.last == "\t" { key.removeLast() }
            disguised[place] = restore(key.string)
            text[index] = other
        }
        return true
    }

    private func restore(_ text: String) -> String {
        guard text.unicodeScalars.contains(mask) else { return text }
        return text.unicodeScalars.map { $0 == mask ? "*" : $0 }.string
    }

    private mutating func node(_ node: Yams.Node, depth: Int) -> Node {
        var result = Node(content: .invalid, place: place(node.mark))
        total += 1
        guard total != Self.nodeLimit + 1 else {
            reading.error("the file holds more than \(Self.nodeLimit) values", at: result.place)
            return result
        }
        guard total <= Self.nodeLimit else { return result }
        guard depth <= Self.depthLimit else {
            reading.error("this is nested more than \(Self.depthLimit) levels deep", at: result.place)
            return result
        }
        guard hasPlainTag(node, result.place) else { return result }
        switch node {
        case .scalar(let scalar): result = self.scalar(scalar, result.place)
        case .sequence(let sequence):
            let items = sequence.map { self.node($0, depth: depth + 1) }
            result.content = .list(items)
            result.weight = items.reduce(1) { $0 + $1.weight }
        case .mapping(let mapping):
            let entries = self.entries(mapping, depth: depth)
            result.content = .table(entries)
            result.weight = entries.reduce(1) { $0 + 1 + $1.value.weight }
        case .alias: break
        }
        if let anchor = node.anchor { anchors[anchor.rawValue] = result }
        return result
    }

    private mutating func scalar(_ scalar: Yams.Node.Scalar, _ start: Place) -> Node {
        let raw = restore(scalar.string)
        let isPlain = scalar.style == .plain || scalar.style == .any
        var place = start
        let line = reading.source.line(start.line).dropFirst(start.column - 1)
        // Where the text stands in the line as it is, an offset into it is a column.
        var textColumn: Int?
        switch line.first {
        case "'" where !isPlain, "\"" where !isPlain:
            if line.dropFirst().starts(with: raw.unicodeScalars) {
                place.width = raw.unicodeScalars.count + 2
                textColumn = start.column + 1
            } else {
                place.width = line.count
            }
        default:
            if line.starts(with: raw.unicodeScalars) {
                place.width = max(1, raw.unicodeScalars.count)
                textColumn = start.column
            } else if isPlain {
                place.width = line.count
            }
        }
        reading.widths[reading.location(place)] = place.width
        if isPlain, scalar.string.unicodeScalars.first == mask { return alias(String(raw.dropFirst()), place) }
        do throws(Substitution.Failure) {
            return Node(content: .scalar(.init(text: try reading.substitution.resolve(raw), isPlain: isPlain)), place: place)
        } catch {
            if let textColumn {
                place = Place(line: place.line, column: textColumn + error.offset, width: error.width)
            }
            reading.error(error.message, at: place, help: error.suggestion)
            return Node(content: .invalid, place: place)
        }
    }

    private mutating func alias(_ name: String, _ place: Place) -> Node {
        let isName =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2D
            }
        if isName, let node = anchors[name] {
            let before = total
            total += node.weight
            if total <= Self.nodeLimit { return node }
            if before <= Self.nodeLimit {
                reading.error("the aliases of this file expand to more than \(Self.nodeLimit) values", at: place)
            }
        } else if isName {
            reading.error(
                "`*\(name)` is an alias in YAML, and there is no anchor `&\(name)` above it", at: place,
                help: "if the asterisk is meant, put it in quotes: \"*\(name)\"")
        } else {
            reading.error(
                "an unquoted `*` begins an alias in YAML", at: place, help: "put it in quotes: \"*\(name.abbreviated)\"")
        }
        return Node(content: .invalid, place: place)
    }

    private mutating func entries(_ mapping: Yams.Node.Mapping, depth: Int) -> [Node.Entry] {
        var entries: [Node.Entry] = []
        var lines: [String: Int] = [:]
        var merged: [(index: Int, entries: [Node.Entry])] = []
        for (key, value) in mapping {
            total += 1
            let value = node(value, depth: depth + 1)
            guard case .scalar(let scalar) = key else {
                reading.error(
                    "a key must be a text", at: place(key.mark), help: "if braces or brackets are meant, put it in quotes")
                continue
            }
            var keyPlace = place(key.mark)
            let text = disguised[keyPlace] ?? restore(scalar.string)
            keyPlace.width = width(of: text, at: keyPlace)
            reading.widths[reading.location(keyPlace)] = keyPlace.width
            if text == "<<", scalar.style == .plain {
                merged.append((entries.count, mergeable(value)))
                continue
            }
            if let first = lines.updateValue(keyPlace.line, forKey: text) {
                reading.error(
                    "`\(text.abbreviated)` is written twice in this mapping", at: keyPlace, help: "the first is on line \(first)")
                continue
            }
            entries.append(Node.Entry(key: text, keyPlace: keyPlace, value: value))
        }
        // What is written here wins over what is merged in; of two merged ones, the first.
        for (index, candidates) in merged.reversed() {
            entries.insert(contentsOf: candidates.filter { lines[$0.key] == nil }, at: index)
        }
        if merged.count > 1 || merged.contains(where: { $0.entries.count > 1 }) {
            var names: Set<String> = []
            entries = entries.filter { names.insert($0.key).inserted }
        }
        return entries
    }

    /// The entries that `<<: *one` or `<<: [*one, *two]` brings.
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

    private func place(_ mark: Mark?) -> Place {
        reading.source.clamp(Place(line: mark?.line ?? 1, column: mark?.column ?? 1))
    }

    private func width(of key: String, at place: Place) -> Int {
        let line = reading.source.line(place.line).dropFirst(place.column - 1)
        let count = max(1, key.unicodeScalars.count)
        return line.first == "\"" || line.first == "'" ? count + 2 : count
    }

    private func hasPlainTag(_ node: Yams.Node, _ place: Place) -> Bool {
        let tag: String
        switch node {
        case .scalar(let scalar): tag = scalar.tag.rawValue
        case .sequence(let sequence): tag = sequence.tag.rawValue
        case .mapping(let mapping): tag = mapping.tag.rawValue
        case .alias: return true
        }
        let core = "tag:yaml.org,2002:"
        let isPlain = tag.isEmpty || tag == "!" || ["str", "seq", "map", "int", "float", "bool"].contains { core + $0 == tag }
        guard !isPlain else { return true }
        reading.error(
            "the tag `\(tag.abbreviated)` has no meaning here", at: place, help: "a value that begins with `!` needs quotes")
        return false
    }
}
