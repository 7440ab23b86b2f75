import HeaderPolicy
import ProxyConfig

/// Reads options that stand alone.
extension FlaskCORSImport {
    /// Reads a dict, JSON, or only `origins=…, methods=…`.
    static func optionsAlone(_ source: SourceText, _ file: String) -> PythonProgram? {
        var lexer = PythonLexer(source, file: file)
        guard let tokens = try? lexer.read(isEnclosed: true), let first = tokens.first else { return nil }
        var program = PythonProgram(source)
        let options = PythonTable()
        if first.kind == .symbol("{") {
            var parser = PythonExpressionParser(tokens)
            guard let expression = try? parser.expression(), parser.token.kind == .lineEnd,
                case .table(let table) = program.value(expression)
            else { return nil }
            guard take(table, options, program.app(called: "app").config) else { return nil }
        } else {
            guard case .name(let name) = first.kind, FlaskCORSOptions.names.contains(name) else { return nil }
            // A parenthesis at the end of the text closes the arguments, which nothing opened.
            let closed =
                tokens.dropLast(2) + [PythonToken(kind: .symbol(")"), line: first.line, range: first.range)] + tokens.suffix(2)
            var parser = PythonExpressionParser(Array(closed))
            guard let arguments = try? parser.arguments(), parser.token.kind == .lineEnd else { return nil }
            for argument in arguments {
                guard let name = argument.name, name != "*", name != "**" else { return nil }
                options.set(.text(name), program.data(argument.value), line: argument.value.line)
            }
        }
        let app = program.app(called: "app")
        program.calls = [FlaskCall(owner: .app(app), options: [options, app.config], line: first.line, conditions: [])]
        return program
    }

    /// Takes a dict for options if it has the name of one, or for resources if its keys are paths; returns false if it is neither.
    private static func take(_ table: PythonTable, _ options: PythonTable, _ config: PythonTable) -> Bool {
        if hasOption(table) {
            for text in table.unknown { options.add(unknown: text) }
            for entry in table.entries {
                // Settings may be written among them, as they are for an app.
                let isSetting = entry.key.text.flatMap { FlaskCORSOptions.option(ofSetting: $0) } != nil
                (isSetting ? config : options).set(entry.key, entry.value, line: entry.line)
            }
            return true
        }
        let arePaths = table.entries.allSatisfy { entry in
            guard case .table(let own) = entry.value, own.entries.isEmpty || hasOption(own) else { return false }
            if case .expression = entry.key { return true }
            return entry.key.text.map { $0 == "*" || $0.hasPrefix("/") || $0.hasPrefix("^/") } ?? false
        }
        let hasOptions = table.entries.contains { if case .table(let own) = $0.value { hasOption(own) } else { false } }
        guard arePaths, hasOptions else { return false }
        options.set(.text("resources"), .table(table), line: table.entries.first?.line ?? 1)
        return true
    }

    private static func hasOption(_ table: PythonTable) -> Bool {
        table.entries.contains { entry in
            entry.key.text.map { FlaskCORSOptions.names.contains($0) || FlaskCORSOptions.option(ofSetting: $0) != nil } ?? false
        }
    }
}
