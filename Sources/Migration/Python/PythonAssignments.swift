/// Follows changes of names and of their values: assignments, `+=`, `del`.
extension PythonProgram {
    mutating func imported(_ module: String, _ names: [(name: String, alias: String)]) {
        for (name, alias) in names {
            let full = module.isEmpty ? name : "\(module).\(name)"
            guard name == "*" else {
                scope.set(alias, .library(full), line: line)
                continue
            }
            // No name in these modules is a setting of an app.
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
            set(name, value, in: outer)
        case .list(let targets): spread(value, over: targets)
        case .starred(let inner): assign(value, to: inner)
        case .item(let base, let key):
            let key = self.value(key)
            switch self.value(base) {
            case .table(let table):
                guard key.text != nil else { return table.spoil(text(of: target)) }
                table.set(key, value, line: line, because: reason(changing: table))
            case .list(let list): change(list, at: key, to: value, target)
            default: return
            }
        case .attribute(let base, let name):
            if case .app(let app) = value, app.name.isEmpty { app.name = text(of: target) }
            let owner = self.value(base)
            switch owner {
            case .app(let app) where name == "config": replace(app.config, by: value, target)
            case .library(let text) where name == "config" && unknownApps[text] != nil:
                replace(app(called: text).config, by: value, target)
            case .unknown(let text) where name == "config" && unknownApps[text] != nil:
                replace(app(called: text).config, by: value, target)
            case .unknown(let text):
                attributes["\(text).\(name)"] = joined(value, with: attributes["\(text).\(name)"])
            default:
                if let attributes = Self.attributes(of: owner) { set(name, value, in: attributes) }
            }
        default: return
        }
    }

    /// Assigns the items of a value to several targets. A target whose item is not known becomes unknown.
    private mutating func spread(_ value: PythonValue, over targets: [PythonExpression]) {
        var items: [PythonValue]?
        if case .list(let list) = value, list.hasOrder, !list.items.contains(where: { $0.mayBeAbsent || $0.mayBeUnknown }) {
            items = list.items
        }
        let rest = targets.firstIndex { if case .starred = $0.kind { true } else { false } }
        if let rest, let known = items, known.count >= targets.count - 1 {
            let end = known.count - (targets.count - 1 - rest)
            let middle = PythonValue.list(PythonList(Array(known[rest..<end]), conditions: conditions.count))
            items = known[..<rest] + [middle] + known[end...]
        }
        for (place, target) in targets.enumerated() {
            let item = items.flatMap { $0.count == targets.count ? $0[place] : nil }
            assign(item ?? .unknown(text(of: target)), to: target)
        }
    }

    /// Replaces the configuration of an app.
    private mutating func replace(_ config: PythonTable, by value: PythonValue, _ target: PythonExpression) {
        guard case .table(let table) = value, table !== config, reason(changing: config) == nil else {
            return config.spoil(text(of: target))
        }
        config.removeAll()
        config.update(with: table)
    }

    /// - Parameter value: the new value; nil to remove the item.
    private mutating func change(_ list: PythonList, at key: PythonValue, to value: PythonValue?, _ target: PythonExpression) {
        let reason = reason(changing: list)
        guard case .number(let number) = key, let place = list.place(of: number), reason == nil else {
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
        guard let reason = reason(changing: table) else { return table.remove(key) }
        if table[key] != nil { table.set(.text(key), .absent, line: line, because: reason) }
    }

    mutating func change(_ target: PythonExpression, _ symbol: String, _ expression: PythonExpression) {
        let added = value(expression)
        let current = value(target)
        if case .list(let list) = current, symbol == "+" || symbol == "|" { return extend(list, with: added, expression) }
        if case .table(let table) = current, symbol == "|" {
            guard case .table(let other) = added else { return table.spoil(text(of: expression)) }
            return table.update(with: other, because: reason(changing: table))
        }
        if symbol == "+", let left = current.text, let right = added.text, left.utf8.count + right.utf8.count < Self.textLimit {
            return assign(.text(left + right), to: target)
        }
        assign(.unknown(text(of: target)), to: target)
    }

    mutating func extend(_ list: PythonList, with value: PythonValue, _ expression: PythonExpression) {
        if case .either(let values, let reason) = value {
            let items = perhaps(values, reason)
            for item in items.isEmpty ? [.unknown(reason)] : items { append(item, to: list) }
            return
        }
        guard case .list(let other) = value else { return append(.unknown(text(of: expression)), to: list) }
        for item in other.items { append(item, to: list) }
    }

    mutating func append(_ value: PythonValue, to list: PythonList) {
        guard list.items.count < Self.itemLimit else { return }
        let reason = reason(changing: list)
        guard list.items.count + 1 < Self.itemLimit else { return list.items.append(.unknown("so many entries")) }
        list.items.append(reason.map { .oneOf([value, .absent], because: $0) } ?? value)
    }
}
