import HTTPModel

/// Evaluates methods of lists and tables.
extension PythonProgram {
    /// Methods that change nothing.
    private static let readers: Set<String> = ["copy", "index", "count", "union", "get", "keys", "values", "items"]

    mutating func method(
        _ name: String, of base: PythonValue, _ arguments: [PythonArgument], _ expression: PythonExpression
    ) -> PythonValue {
        switch base {
        case .list(let list): return method(name, of: list, arguments, expression)
        case .table(let table): return method(name, of: table, arguments, expression)
        case .text(let text): return method(name, of: text, arguments) ?? .unknown(self.text(of: expression))
        case .environment(let variable, let fallback?):
            let value = method(name, of: fallback, arguments) ?? .unknown(text(of: expression))
            return .oneOf([value, .unknown(text(of: expression))], because: "\(variable) in the environment")
        case .either(let values, let reason):
            return eachWay(values, reason) { $0.method(name, of: $1, arguments, expression) }
        case .type(let type) where name == "as_view":
            evaluate(arguments)
            return .type(type)
        case .above where name == "__init__":
            evaluate(arguments)
            return .none
        default: return flask(name, of: base, arguments, expression)
        }
    }

    private mutating func method(
        _ name: String, of list: PythonList, _ arguments: [PythonArgument], _ expression: PythonExpression
    ) -> PythonValue {
        let reason = Self.readers.contains(name) ? nil : reason(changing: list)
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
        case ("sort", _): list.sort(isPlain: arguments.isEmpty)
        case ("index", _), ("count", _):
            evaluate(arguments)
            return .unknown(text(of: expression))
        case ("clear", 0) where reason == nil: list.items = []
        case ("pop", 0...1):
            let place = arguments.first.map { value($0.value) } ?? .number(-1)
            guard case .number(let number) = place, let place = list.place(of: number), reason == nil
            else {
                list.items = [.unknown(text(of: expression))]
                break
            }
            return list.items.remove(at: place)
        case ("remove", 1), ("discard", 1):
            let item = data(arguments[0].value)
            let isSure = item.text != nil && list.items.allSatisfy { $0.text != nil } && reason == nil
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
        let because = Self.readers.contains(name) ? nil : reason(changing: table)
        switch name {
        case "get", "setdefault":
            return get(table, arguments, sets: name == "setdefault", expression)
        case "update", "from_mapping":
            table.update(with: changes(arguments), because: because)
        case "from_object":
            guard let argument = arguments.first else { break }
            take(value(argument.value), into: table, because, text(of: argument.value))
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
        if sets { table.set(.text(key), found, line: line, because: reason(changing: table)) }
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
}
