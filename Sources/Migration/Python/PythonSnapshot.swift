/// Copies of values at one moment, which later changes of their lists and tables do not affect. An object with two names is
/// copied once.
struct PythonSnapshot {
    private static let depthLimit = 32
    private static let itemLimit = 20_000

    private var lists: [ObjectIdentifier: PythonList] = [:]
    private var tables: [ObjectIdentifier: PythonTable] = [:]
    private var items = 0
    private var depth = 0

    mutating func copy(_ table: PythonTable) -> PythonTable {
        if let copy = tables[ObjectIdentifier(table)] { return copy }
        let copy = PythonTable(conditions: table.conditions, isOpen: table.isOpen)
        tables[ObjectIdentifier(table)] = copy
        for entry in table.entries { copy.set(entry.key, self.copy(entry.value), line: entry.line) }
        for text in table.unknown { copy.add(unknown: text) }
        return copy
    }

    private mutating func copy(_ list: PythonList) -> PythonList {
        if let copy = lists[ObjectIdentifier(list)] { return copy }
        let copy = PythonList([], conditions: list.conditions, hasOrder: list.hasOrder)
        lists[ObjectIdentifier(list)] = copy
        for item in list.items { copy.items.append(self.copy(item)) }
        return copy
    }

    private mutating func copy(_ value: PythonValue) -> PythonValue {
        items += 1
        depth += 1
        defer { depth -= 1 }
        guard items < Self.itemLimit, depth < Self.depthLimit else { return .unknown("so many entries") }
        switch value {
        case .list(let list): return .list(copy(list))
        case .table(let table): return .table(copy(table))
        case .either(let values, let reason): return .either(values.map { copy($0) }, because: reason)
        default: return value
        }
    }
}
