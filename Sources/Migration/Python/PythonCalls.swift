import HTTPModel

/// Evaluates calls.
extension PythonProgram {
    mutating func call(
        _ callee: PythonExpression, _ arguments: [PythonArgument], _ expression: PythonExpression
    ) -> PythonValue {
        line = expression.line
        return call(value(callee), arguments, expression)
    }

    private mutating func call(
        _ callee: PythonValue, _ arguments: [PythonArgument], _ expression: PythonExpression
    ) -> PythonValue {
        switch callee {
        case .function(let function): return call(function, arguments)
        case .bound(let function, let receiver): return call(function, arguments, receiver: receiver)
        case .either(let values, let reason):
            return eachWay(values, reason) { $0.call($1, arguments, expression) }
        case .type(let type): return make(type, arguments, expression)
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
        case .unknown("super"):
            evaluate(arguments)
            return above() ?? .unknown(text(of: expression))
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
    mutating func evaluate(_ arguments: [PythonArgument]) { for argument in arguments { _ = data(argument.value) } }

    /// Evaluates access to an attribute by a text.
    private mutating func reflect(
        _ name: String, _ arguments: [PythonArgument], _ expression: PythonExpression
    ) -> PythonValue? {
        let first = arguments.first?.value
        let ownScope = { (program: PythonProgram) -> PythonScope in
            var scope = program.scope
            while name != "locals", let parent = scope.parent { scope = parent }
            return scope
        }
        switch name {
        case "globals", "locals", "exec": ownScope(self).spoil(text(of: expression))
        case "vars", "setattr", "delattr":
            guard arguments.count < 2 || value(arguments[1].value).text == nil else { break }
            (first.flatMap { Self.attributes(of: value($0)) } ?? ownScope(self)).spoil(text(of: expression))
        default: break
        }
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
        if Self.makesApp(name) { return .app(makeApp(arguments)) }
        if ["Blueprint", "APIBlueprint"].contains(last) { return makeBlueprint(arguments) }
        let values = arguments.map { data($0.value) }
        switch (name, values.first) {
        case ("os.getenv", .text(let variable)?), ("os.environ.get", .text(let variable)?):
            return .environment(variable, fallback: values.count > 1 ? values[1].text : nil)
        case ("re.compile", .text(let text)?):
            let flags = arguments.dropFirst().map { self.text(of: $0.value) }
            return .expression(text, ignoresCase: flags.contains { $0.hasSuffix(".I") || $0.hasSuffix(".IGNORECASE") })
        case ("datetime.timedelta", _), ("datetime.datetime.timedelta", _):
            return duration(arguments, values).map { .duration($0) } ?? .unknown(text(of: expression))
        case ("list", .list(let list)?), ("tuple", .list(let list)?):
            return .list(PythonList(list.items, conditions: conditions.count, hasOrder: list.hasOrder))
        case ("set", .list(let list)?), ("frozenset", .list(let list)?):
            return .list(PythonList(list.items, conditions: conditions.count, hasOrder: false))
        case ("sorted", .list(let list)?):
            let sorted = PythonList(list.items, conditions: conditions.count)
            sorted.sort(isPlain: arguments.count == 1)
            return .list(sorted)
        case ("list", nil), ("set", nil), ("tuple", nil), ("frozenset", nil):
            return .list(PythonList([], conditions: conditions.count))
        case ("str", .text(let text)?): return .text(text)
        case ("dict", _):
            let table = PythonTable(conditions: conditions.count)
            for (argument, value) in zip(arguments, values) {
                if argument.name == nil {
                    spread(argument.value, into: table)
                } else if argument.name == "**" {
                    unpack(argument.value, into: table)
                } else if argument.name == "*" {
                    table.spoil("*\(text(of: argument.value))")
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

    /// Whether a library's name is that of a class of apps.
    static func makesApp(_ library: String) -> Bool {
        ["Flask", "APIFlask", "Quart"].contains(library.split(separator: ".").last ?? "")
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
}
