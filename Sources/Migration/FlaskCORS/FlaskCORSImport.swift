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
            guard translator.translate() else { throw nothing(source, file, written, translator.program) }
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
        let isOurs = !source.text.contains(text: "CORSMiddleware") && !source.text.contains(text: "corsheaders")
        if isOurs, program.calls.isEmpty, program.instances.isEmpty, program.crossOrigins.isEmpty { program.useSettings() }
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
}
