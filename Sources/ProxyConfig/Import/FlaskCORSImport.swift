import HeaderPolicy

/// Moving in from flask-cors: its options as `cors` rules.
public enum FlaskCORSImport {
    /// A configuration that loads, with comments that say, by file and line, what did not carry over.
    ///
    /// - Parameters:
    ///   - text: Python source with a call of `CORS` or with `CORS_…` settings; or the options alone, as keyword arguments, as a
    ///     dict or as JSON.
    ///   - file: what comments call it.
    ///   - upstream: where the app is.
    /// - Throws: what is wrong with the text, if there are no options in it.
    public static func yaml(_ text: String, file: String, upstream: String) throws(ConfigurationErrors) -> String {
        guard text.utf8.count <= ConfigurationLoader.sizeLimit else {
            throw ConfigurationErrors([
                Diagnostic(.error, "the file is larger than 8MB", at: SourceLocation(file: file, line: 1, column: 1))
            ])
        }
        var finder = FlaskCORSOptions(text, file: file)
        let sets: [FlaskCORSOptions.Options]
        do throws(Diagnostic) {
            sets = try finder.find()
        } catch {
            throw ConfigurationErrors([error])
        }
        var translator = FlaskCORSTranslator(file: file)
        for (line, text) in finder.notes { translator.draft.note(text, at: "\(file):\(line)") }
        for options in sets { translator.translate(options) }
        translator.draft.title = [
            "From \(file), by `letterhead import flask-cors`. Take flask-cors out of the app when this is in front of it.",
            "Preflights are answered here, also while the app is down, and errors of the app have the fields too.",
        ]
        translator.draft.upstreams = [
            ImportDraft.Upstream(name: "app", servers: [ImportDraft.Server(address: upstream)], origin: "")
        ]
        return try translator.draft.written()
    }
}

/// Finds the options of flask-cors in a text.
struct FlaskCORSOptions {
    struct Options {
        var entries: [PythonLiteral.Entry]
        var line: Int
    }

    private var reader: PythonReader
    private(set) var notes: [(line: Int, text: String)] = []

    init(_ text: String, file: String) { reader = PythonReader(text, file: file) }

    /// The option sets, one for each call; those of `CORS_…` settings come last, as one.
    mutating func find() throws(Diagnostic) -> [Options] {
        reader.skipSpace()
        if reader.current == "{" {
            guard case .table(let entries) = try reader.value() else { throw nothing() }
            return [Options(entries: entries, line: 1)]
        }
        let start = reader.index
        if let bare = try bareArguments() { return [bare] }
        reader.index = start
        return try scan()
    }

    /// Nothing but `origins=…, methods=…`.
    private mutating func bareArguments() throws(Diagnostic) -> Options? {
        let word = reader.name()
        reader.skipSpace()
        guard FlaskCORSTranslator.options.contains(word), reader.current == "=" else { return nil }
        var closed = PythonReader("(" + reader.source.text + "\n)", file: reader.file)
        closed.index = 1
        return Options(entries: try closed.arguments().keywords, line: 1)
    }

    private mutating func scan() throws(Diagnostic) -> [Options] {
        var calls: [Options] = []
        var settings: [PythonLiteral.Entry] = []
        var variables: [String: PythonLiteral] = [:]
        while reader.index < reader.scalars.count {
            reader.skipSpace()
            let line = reader.line
            guard let scalar = reader.current else { break }
            if scalar == "\"" || scalar == "'" {
                // A text that stands alone, or the key of `app.config["CORS_ORIGINS"] = …`.
                let start = reader.index
                guard let value = try? reader.value() else {
                    reader.index = max(reader.index, start + 1)
                    continue
                }
                let isKey = reader.take("]") ? reader.take("=") && reader.current != "=" : reader.take(":")
                if case .text(let key) = value, key.hasPrefix("CORS_"), isKey {
                    settings.append(.init(key: String(key.dropFirst(5)).lowercased(), value: try reader.value(), line: line))
                }
                continue
            }
            guard PythonReader.isName(scalar) else {
                reader.index += 1
                continue
            }
            let name = reader.name()
            reader.skipSpace()
            if ["CORS", "flask_cors.CORS"].contains(name) || name.hasSuffix("cors.init_app"), reader.take("(") {
                let call = try reader.arguments()
                for text in call.spread { notes.append((line, "*\(text.abbreviated): what is in it cannot be told")) }
                calls.append(Options(entries: call.keywords.map { Self.resolved($0, variables) }, line: line))
            } else if name.hasSuffix("cross_origin"), reader.take("(") {
                _ = try reader.arguments()
                notes.append((line, "@\(name): add a `cors` rule with `when: { path: … }` of this view"))
            } else if reader.current == "=", reader.scalars[safe: reader.index + 1] != "=" {
                reader.index += 1
                guard name.hasPrefix("CORS_") || startsLiteral(), let value = try? reader.value() else { continue }
                if name.hasPrefix("CORS_") {
                    settings.append(.init(key: String(name.dropFirst(5)).lowercased(), value: value, line: line))
                } else {
                    variables[name] = value
                }
            } else if name.isEmpty {
                reader.index += 1
            }
        }
        if !settings.isEmpty {
            // A call's own options win over settings.
            guard !calls.isEmpty else { return [Options(entries: settings, line: settings[0].line)] }
            for index in calls.indices {
                let own = Set(calls[index].entries.map(\.key))
                calls[index].entries += settings.filter { !own.contains($0.key) }
            }
        }
        guard !calls.isEmpty else { throw nothing() }
        return calls
    }

    /// Whether a text or a bracket comes, and not a call, in which the options may be.
    private mutating func startsLiteral() -> Bool {
        reader.skipSpace()
        guard let scalar = reader.current else { return false }
        return ["[", "(", "{", "\"", "'"].contains(scalar)
            || (scalar == "r" && ["\"", "'"].contains(reader.scalars[safe: reader.index + 1]))
    }

    /// Variables that were assigned a literal further up are filled in.
    private static func resolved(_ entry: PythonLiteral.Entry, _ variables: [String: PythonLiteral]) -> PythonLiteral.Entry {
        var entry = entry
        entry.value = resolved(entry.value, variables)
        return entry
    }

    private static func resolved(_ value: PythonLiteral, _ variables: [String: PythonLiteral]) -> PythonLiteral {
        switch value {
        case .unknown(let name): variables[name] ?? value
        case .list(let items): .list(items.map { resolved($0, variables) })
        case .table(let entries): .table(entries.map { resolved($0, variables) })
        default: value
        }
    }

    private func nothing() -> Diagnostic {
        reader.error(
            "there are no options of flask-cors here", at: 0,
            help:
                "name the file that calls CORS(app, …) or sets CORS_ORIGINS, or write the options: origins=\"https://app.example\""
        )
    }
}
