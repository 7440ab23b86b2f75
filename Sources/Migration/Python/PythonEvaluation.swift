import ProxyConfig

/// Evaluates expressions.
extension PythonProgram {
    mutating func value(_ expression: PythonExpression) -> PythonValue {
        steps += 1
        depth += 1
        defer { depth -= 1 }
        guard steps < Self.stepLimit, depth < Self.depthLimit else { return .unknown(text(of: expression)) }
        switch expression.kind {
        case .text(let text): return .text(text)
        case .number(let number): return .number(number)
        case .bool(let bool): return .bool(bool)
        case .none: return .none
        case .formatted(let parts): return formatted(parts, expression)
        case .name(let name): return scope.value(name) ?? Self.known[name].map { .library($0) } ?? .unknown(name)
        case .attribute(let base, let name): return attribute(name, of: value(base), expression)
        case .item(let base, let key):
            let value = value(base)
            if case .slice(let first, let last) = key.kind { return slice(value, first, last, expression) }
            return item(value, self.value(key), expression)
        case .call(let callee, let arguments): return call(callee, arguments, expression)
        case .list(let items): return list(items)
        case .table(let entries): return table(entries)
        case .starred, .other:
            passBy(expression)
            return .unknown(text(of: expression))
        case .binary(let symbol, let left, let right): return binary(symbol, left, right, expression)
        case .not(let inner): return value(inner).truth.map { .bool(!$0) } ?? .unknown(text(of: expression))
        case .choice(let first, let condition, let second):
            if let truth = value(condition).truth { return value(truth ? first : second) }
            branches += 1
            let (branch, text) = (branches, text(of: condition))
            let taken = under(branch, 0, text) { $0.data(first) }
            return either(taken, under(branch, 1, text) { $0.data(second) }, because: text)
        case .each(let made, let clauses): return each(made, clauses, expression)
        case .slice(let first, let last):
            for part in [first, last] { if let part { _ = value(part) } }
            return .unknown(text(of: expression))
        }
    }

    /// The names that snippets use without importing them.
    private static let known = [
        "CORS": "flask_cors.CORS", "cross_origin": "flask_cors.cross_origin", "os": "os", "re": "re", "flask_cors": "flask_cors",
        "timedelta": "datetime.timedelta", "datetime": "datetime", "Flask": "flask.Flask", "Blueprint": "flask.Blueprint",
        "list": "list", "tuple": "tuple", "set": "set", "frozenset": "frozenset", "dict": "dict", "sorted": "sorted",
        "str": "str", "__name__": "__name__",
    ]

    /// Returns a value that can be stored. An expression without a value of its own is stored as its text.
    mutating func data(_ expression: PythonExpression) -> PythonValue {
        let value = value(expression)
        switch value {
        case .library(let library):
            handOn(library, expression)
            return .unknown(text(of: expression))
        case .method: return .unknown(text(of: expression))
        default: return value
        }
    }

    private mutating func formatted(_ parts: [PythonExpression], _ expression: PythonExpression) -> PythonValue {
        var text = ""
        for part in parts {
            guard let more = value(part).shown else { return .unknown(self.text(of: expression)) }
            text += more
            guard text.utf8.count < Self.textLimit else { return .unknown(self.text(of: expression)) }
        }
        return .text(text)
    }

    mutating func attribute(_ name: String, of base: PythonValue, _ expression: PythonExpression) -> PythonValue {
        switch base {
        case .library(let library) where name == "config" && callee(isApp: library): return .table(app(called: library).config)
        case .library(let library) where library.utf8.count < 1_000: return .library("\(library).\(name)")
        case .library: return .unknown(text(of: expression))
        case .app(let app) where name == "config": return .table(app.config)
        case .blueprint(let blueprint) where name == "name": return blueprint.title
        case .blueprint(let blueprint) where name == "url_prefix": return blueprint.ownPrefix
        case .unknown(let text) where attributes["\(text).\(name)"] != nil: return attributes["\(text).\(name)"] ?? .absent
        // It may be an app by any name, and what is set in its configuration counts if it is.
        case .unknown(let text) where name == "config": return .table(app(called: text).config)
        case .type, .object, .app, .above:
            if name == "__dict__" { Self.attributes(of: base)?.spoil(text(of: expression)) }
            return member(name, of: base) ?? .method(base, name)
        case .either(let values, let reason) where values.contains { hasMember(name, $0) }:
            return .oneOf(
                values.map { hasMember(name, $0) ? attribute(name, of: $0, expression) : .unknown(text(of: expression)) },
                because: reason)
        case .method(_, _) where base.isDeep: return .unknown(text(of: expression))
        default: return .method(base, name)
        }
    }

    private func callee(isApp text: String) -> Bool { text.lowercased().hasSuffix("app") || text.hasSuffix("application") }

    private mutating func item(_ base: PythonValue, _ key: PythonValue, _ expression: PythonExpression) -> PythonValue {
        switch (base, key) {
        case (.table(let table), .text(let text)):
            // Where the key may be missing, the program may fail, or another file may have set it.
            if let entry = table[text] { return entry.value.replacingAbsent(by: .unknown(self.text(of: expression))) }
        case (.table(let table), _) where key.text == nil:
            if let value = table.oneOfClasses(because: self.text(of: expression)) { return value }
        case (.list(let list), .number(let number)):
            // An item that may be missing, or that stands for several, moves those behind it.
            if let place = list.place(of: number), let item = list.items[safe: place] { return item }
        case (.library("os.environ"), .text(let name)): return .environment(name, fallback: nil)
        default: break
        }
        return .unknown(text(of: expression))
    }

    private mutating func list(_ items: [PythonExpression]) -> PythonValue {
        let list = PythonList([], conditions: conditions.count)
        for item in items.prefix(Self.itemLimit) {
            if case .starred(let inner) = item.kind {
                extend(list, with: value(inner), inner)
            } else {
                list.items.append(data(item))
            }
        }
        if items.count > Self.itemLimit { list.items.append(.unknown("so many entries")) }
        return .list(list)
    }

    private mutating func table(_ entries: [(key: PythonExpression?, value: PythonExpression)]) -> PythonValue {
        let table = PythonTable(conditions: conditions.count)
        for entry in entries.prefix(Self.itemLimit) {
            guard let key = entry.key else {
                spread(entry.value, into: table)
                continue
            }
            let value = data(entry.value)
            switch self.value(key) {
            case .text(let text): table.set(.text(text), value, line: key.line)
            case .expression(let text, let ignoresCase):
                table.set(.expression(text, ignoresCase: ignoresCase), value, line: key.line)
            default: table.spoil(text(of: key))
            }
        }
        if entries.count > Self.itemLimit { table.spoil("so many entries") }
        return .table(table)
    }

    /// Evaluates `**value` in a mapping, where it replaces what is before it.
    mutating func spread(_ expression: PythonExpression, into table: PythonTable) {
        if case .table(let other) = value(expression) {
            table.update(with: other)
        } else {
            table.spoil("**\(text(of: expression))")
        }
    }

    /// Evaluates `**value` among arguments, where it names only what no other argument does.
    mutating func unpack(_ expression: PythonExpression, into table: PythonTable) {
        guard case .table(let other) = value(expression) else { return table.add(unknown: "**\(text(of: expression))") }
        for text in other.unknown { table.add(unknown: text) }
        if other.isOpen { table.add(unknown: "**\(text(of: expression))") }
        for entry in other.entries { table.set(entry.key, entry.value, line: entry.line) }
    }

    private mutating func binary(
        _ symbol: String, _ left: PythonExpression, _ right: PythonExpression, _ expression: PythonExpression
    ) -> PythonValue {
        if symbol == "==" || symbol == "!=" {
            let isSame = value(left).isSame(as: value(right))
            return isSame.map { .bool($0 == (symbol == "==")) } ?? .unknown(text(of: expression))
        }
        let first = data(left)
        if symbol == "or" || symbol == "and" {
            if let truth = first.truth { return truth == (symbol == "or") ? first : data(right) }
            branches += 1
            let second = under(branches, 0, text(of: left)) { $0.data(right) }
            if symbol == "or", case .environment(let name, nil) = first, case .text(let text) = second {
                return .environment(name, fallback: text)
            }
            return either(first, second, because: text(of: left))
        }
        let second = data(right)
        switch (symbol, first, second) {
        case ("+", .text(let left), .text(let right)) where left.utf8.count + right.utf8.count < Self.textLimit:
            return .text(left + right)
        case ("+", .list, _), ("+", _, .list), ("|", .list, _), ("|", _, .list):
            let list = PythonList([], conditions: conditions.count)
            for (value, part) in [(first, left), (second, right)] {
                extend(list, with: value, part)
            }
            return .list(list)
        case ("|", .table(let left), .table(let right)):
            let table = PythonTable(conditions: conditions.count)
            table.update(with: left)
            table.update(with: right)
            return .table(table)
        case ("*", .number(let left), .number(let right)):
            let (product, isTooMuch) = left.multipliedReportingOverflow(by: right)
            return isTooMuch ? .unknown(text(of: expression)) : .number(product)
        case ("%", .text(let text), _): return filled(text, second) ?? .unknown(self.text(of: expression))
        default: return .unknown(text(of: expression))
        }
    }

    /// Returns the items of several lists of which only one applies, each as a possible item.
    func perhaps(_ values: [PythonValue], _ reason: String) -> [PythonValue] {
        let lists = values.compactMap { if case .list(let list) = $0 { list } else { nil } }
        let other = lists.count == 1 ? PythonValue.unknown(reason) : .absent
        return lists.flatMap { list in list.items.map { .oneOf([$0, other], because: reason) } }
    }
}
