/// Follows changes of names and of their values: assignments, `+=`, `del`.
extension PythonProgram {
    mutating func imported(_ module: String, _ names: [(name: String, alias: String)]) {
        for (name, alias) in names {
            let full = module.isEmpty ? name : "\(module).\(name)"
            guard name == "*" else {
                scope.set(alias, .library(full), line: line)
                continue
            }
            // What these modules have is known to be none of an app's settings.
            let first = module.split(separator: ".").first ?? ""
            if !["flask", "flask_cors", "os", "re", "datetime", "typing", "pathlib"].contains(first) {
                scope.spoil("everything in \(module)")
            }
        }
    }

    mutating func assign(_ value: PythonValue, to target: PythonExpression) {
        switch target.kind {
        case .name(let name):
            if case .app(let app) = value, app.name.isEmpty { app.name = name }
            if case .blueprint(let blueprint) = value, blueprint.name.isEmpty { blueprint.name = name }
            guard let outer = scope.outer[name] else { return scope.set(name, value, line: line) }
            outer.set(name, joined(value, with: outer.names[name]), line: line)
        case .list(let targets):
            let items = if case .list(let list) = value { list.items } else { [PythonValue]() }
            for (place, target) in targets.enumerated() {
                assign(items.count == targets.count ? items[place] : .unknown(text(of: target)), to: target)
            }
        case .item(let base, let key):
            let key = self.value(key)
            switch self.value(base) {
            case .table(let table):
                guard key.text != nil else { return table.spoil(text(of: target)) }
                table.set(key, value, line: line, because: reason(beyond: table.conditions))
            case .list(let list): change(list, at: key, to: value, target)
            default: return
            }
        case .attribute(let base, let name):
            if case .app(let app) = value, app.name.isEmpty { app.name = text(of: target) }
            switch self.value(base) {
            case .type(let type), .object(let type):
                type.scope.set(name, joined(value, with: type.scope.names[name]), line: line)
            case .unknown(let text):
                attributes["\(text).\(name)"] = joined(value, with: attributes["\(text).\(name)"])
            default: return
            }
        default: return
        }
    }

    /// Joins a value with the old one if it replaces it only under a condition. The ways of a branch are joined only in the
    /// innermost scope.
    private mutating func joined(_ value: PythonValue, with old: PythonValue?) -> PythonValue {
        guard let old, let reason = reason(beyond: 0) else { return value }
        return either(value, old, because: reason)
    }

    /// - Parameter value: the new value; nil to remove the item.
    private func change(_ list: PythonList, at key: PythonValue, to value: PythonValue?, _ target: PythonExpression) {
        guard case .number(let number) = key, let place = list.place(of: number), reason(beyond: list.conditions) == nil else {
            return list.items = [.unknown(text(of: target))]
        }
        list.items.replaceSubrange(place...place, with: value.map { [$0] } ?? [])
    }

    /// Follows a `del`.
    mutating func remove(_ target: PythonExpression) {
        switch target.kind {
        case .list(let targets): for target in targets { remove(target) }
        case .item(let base, let key):
            let key = value(key)
            switch value(base) {
            case .table(let table): take(key, outOf: table, target)
            case .list(let list): change(list, at: key, to: nil, target)
            default: break
            }
        default: assign(.unknown(text(of: target)), to: target)
        }
    }

    mutating func take(_ key: PythonValue, outOf table: PythonTable, _ expression: PythonExpression) {
        guard let key = key.text else { return table.spoil(text(of: expression)) }
        guard let reason = reason(beyond: table.conditions) else { return table.remove(key) }
        if table[key] != nil { table.set(.text(key), .absent, line: line, because: reason) }
    }

    mutating func change(_ target: PythonExpression, _ symbol: String, _ expression: PythonExpression) {
        let added = value(expression)
        let current = value(target)
        if case .list(let list) = current, symbol == "+" || symbol == "|" { return extend(list, with: added, expression) }
        if case .table(let table) = current, symbol == "|" {
            guard case .table(let other) = added else { return table.spoil(text(of: expression)) }
            return table.update(with: other, because: reason(beyond: table.conditions))
        }
        if symbol == "+", let left = current.text, let right = added.text, left.utf8.count + right.utf8.count < Self.textLimit {
            return assign(.text(left + right), to: target)
        }
        assign(.unknown(text(of: target)), to: target)
    }

    /// Returns the innermost condition that did not apply yet where something was made; nil when there is none.
    func reason(beyond conditions: Int) -> String? {
        self.conditions.count > conditions ? self.conditions.last?.text : nil
    }

    mutating func extend(_ list: PythonList, with value: PythonValue, _ expression: PythonExpression) {
        guard case .list(let other) = value else { return append(.unknown(text(of: expression)), to: list) }
        for item in other.items { append(item, to: list) }
    }

    mutating func append(_ value: PythonValue, to list: PythonList) {
        guard list.items.count < Self.itemLimit else { return }
        guard list.items.count + 1 < Self.itemLimit else { return list.items.append(.unknown("so many entries")) }
        list.items.append(reason(beyond: list.conditions).map { .oneOf([value, .absent], because: $0) } ?? value)
    }
}
