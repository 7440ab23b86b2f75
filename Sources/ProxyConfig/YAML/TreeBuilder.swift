/// Makes a tree in one pass over the events of a text. It handles aliases within a budget, duplicate keys with both places, merge
/// keys, tags and `${…}`.
struct TreeBuilder: ~Copyable {
    /// The reason why there is no tree.
    enum Stop: Error {
        case fault(YAMLFault)
        /// Another error, which has been reported.
        case reported
    }

    private let reading: Reading
    private let limits: TreeLimits
    private var parser: EventParser
    /// The places where a letter replaces an asterisk.
    private let asterisks: [Place]
    private var anchors: [String: Node] = [:]
    /// Single values with an anchor that no alias has used yet.
    private var unused: [String: (place: Place, text: String)] = [:]
    /// Values so far, and what aliases have added to them.
    private var written = 0
    private var added = 0
    private var isOverBudget = false

    /// Fails when there is not enough memory.
    init?(_ text: String, asterisks: [Place], _ limits: TreeLimits, _ reading: Reading) {
        guard let parser = EventParser(text) else { return nil }
        self.parser = parser
        self.asterisks = asterisks
        self.limits = limits
        self.reading = reading
    }

    /// Returns the root of the only document; nil when there is none.
    mutating func document() throws(Stop) -> Node? {
        var event = try next()
        // This is the beginning of the stream.
        if case .other = event.kind { event = try next() }
        guard case .documentStart = event.kind else { return nil }
        let root = try node(try next(), depth: 0)
        _ = try next()
        let last = try next()
        guard case .streamEnd = last.kind else {
            reading.error(
                "the file holds more than one YAML document", at: reading.source.clamp(last.start),
                help: "remove the `---` between them")
            return nil
        }
        reportUnusedAnchors()
        return root
    }

    private mutating func next() throws(Stop) -> YAMLEvent {
        do throws(YAMLFault) {
            return try parser.next()
        } catch {
            throw .fault(error)
        }
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(Stop) -> Node {
        var result = Node(content: .invalid, place: reading.source.clamp(event.start))
        try count(event)
        guard depth <= limits.depth else {
            reading.error("this is nested more than \(limits.depth) levels deep", at: result.place)
            try skip(event)
            return result
        }
        guard reading.hasPlainTag(event) else {
            try skip(event)
            return result
        }
        switch event.kind {
        case .scalar(let text, let style): result = scalar(text, style, event)
        case .alias(let name): result = alias(name, reading.extent(event))
        case .listStart:
            let items = try items(depth: depth)
            result.content = .list(items)
            result.weight = items.reduce(1) { $0 + $1.weight }
        case .mappingStart:
            let entries = try entries(depth: depth, from: event.start)
            result.content = .table(entries)
            result.weight = entries.reduce(1) { $0 + 1 + $1.value.weight }
        case .collectionEnd, .documentStart, .documentEnd, .streamEnd, .other: break
        }
        if let anchor = event.anchor {
            anchors[anchor] = result
            if case .scalar(let text, .plain) = event.kind, case .scalar = result.content, !text.isEmpty {
                unused[anchor] = (result.place, text)
            }
        }
        return result
    }

    /// Warns of anchors that no alias uses. In `X-Name: &text more` the value is only `more`, which is hardly meant.
    private func reportUnusedAnchors() {
        for (name, value) in unused {
            let help = reading.source.meantValue(at: value.place)?.help ?? "quote the value"
            reading.warning(
                "`&\(name.abbreviated)` is an anchor in YAML, which no `*\(name.abbreviated)` uses: the value is "
                    + "`\(value.text.abbreviated)`", at: value.place, help: "\(help), or leave the anchor out")
        }
    }

    private mutating func count(_ event: YAMLEvent) throws(Stop) {
        written += 1
        guard written > limits.values else { return }
        reading.error(
            "the file holds more than \(limits.values) values", at: reading.source.clamp(event.start),
            help: "put fewer routes or rules into one file")
        throw .reported
    }

    /// Skips the events of a value that is not read. libyaml's time for each value grows with the levels around it, so a value
    /// that is as deep again as the limit ends the reading.
    private mutating func skip(_ event: YAMLEvent) throws(Stop) {
        var (event, depth) = (event, 0)
        while true {
            switch event.kind {
            case .listStart, .mappingStart: depth += 1
            case .collectionEnd: depth -= 1
            default: break
            }
            if depth == 0 { return }
            if depth > limits.depth { throw .reported }
            event = try next()
            try count(event)
        }
    }

    private func scalar(_ text: String, _ style: YAMLEvent.Style, _ event: YAMLEvent) -> Node {
        let place = reading.extent(event)
        if refusesAsterisk(text, event) { return Node(content: .invalid, place: place) }
        do throws(Substitution.Failure) {
            var scalar = Node.Scalar(text: text, isPlain: style == .plain)
            // Most texts refer to nothing.
            if text.utf8.contains(0x24) {
                let parts = try reading.substitution.resolve(text)
                scalar.text = parts.map { $0.text(doubling: []) }.joined()
                scalar.isReference = text.hasPrefix("${") && text.firstIndex(of: "}") == text.indices.last
                let filled = parts.compactMap(\.filledText)
                if !filled.isEmpty {
                    scalar.parts = parts
                    reading.filled[reading.location(place)] = filled
                }
            }
            return Node(content: .scalar(scalar), place: place)
        } catch {
            var failed = place
            if let column = reading.column(of: text, style, event) {
                failed = Place(line: place.line, column: column + error.offset, width: error.width)
            }
            reading.error(error.message, at: failed, help: error.suggestion)
            return Node(content: .invalid, place: place)
        }
    }

    private func refusesAsterisk(_ text: String, _ event: YAMLEvent) -> Bool {
        guard var place = asterisks.first(where: { event.start <= $0 && $0 < event.end }) else { return false }
        if event.start.line == event.end.line { place.width = event.end.column - place.column }
        let value = "*" + text.unicodeScalars.dropFirst().string
        let meant = reading.source.meantValue(at: place) ?? MeantValue(place: place, text: value)
        reading.error("an unquoted `*` begins an alias in YAML", at: place, help: meant.help)
        return true
    }

    private mutating func alias(_ name: String, _ place: Place) -> Node {
        let unread = Node(content: .invalid, place: place)
        guard let node = anchors[name] else {
            reading.error(
                "`*\(name.abbreviated)` is an alias in YAML, and there is no anchor `&\(name.abbreviated)` above it", at: place,
                help: "if the asterisk is meant, "
                    + (reading.source.meantValue(at: place) ?? MeantValue(place: place, text: "*\(name)")).help)
            return unread
        }
        unused[name] = nil
        guard !isOverBudget else { return unread }
        added += node.weight
        let budget = min(max(limits.aliases, written * 10), limits.values)
        guard added > budget else { return node }
        isOverBudget = true
        reading.error("the aliases of this file expand to more than \(budget) values", at: place)
        return unread
    }

    private mutating func items(depth: Int) throws(Stop) -> [Node] {
        var items: [Node] = []
        while true {
            let event = try next()
            if case .collectionEnd = event.kind { return items }
            items.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func entries(depth: Int, from start: Place) throws(Stop) -> [Node.Entry] {
        var table = TableBuilder(reading)
        while true {
            let event = try next()
            if case .collectionEnd = event.kind { return table.entries }
            let key = try key(event)
            let value = try node(try next(), depth: depth + 1)
            guard let key else { continue }
            if value.isMissing, !hasColon(event) {
                if key.isPlain, let name = reportMissingSpace(key) {
                    table.add(
                        TableBuilder.Key(text: name, isPlain: true, place: key.place), Node(content: .invalid, place: key.place))
                    continue
                }
                if let isSpoiled = table.isLastSpoiled, let meant = meant(before: key, start) {
                    // One error is enough for several commas.
                    if !isSpoiled { reading.error("a `,` ends a value in `{ … }`", at: meant.place, help: meant.help) }
                    table.spoilLast()
                    continue
                }
            }
            table.add(key, value)
        }
    }

    /// Whether a colon follows the key. Without one, the key is the rest of a value in `{ … }` that a comma has cut short.
    private func hasColon(_ key: YAMLEvent) -> Bool {
        let next = reading.source.line(key.end.line).dropFirst(key.end.column - 1).first { $0 != " " && $0 != "\t" }
        return next != "," && next != "}"
    }

    /// Returns the name in `Name:value`, after reporting that a space is missing.
    private func reportMissingSpace(_ key: TableBuilder.Key) -> String? {
        guard let colon = key.text.firstIndex(of: ":"), colon > key.text.startIndex, !key.text[colon...].hasPrefix("://"),
            !key.text[..<colon].contains(where: { !$0.isLetter && $0 != "-" && $0 != "_" })
        else { return nil }
        let (name, value) = (String(key.text[..<colon]), String(key.text[colon...].dropFirst()))
        reading.error(
            "a space has to follow the `:` behind a key", at: key.place,
            help: "write `\(name.abbreviated): \(value.abbreviated)`")
        return name
    }

    /// Returns the whole value that was meant, if the key is only the rest of it behind a comma.
    private func meant(before key: TableBuilder.Key, _ start: Place) -> MeantValue? {
        let meant = reading.source.meantValue(at: key.place, isInMapping: start.line < key.place.line)
        return meant.flatMap { $0.place < key.place ? $0 : nil }
    }

    /// Returns the key; nil, after reporting it, if it is not a text.
    private mutating func key(_ event: YAMLEvent) throws(Stop) -> TableBuilder.Key? {
        try count(event)
        let place = reading.extent(event)
        switch event.kind {
        case .scalar(let text, let style):
            if let anchor = event.anchor {
                anchors[anchor] = Node(content: .scalar(.init(text: text, isPlain: style == .plain)), place: place)
            }
            return refusesAsterisk(text, event) ? nil : TableBuilder.Key(text: text, isPlain: style == .plain, place: place)
        case .alias(let name):
            let node = alias(name, place)
            if case .scalar(let scalar) = node.content {
                return TableBuilder.Key(text: scalar.text, isPlain: false, place: place)
            }
            if case .invalid = node.content { return nil }
        default: try skip(event)
        }
        reading.error(
            "a key must be a text", at: Place(line: place.line, column: place.column),
            help: "if braces or brackets are meant, put it in quotes")
        return nil
    }
}
