import HTTPModel

/// Evaluates calls.
extension PythonProgram {
    mutating func call(
        _ callee: PythonExpression, _ arguments: [PythonArgument], _ expression: PythonExpression
    ) -> PythonValue {
        line = expression.line
        switch value(callee) {
        case .function(let function): return call(function, arguments)
        case .type(let type):
            evaluate(arguments)
            return .type(type)
        case .library(let name): return library(name, arguments, expression)
        case .method(let base, let name): return method(name, of: base, arguments, expression)
        case .crossOrigin(let options):
            guard let argument = arguments.first else { return .unknown(text(of: expression)) }
            return decorated(value(argument.value), options) ?? .unknown(text(of: expression))
        case .route(let route):
            guard let argument = arguments.first else { return .unknown(text(of: expression)) }
            let view = value(argument.value)
            serve(view, at: route)
            return view
        case .unknown(let name):
            if let value = reflect(name, arguments, expression) { return value }
            let values = arguments.map { data($0.value) }
            suspect(name, expression)
            mayChange(values, by: name, expression)
            return .unknown(text(of: expression))
        default:
            evaluate(arguments)
            return .unknown(text(of: expression))
        }
    }

    /// Evaluates arguments for their side effects.
    private mutating func evaluate(_ arguments: [PythonArgument]) { for argument in arguments { _ = data(argument.value) } }

    /// Evaluates access to an attribute by a text.
    private mutating func reflect(
        _ name: String, _ arguments: [PythonArgument], _ expression: PythonExpression
    ) -> PythonValue? {
        guard ["getattr", "setattr", "delattr"].contains(name), arguments.count > 1,
            let attribute = value(arguments[1].value).text
        else { return nil }
        let target = PythonExpression(
            kind: .attribute(arguments[0].value, attribute), line: expression.line, range: expression.range)
        switch (name, arguments.count) {
        case ("getattr", _): return value(target)
        case ("setattr", 3): assign(data(arguments[2].value), to: target)
        default: assign(.unknown(text(of: expression)), to: target)
        }
        return PythonValue.none
    }

    // MARK: Libraries

    private mutating func library(
        _ name: String, _ arguments: [PythonArgument], _ expression: PythonExpression
    ) -> PythonValue {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        if name.hasPrefix("flask_cors.") || name.hasPrefix("flask.ext.cors.") {
            if last == "CORS" { return makeInstance(arguments, expression) }
            if last == "cross_origin" { return makeDecorator(arguments, expression) }
        }
        if ["init_app", "route", "register_blueprint", "add_url_rule"].contains(last) {
            return flask(last, of: .library(String(name.dropLast(last.count + 1))), arguments, expression)
        }
        if ["Flask", "APIFlask", "Quart"].contains(last) {
            evaluate(arguments)
            let app = FlaskApp("", line: line, isKnown: true)
            apps.append(app)
            return .app(app)
        }
        if ["Blueprint", "APIBlueprint"].contains(last) {
            let prefix = arguments.first { $0.name == "url_prefix" }.map { data($0.value) } ?? .none
            let blueprint = FlaskBlueprint("", line: line, prefix: prefix)
            if blueprints.count < Self.itemLimit { blueprints.append(blueprint) }
            return .blueprint(blueprint)
        }
        let values = arguments.map { data($0.value) }
        switch (name, values.first) {
        case ("os.getenv", .text(let variable)?), ("os.environ.get", .text(let variable)?):
            return .environment(variable, fallback: values.count > 1 ? values[1].text : nil)
        case ("re.compile", .text(let text)?):
            let flags = arguments.dropFirst().map { self.text(of: $0.value) }
            return .expression(text, ignoresCase: flags.contains { $0.hasSuffix(".I") || $0.hasSuffix(".IGNORECASE") })
        case ("datetime.timedelta", _), ("datetime.datetime.timedelta", _):
            return duration(arguments, values).map { .duration($0) } ?? .unknown(text(of: expression))
        case ("list", .list(let list)?), ("tuple", .list(let list)?), ("set", .list(let list)?), ("frozenset", .list(let list)?),
            ("sorted", .list(let list)?):
            return .list(PythonList(list.items, conditions: conditions.count))
        case ("list", nil), ("set", nil), ("tuple", nil), ("frozenset", nil):
            return .list(PythonList([], conditions: conditions.count))
        case ("str", .text(let text)?): return .text(text)
        case ("dict", _):
            let table = PythonTable(conditions: conditions.count)
            for (argument, value) in zip(arguments, values) {
                if argument.name == nil || argument.name == "**" {
                    spread(argument.value, into: table)
                } else if let name = argument.name {
                    table.set(.text(name), value, line: argument.value.line)
                }
            }
            return .table(table)
        default:
            suspect(name, expression)
            mayChange(values, by: name, expression)
            return .unknown(text(of: expression))
        }
    }

    private func duration(_ arguments: [PythonArgument], _ values: [PythonValue]) -> Int? {
        let units = ["days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1, "weeks": 604_800]
        var seconds = 0
        for (place, argument) in arguments.enumerated() {
            let unit = argument.name ?? (place == 0 ? "days" : place == 1 ? "seconds" : "")
            guard let factor = units[unit], case .number(let number) = values[place], number.magnitude < 1_000_000_000 else {
                return nil
            }
            seconds += factor * number
        }
        return seconds
    }

    // MARK: Methods

    private mutating func method(
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
            var made: [PythonValue] = []
            for value in values {
                if case .text(let text) = value, let result = method(name, of: text, arguments.map({ data($0.value) })) {
                    made.append(result)
                } else {
                    made.append(.unknown(text(of: expression)))
                }
            }
            return .oneOf(made, because: reason)
        case .type(let type) where name == "as_view":
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
            guard let key = arguments.first.flatMap({ value($0.value).text }) else { return .unknown(text(of: expression)) }
            if let entry = table[key] { return entry.value }
            guard table.unknown.isEmpty else { return .unknown(text(of: expression)) }
            let fallback = arguments.count > 1 ? data(arguments[1].value) : .none
            if name == "setdefault" { table.set(.text(key), fallback, line: line, because: because) }
            return fallback
        case "update", "from_mapping":
            for argument in arguments {
                if let key = argument.name, key != "**", key != "*" {
                    table.set(.text(key), data(argument.value), line: argument.value.line, because: because)
                } else {
                    let other = PythonTable()
                    spread(argument.value, into: other)
                    table.update(with: other, because: because)
                }
            }
        case "from_object":
            guard let argument = arguments.first else { break }
            switch value(argument.value) {
            case .type(let type): set(type.scope, in: table, because)
            case .library("__name__"): set(scope, in: table, because)
            default: table.unknown.append(text(of: argument.value))
            }
        case "from_pyfile", "from_json", "from_file", "from_envvar", "from_prefixed_env":
            table.unknown.append(text(of: expression))
        case "copy":
            return .table(
                { table in
                    let copy = PythonTable(); copy.update(with: table); return copy
                }(table))
        case "keys": return .list(PythonList(table.entries.map(\.key), conditions: conditions.count))
        case "values": return .list(PythonList(table.entries.map(\.value), conditions: conditions.count))
        case "items": return .list(PythonList(table.entries.map { .list(PythonList([$0.key, $0.value])) }))
        case "pop" where !arguments.isEmpty:
            let key = value(arguments[0].value)
            let value = key.text.flatMap { table[$0]?.value } ?? .unknown(text(of: expression))
            take(key, outOf: table, expression)
            return value
        case "clear" where because == nil: table.removeAll()
        case "pop", "clear", "popitem":
            evaluate(arguments)
            table.unknown.append(text(of: expression))
        default: evaluate(arguments)
        }
        return .none
    }

    /// Sets the names in capitals, as `from_object` does.
    private func set(_ scope: PythonScope, in table: PythonTable, _ because: String?) {
        for name in scope.order where name == name.uppercased() {
            guard let value = scope.names[name] else { continue }
            table.set(.text(name), value, line: scope.lines[name] ?? line, because: because)
        }
    }
}
