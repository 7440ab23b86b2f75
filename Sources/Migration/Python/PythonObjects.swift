/// A list. All names of it share it, so an item appended by one is seen by all.
final class PythonList {
    var items: [PythonValue]
    /// The number of conditions that applied where it was made.
    let conditions: Int
    /// Whether the items are in the order of the program; not so in a set.
    private(set) var hasOrder: Bool

    init(_ items: [PythonValue], conditions: Int = 0, hasOrder: Bool = true) {
        self.items = items
        self.conditions = conditions
        self.hasOrder = hasOrder
    }

    /// - Parameter isPlain: whether it is by the items themselves, upwards.
    func sort(isPlain: Bool) {
        hasOrder = isPlain && items.allSatisfy { $0.text != nil }
        guard hasOrder else { return }
        items.sort { ($0.text ?? "").unicodeScalars.lexicographicallyPrecedes(($1.text ?? "").unicodeScalars) }
    }

    deinit { PythonValue.release(&items) }

    /// Returns the index of an item, counted from the end if negative; nil when there is none, or when it is not known which one
    /// it is.
    func place(of number: Int) -> Int? {
        guard hasOrder, items.allSatisfy(\.isSure) else { return nil }
        let place = number < 0 ? items.count + number : number
        return items.indices.contains(place) ? place : nil
    }
}

/// A mapping. All names of it share it.
final class PythonTable {
    struct Entry {
        var key: PythonValue
        var value: PythonValue
        var line: Int
    }

    private(set) var entries: [Entry] = []
    private var places: [String: Int] = [:]
    /// Expressions that may have added further entries.
    private(set) var unknown: [String] = []
    /// Whether an entry may be certain, so that the next unknown change has to be told of it.
    private var hasCertain = false
    let conditions: Int
    /// Whether another file makes entries that are not seen here, as those of an app's configuration.
    let isOpen: Bool

    init(conditions: Int = 0, isOpen: Bool = false) {
        self.conditions = conditions
        self.isOpen = isOpen
    }

    deinit {
        var values = releaseEntries()
        PythonValue.release(&values)
    }

    func releaseEntries() -> [PythonValue] {
        let values = entries.map(\.value)
        entries = []
        return values
    }

    subscript(key: String) -> Entry? { places[key].map { entries[$0] } }

    /// Returns one of the values if all of them are classes, such as an app's settings by name.
    func oneOfClasses(because reason: String) -> PythonValue? {
        guard unknown.isEmpty, !isOpen, !entries.isEmpty, entries.allSatisfy({ if case .type = $0.value { true } else { false } })
        else { return nil }
        return .oneOf(entries.map(\.value), because: reason)
    }

    /// Whether it has entries; nil when that is not known.
    var truth: Bool? {
        if entries.contains(where: { $0.value.isCertainlyThere }) { return true }
        return entries.isEmpty && unknown.isEmpty && !isOpen ? false : nil
    }

    /// - Parameter because: the condition under which it is set, if any.
    func set(_ key: PythonValue, _ value: PythonValue, line: Int, because: String? = nil) {
        let place = key.text.flatMap { places[$0] }
        let value = because.map { .oneOf([value, place.map { entries[$0].value } ?? .absent], because: $0) } ?? value
        let entry = Entry(key: key, value: value, line: line)
        hasCertain = true
        if let place {
            entries[place] = entry
        } else if entries.count < PythonProgram.itemLimit {
            if let text = key.text { places[text] = entries.count }
            entries.append(entry)
        } else if unknown.isEmpty {
            unknown = ["so many entries"]
        }
    }

    func remove(_ key: String) {
        guard let place = places.removeValue(forKey: key) else { return }
        entries.remove(at: place)
        for (key, other) in places where other > place { places[key] = other - 1 }
    }

    func removeAll() {
        entries = []
        places = [:]
        unknown = []
    }

    /// Notes an expression that may have added entries, but has changed none of those that are here.
    func add(unknown text: String) {
        if !unknown.contains(text), unknown.count < 20 { unknown.append(text) }
    }

    /// Notes an expression that may have changed each entry that is here, and added others.
    func spoil(_ text: String) {
        add(unknown: text)
        guard hasCertain else { return }
        hasCertain = false
        for place in entries.indices where !entries[place].value.mayBeUnknown {
            entries[place].value = .oneOf([entries[place].value, .unknown(text)], because: text)
        }
    }

    func update(with other: PythonTable, because: String? = nil) {
        for text in other.unknown { spoil(text) }
        if other.isOpen { spoil("the configuration of another file") }
        for entry in other.entries { set(entry.key, entry.value, line: entry.line, because: because) }
    }
}
