/// The state before code that is followed as though it ran, such as a function that only other code calls.
struct PythonAssumption {
    let text: String
    /// The former contents of lists, tables and scopes outside of the code that it has changed.
    fileprivate var lists: [ObjectIdentifier: (list: PythonList, items: [PythonValue])] = [:]
    fileprivate var tables: [ObjectIdentifier: (table: PythonTable, entries: [PythonTable.Entry])] = [:]
    fileprivate var scopes: [ObjectIdentifier: (scope: PythonScope, names: [String: PythonValue])] = [:]
}

/// Follows code that may not run. For the code itself its changes are certain; for all other code they are only possible.
extension PythonProgram {
    mutating func assuming<Result>(_ text: String, _ follow: (inout PythonProgram) -> Result) -> Result {
        assumptions.append(PythonAssumption(text: text))
        conditions.append(.assumed(text))
        let result = follow(&self)
        conditions.removeLast()
        guard let assumption = assumptions.popLast() else { return result }
        for (list, items) in assumption.lists.values { list.items = Self.both(items, list.items, because: text) }
        for (table, entries) in assumption.tables.values { Self.join(table, entries, because: text) }
        for (scope, names) in assumption.scopes.values {
            for (name, before) in names.sorted(by: { $0.key < $1.key }) {
                scope.put(name, either(scope.names[name] ?? .unknown(name), before, because: text))
            }
        }
        return result
    }

    /// The number of assumptions at the beginning of the conditions.
    var assumed: Int { conditions.prefix { $0.isAssumed }.count }

    /// Returns the innermost condition, other than an assumption, that applies now but did not when the list was made; nil when
    /// there is none.
    mutating func reason(changing list: PythonList) -> String? {
        if let last = assumptions.indices.last, list.conditions < assumed {
            let known = assumptions[last].lists[ObjectIdentifier(list)]
            if known == nil { assumptions[last].lists[ObjectIdentifier(list)] = (list, list.items) }
        }
        return reason(beyond: list.conditions)
    }

    mutating func reason(changing table: PythonTable) -> String? {
        if let last = assumptions.indices.last, table.conditions < assumed {
            let known = assumptions[last].tables[ObjectIdentifier(table)]
            if known == nil { assumptions[last].tables[ObjectIdentifier(table)] = (table, table.entries) }
        }
        return reason(beyond: table.conditions)
    }

    func reason(beyond count: Int) -> String? { conditions.dropFirst(count).last { !$0.isAssumed }?.text }

    /// Sets a name in a scope. Outside of the innermost one, the ways of a branch are not joined.
    mutating func set(_ name: String, _ value: PythonValue, in place: PythonScope) {
        let old = place.names[name]
        if let last = assumptions.indices.last, let old, place !== scope {
            var known = assumptions[last].scopes[ObjectIdentifier(place)] ?? (place, [:])
            if known.names[name] == nil { known.names[name] = old }
            assumptions[last].scopes[ObjectIdentifier(place)] = known
        }
        place.set(name, joined(value, with: old), line: line)
    }

    /// Joins a value with the old one if it replaces it only under a condition.
    mutating func joined(_ value: PythonValue, with old: PythonValue?) -> PythonValue {
        guard let old, let reason = reason(beyond: 0) else { return value }
        return either(value, old, because: reason)
    }

    // MARK: Both

    /// Returns the items before and after a change; only those that are in both are certain.
    private static func both(_ before: [PythonValue], _ after: [PythonValue], because text: String) -> [PythonValue] {
        let texts = (before: Set(before.compactMap(\.text)), after: Set(after.compactMap(\.text)))
        func marked(_ item: PythonValue, _ place: Int, _ others: [PythonValue], _ names: Set<String>) -> PythonValue? {
            guard item.isSure else { return nil }
            if let name = item.text { return names.contains(name) ? nil : .oneOf([item, .absent], because: text) }
            return others.indices.contains(place) && others[place].isIdentical(to: item)
                ? nil : .oneOf([item, .absent], because: text)
        }
        return after.enumerated().map { marked($1, $0, before, texts.before) ?? $1 }
            + before.enumerated().compactMap { marked($1, $0, after, texts.after) }
    }

    private static func join(_ table: PythonTable, _ before: [PythonTable.Entry], because text: String) {
        var old: [String: PythonTable.Entry] = [:]
        for entry in before { if let key = entry.key.text { old[key] = entry } }
        for entry in table.entries {
            guard let key = entry.key.text else { continue }
            let other = old.removeValue(forKey: key)?.value ?? .absent
            if !entry.value.isIdentical(to: other) {
                table.set(entry.key, .oneOf([entry.value, other], because: text), line: entry.line)
            }
        }
        for entry in old.values.sorted(by: { $0.line < $1.line }) {
            table.set(entry.key, .oneOf([entry.value, .absent], because: text), line: entry.line)
        }
    }
}
