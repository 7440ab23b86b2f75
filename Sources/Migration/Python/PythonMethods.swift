import HTTPModel

/// Evaluates methods of lists, tables and texts.
extension PythonProgram {
    mutating func method(
        _ name: String, of base: PythonValue, _ arguments: [PythonArgument], _ expression: PythonExpression
    ) -> PythonValue {
        switch base {
        case .list(let list): return method(name, of: list, arguments, expression)
        case .table(let table): return method(name, of: table, arguments, expression)
        case .text(let text):
            return method(name, of: text, arguments.map { data($0.value) }) ?? .unknown(self.text(of: expression))
        case .environment(let variable, let fallback?):
            let value = method(name, of: fallback, arguments.map { data($0.value) }) ?? .unknown(text(of: expression))
            return .oneOf([value, .unknown(text(of: expression))], because: "\(variable) in the environment")
        case .either(let values, let reason):
            return eachWay(values, reason) { $0.method(name, of: $1, arguments, expression) }
        case .type(let type) where name == "as_view", .object(let type) where name == "as_view":
            evaluate(arguments)
            return .type(type)
        default: return flask(name, of: base, arguments, expression)
        }
    }

    private func method(_ name: String, of text: String, _ values: [PythonValue]) -> PythonValue? {
        let first = values.first?.text
        let cut = Set(first ?? " \t\r\n")
        switch name {
        case "split" where !(first ?? " ").isEmpty:
            let parts =
                first.map { text.split(at: $0).map(String.init) }
                ?? text.split { $0 == " " || $0 == "\t" || $0 == "\n" }.map(String.init)
            return .list(PythonList(parts.prefix(Self.itemLimit).map { .text($0) }, conditions: conditions.count))
        case "strip": return .text(String(text.drop { cut.contains($0) }.reversed().drop { cut.contains($0) }.reversed()))
        case "lstrip": return .text(String(text.drop { cut.contains($0) }))
        case "rstrip": return .text(String(text.reversed().drop { cut.contains($0) }.reversed()))
        case "lower", "casefold": return .text(text.lowercased())
        case "upper": return .text(text.uppercased())
        default: return nil
        }
    }

    private mutating func method(
        _ name: String, of list: PythonList, _ arguments: [PythonArgument], _ expression: PythonExpression
    ) -> PythonValue {
        switch (name, arguments.count) {
        case ("append", 1), ("add", 1): append(data(arguments[0].value), to: list)
        case ("insert", 2):
            let place = value(arguments[0].value)
            append(data(arguments[1].value), to: list)
            guard case .number(let number) = place, let last = list.items.popLast() else { break }
            let count = list.items.count
            list.items.insert(last, at: min(max(number < 0 ? count + number : number, 0), count))
        case ("extend", 1), ("update", 1): extend(list, with: value(arguments[0].value), arguments[0].value)
        case ("union", 1):
            let union = PythonList(list.items, conditions: conditions.count)
            extend(union, with: value(arguments[0].value), arguments[0].value)
            return .list(union)
        case ("copy", 0): return .list(PythonList(list.items, conditions: conditions.count))
        case ("reverse", 0): list.items.reverse()
        case ("sort", 0) where list.items.allSatisfy { $0.text != nil }:
            list.items.sort { ($0.text ?? "").unicodeScalars.lexicographicallyPrecedes(($1.text ?? "").unicodeScalars) }
        case ("sort", _), ("index", _), ("count", _): break
        case ("clear", 0) where reason(beyond: list.conditions) == nil: list.items = []
        case ("pop", 0...1):
            let place = arguments.first.map { value($0.value) } ?? .number(-1)
            guard case .number(let number) = place, let place = list.place(of: number), reason(beyond: list.conditions) == nil
            else {
                list.items = [.unknown(text(of: expression))]
                break
            }
            return list.items.remove(at: place)
        case ("remove", 1), ("discard", 1):
            let item = data(arguments[0].value)
            let isSure = item.text != nil && list.items.allSatisfy { $0.text != nil } && reason(beyond: list.conditions) == nil
            if isSure {
                list.items.removeAll { $0.isSame(as: item) == true }
            } else {
                list.items = [.unknown(text(of: expression))]
            }
        default:
            evaluate(arguments)
            list.items = [.unknown(text(of: expression))]
        }
        return .none
    }

    private mutating func method(
        _ name: String, of table: PythonTable, _ arguments: [PythonArgument], _ expression: PythonExpression
    ) -> PythonValue {
        let because = reason(beyond: table.conditions)
        switch name {
        case "get", "setdefault":
            return get(table, arguments, sets: name == "setdefault", expression)
        case "update", "from_mapping":
            table.update(with: changes(arguments), because: because)
        case "from_object":
            guard let argument = arguments.first else { break }
            set(value(argument.value), in: table, because, text(of: argument.value))
        case "from_pyfile", "from_json", "from_file", "from_envvar", "from_prefixed_env":
            table.spoil(text(of: expression))
        case "copy":
            let copy = PythonTable(conditions: conditions.count, isOpen: table.isOpen)
            copy.update(with: table)
            return .table(copy)
        case "keys": return .list(PythonList(table.entries.map(\.key), conditions: conditions.count))
        case "values": return .list(PythonList(table.entries.map(\.value), conditions: conditions.count))
        case "items": return .list(PythonList(table.entries.map { .list(PythonList([$0.key, $0.value])) }))
        case "pop" where !arguments.isEmpty:
            let key = value(arguments[0].value)
            let value = (key.text.flatMap { table[$0]?.value } ?? .absent).replacingAbsent(by: .unknown(text(of: expression)))
            take(key, outOf: table, expression)
            return value
        case "clear" where because == nil: table.removeAll()
        case "pop", "clear", "popitem":
            evaluate(arguments)
            table.spoil(text(of: expression))
        default:
            evaluate(arguments)
            return .unknown(text(of: expression))
        }
        return .none
    }

    /// Returns what `get` does. A key that is not there may still be set by another file.
    private mutating func get(
        _ table: PythonTable, _ arguments: [PythonArgument], sets: Bool, _ expression: PythonExpression
    ) -> PythonValue {
        let text = text(of: expression)
        guard let key = arguments.first.flatMap({ value($0.value).text }) else {
            return table.oneOfClasses(because: text) ?? .unknown(text)
        }
        let fallback = arguments.count > 1 ? data(arguments[1].value) : .none
        let mayBeElsewhere = table.isOpen || !table.unknown.isEmpty
        let found = (table[key]?.value ?? .absent).replacingAbsent(
            by: mayBeElsewhere ? .oneOf([fallback, .unknown(text)], because: text) : fallback)
        if sets { table.set(.text(key), found, line: line, because: reason(beyond: table.conditions)) }
        return found
    }

    /// Returns what the arguments of `update` set.
    private mutating func changes(_ arguments: [PythonArgument]) -> PythonTable {
        let changes = PythonTable()
        for argument in arguments {
            switch argument.name {
            case nil: spread(argument.value, into: changes)
            case "**"?: unpack(argument.value, into: changes)
            case "*"?: changes.spoil("*\(text(of: argument.value))")
            case let key?: changes.set(.text(key), data(argument.value), line: argument.value.line)
            }
        }
        return changes
    }

    // MARK: Settings

    /// Does what `from_object` does.
    private func set(_ object: PythonValue, in table: PythonTable, _ because: String?, _ text: String) {
        switch object {
        case .type(let type), .object(let type): set(type.scope, in: table, because)
        case .library("__name__"): set(scope, in: table, because)
        case .either(let values, let reason): set(oneOf: values, in: table, because, reason, text)
        default: table.spoil(text)
        }
    }

    /// Sets the names in capitals.
    private func set(_ scope: PythonScope, in table: PythonTable, _ because: String?) {
        for text in scope.unknown { table.spoil(text) }
        for name in scope.order where name == name.uppercased() {
            guard let value = scope.names[name] else { continue }
            table.set(.text(name), value, line: scope.lines[name] ?? line, because: because)
        }
    }

    /// Sets the names of several classes of which only one applies: each has one of the values, or what was there before.
    private func set(
        oneOf values: [PythonValue], in table: PythonTable, _ because: String?, _ reason: String, _ text: String
    ) {
        let scopes = values.map { value -> PythonScope? in
            switch value {
            case .type(let type), .object(let type): type.scope
            default: nil
            }
        }
        if scopes.contains(where: { $0 == nil }) { table.spoil(text) }
        for unknown in scopes.flatMap({ $0?.unknown ?? [] }) { table.spoil(unknown) }
        var done: Set<String> = []
        for scope in scopes.compactMap(\.self) {
            for name in scope.order where name == name.uppercased() && done.insert(name).inserted {
                let before = table[name]?.value ?? .absent
                let values = scopes.map { $0.map { $0.names[name] ?? before } ?? .unknown(text) }
                let isOne = values.dropFirst().allSatisfy { $0.isIdentical(to: values[0]) }
                table.set(
                    .text(name), isOne ? values[0] : .oneOf(values, because: reason), line: scope.lines[name] ?? line,
                    because: because)
            }
        }
    }
}
