/// One pass over the events of a text, into a tree: aliases within a budget, duplicate keys with both places, merge keys, tags, `${…}`.
struct TreeBuilder: ~Copyable {
    /// Why there is no tree.
    enum Stop: Error {
        case fault(YAMLFault)
        /// Something else, which has been reported.
        case reported
    }

    private let reading: Reading
    private let limits: TreeLimits
    private var parser: EventParser
    /// Where a letter stands for an asterisk.
    private let asterisks: [Place]
    private var anchors: [String: Node] = [:]
    /// Values so far, and what aliases have added to them.
    private var written = 0
    private var added = 0
    private var isOverBudget = false

    /// Nil where there is no memory for it.
    init?(_ text: String, asterisks: [Place], _ limits: TreeLimits, _ reading: Reading) {
        guard let parser = EventParser(text) else { return nil }
        self.parser = parser
        self.asterisks = asterisks
        self.limits = limits
        self.reading = reading
    }

    /// The root of the only document; nil where there is none, which is reported.
    mutating func document() throws(Stop) -> Node? {
        var event = try next()
        // The stream's own beginning.
        if case .other = event.kind { event = try next() }
        guard case .documentStart = event.kind else {
            reading.reportEmpty()
            return nil
        }
        let root = try node(try next(), depth: 0)
        _ = try next()
        let last = try next()
        guard case .streamEnd = last.kind else {
            reading.error(
                "the file holds more than one YAML document", at: reading.source.clamp(last.start),
                help: "remove the `---` between them")
            return nil
        }
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
            let entries = try entries(depth: depth)
            result.content = .table(entries)
            result.weight = entries.reduce(1) { $0 + 1 + $1.value.weight }
        case .collectionEnd, .documentStart, .documentEnd, .streamEnd, .other: break
        }
        if let anchor = event.anchor { anchors[anchor] = result }
        return result
    }

    private mutating func count(_ event: YAMLEvent) throws(Stop) {
        written += 1
        guard written > limits.values else { return }
        reading.error(
            "the file holds more than \(limits.values) values", at: reading.source.clamp(event.start),
            help: "put fewer routes or rules into one file")
        throw .reported
    }

    /// What belongs to a value that is not read. libyaml's time for each value grows with the levels around it: what is as deep again as
    /// is allowed ends the reading.
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
            let resolved = try reading.substitution.resolve(text)
            let isReference = text.hasPrefix("${") && text.firstIndex(of: "}") == text.indices.last
            return Node(content: .scalar(.init(text: resolved, isPlain: style == .plain, isReference: isReference)), place: place)
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
        let value = ("*" + text.unicodeScalars.dropFirst().string).abbreviated
        reading.error("an unquoted `*` begins an alias in YAML", at: place, help: "put it in quotes: \"\(value)\"")
        return true
    }

    private mutating func alias(_ name: String, _ place: Place) -> Node {
        let unread = Node(content: .invalid, place: place)
        guard let node = anchors[name] else {
            reading.error(
                "`*\(name.abbreviated)` is an alias in YAML, and there is no anchor `&\(name.abbreviated)` above it", at: place,
                help: "if the asterisk is meant, put it in quotes: \"*\(name.abbreviated)\"")
            return unread
        }
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

    private mutating func entries(depth: Int) throws(Stop) -> [Node.Entry] {
        var table = TableBuilder(reading)
        while true {
            let event = try next()
            if case .collectionEnd = event.kind { return table.entries }
            let key = try key(event)
            let value = try node(try next(), depth: depth + 1)
            if let key { table.add(key, value) }
        }
    }

    /// Nil where it is no text, which is reported.
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
