import HTTPModel
import HeaderPolicy
package import ProxyConfig

/// Imports the options of flask-cors as `cors` rules.
package enum FlaskCORSImport {
    /// Returns a configuration that loads, with comments that tell, by file and line, what was not carried over.
    ///
    /// - Parameters:
    ///   - text: Python source with calls of `CORS` or with `CORS_…` settings; or only the options, as keyword arguments, as a
    ///     dict or as JSON.
    ///   - file: the name of the text in comments.
    ///   - upstream: the address of the app.
    /// - Throws: the errors in the text, if there are no options in it.
    package static func yaml(_ text: String, file: String, upstream: String) throws(ConfigurationErrors) -> String {
        guard text.utf8.count <= ConfigurationLoader.sizeLimit else {
            throw ConfigurationErrors([
                Diagnostic(.error, "the file is larger than 8MB", at: SourceLocation(file: file, line: 1, column: 1))
            ])
        }
        let source = SourceText(text)
        let tokens: [PythonToken]
        var translator: FlaskCORSTranslator
        do throws(Diagnostic) {
            if let program = optionsAlone(source, file) {
                translator = FlaskCORSTranslator(program, file: file)
                tokens = []
            } else {
                var lexer = PythonLexer(source, file: file)
                tokens = try lexer.read(isEnclosed: false)
                translator = FlaskCORSTranslator(program(tokens, source), file: file)
            }
            let written = fieldsByHand(tokens)
            guard translator.translate() else { throw nothing(source, file, written, translator.strangeSetting) }
            for (line, name) in written {
                translator.draft.note(
                    "\(name) is written by hand here: a `cors` rule replaces it where it applies", at: "\(file):\(line)")
            }
        } catch {
            throw ConfigurationErrors([error])
        }
        translator.draft.title = [
            "From \(file), by `letterhead import flask-cors`. Take flask-cors out of the app when this is in front of it.",
            "Preflights are answered here, also while the app is down, and errors of the app have the headers too.",
        ]
        translator.draft.upstreams = [
            ImportDraft.Upstream(name: "app", servers: [ImportDraft.Server(address: upstream)], origin: "")
        ]
        return try translator.draft.written()
    }

    private static func program(_ tokens: [PythonToken], _ source: SourceText) -> PythonProgram {
        var parser = PythonParser(tokens)
        var program = PythonProgram(source)
        program.run(parser.program())
        if program.calls.isEmpty, program.instances.isEmpty, program.crossOrigins.isEmpty { program.useSettings() }
        return program
    }

    /// Reads a dict, JSON, or only `origins=…, methods=…`.
    private static func optionsAlone(_ source: SourceText, _ file: String) -> PythonProgram? {
        var lexer = PythonLexer(source, file: file)
        guard let tokens = try? lexer.read(isEnclosed: true), let first = tokens.first else { return nil }
        var program = PythonProgram(source)
        let options = PythonTable()
        if first.kind == .symbol("{") {
            var parser = PythonExpressionParser(tokens)
            guard let expression = try? parser.expression(), parser.token.kind == .lineEnd,
                case .table(let table) = program.value(expression)
            else { return nil }
            options.update(with: table)
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

    /// Returns the places where the program writes CORS fields itself.
    private static func fieldsByHand(_ tokens: [PythonToken]) -> [(line: Int, name: String)] {
        var found: [(line: Int, name: String)] = []
        for (index, token) in tokens.enumerated() {
            guard case .text(let text) = token.kind, text.lowercased().hasPrefix("access-control-"),
                !text.contains(text: "request"),
                text.utf8.allSatisfy({ $0 == 0x2D || (0x61...0x7A).contains($0 | 0x20) })
            else { continue }
            // A name in a list of names does not count, as people have it in `allow_headers`.
            let isKey =
                [.symbol("]"), .symbol(":")].contains(tokens[safe: index + 1]?.kind)
                && tokens[safe: index - 1]?.kind != .symbol(",")
            let isArgument = tokens[safe: index - 1]?.kind == .symbol("(") && tokens[safe: index + 1]?.kind == .symbol(",")
            if isKey || isArgument, found.last?.line != token.line { found.append((token.line, text)) }
        }
        return found
    }

    private static func nothing(
        _ source: SourceText, _ file: String, _ written: [(line: Int, name: String)], _ setting: (name: String, line: Int)?
    ) -> Diagnostic {
        let line = written.first?.line ?? setting?.line ?? 1
        let isStarlettes = source.text.contains(text: "CORSMiddleware")
        let help =
            setting.map {
                ["CORS_ALLOWED_ORIGINS", "CORS_ALLOW_ALL_ORIGINS", "CORS_ALLOW_CREDENTIALS"].contains($0.name)
                    ? "\($0.name) is django-cors-headers': write a `cors` rule, as in \(Documentation.reference("cookbook.md"))#django"
                    : "\($0.name) is no setting of flask-cors, which reads CORS_ORIGINS, CORS_METHODS and so on"
            }
            ?? (isStarlettes
                ? "CORSMiddleware is Starlette's: a `cors` rule has the same keys, `allow_origins`, `allow_methods`, `allow_headers`, "
                    + "`allow_credentials`, `expose_headers` and `max_age`" : nil)
            ?? written.first.map {
                "\($0.name) is written by hand here: write a `cors` rule for it, as in \(Documentation.reference("cors.md"))"
            }
            ?? "name the file that calls CORS(app, …) or sets CORS_ORIGINS, or write the options: origins=\"https://app.example\""
        return Diagnostic(
            .error, "there are no options of flask-cors here", at: SourceLocation(file: file, line: line, column: 1),
            suggestion: help, line: source.line(line).string)
    }
}

extension PythonProgram {
    /// Uses a file of settings: those that flask-cors reads, as if an app had them and called `CORS(app)`. Of several classes,
    /// the first with any counts.
    mutating func useSettings() {
        let scopes = [(name: "", scope: scope)] + types.map { (name: $0.name, scope: $0.scope) }
        let settings = scopes.filter { found in found.scope.order.contains { Self.isSetting($0) } }
        guard let first = settings.first else { return }
        let app = app(called: "app")
        for name in first.scope.order where name.hasPrefix("CORS_") {
            guard let value = first.scope.names[name] else { continue }
            app.config.set(.text(name), value, line: first.scope.lines[name] ?? 1)
        }
        let line = first.scope.order.first { Self.isSetting($0) }.flatMap { first.scope.lines[$0] } ?? 1
        note("CORS is not called here: taken for settings of an app that calls `CORS(app)`", at: line, .small)
        for other in settings.dropFirst() {
            let line = other.scope.order.first { Self.isSetting($0) }.flatMap { other.scope.lines[$0] } ?? 1
            note(
                "the settings of `\(other.name)` are left out: those of line \(first.scope.lines.values.min() ?? 1) are taken",
                at: line, .answer)
        }
        calls = [FlaskCall(owner: .app(app), options: [app.config], line: line, conditions: [])]
    }

    private static func isSetting(_ name: String) -> Bool {
        name.hasPrefix("CORS_") && FlaskCORSOptions.names.contains(name.dropFirst(5).lowercased())
    }
}
