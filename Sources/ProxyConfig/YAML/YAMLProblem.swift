internal import Yams

extension TreeReader {
    /// What the smallest useful file looks like.
    static let example = """
        listen: 0.0.0.0:8080
        upstreams:
          app: http://127.0.0.1:5000
        """

    func reportEmpty() {
        reading.error(
            "the configuration is empty", at: Place(line: 1, column: 1), help: "the smallest one is\n\n\(Self.example)\n")
    }

    /// YAML allows printable characters only. Line separators beyond CR and LF are refused as well: editors disagree on
    /// whether they count as lines.
    func checkCharacters() -> Bool {
        for (index, scalar) in reading.source.scalars.enumerated() {
            switch scalar.value {
            case 0x20...0x7E, 0x0A, 0x0D, 0x09, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...:
                continue
            default:
                let hex = String(scalar.value, radix: 16, uppercase: true)
                let code = String(repeating: "0", count: max(0, 4 - hex.count)) + hex
                reading.error(
                    "the character U+\(code) cannot stand in YAML", at: reading.source.place(of: index),
                    help: "remove it; in double quotes it can be written as \"\\u\(code)\"")
                return false
            }
        }
        return true
    }

    /// libyaml's words, made ours.
    func report(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            report(problem, mark, context)
        case .memory: reading.error("this is nested too deeply", at: Place(line: 1, column: 1))
        default: reading.error("\(error)", at: Place(line: 1, column: 1))
        }
    }

    private func report(_ problem: String, _ mark: Mark, _ context: YamlError.Context?) {
        let source = reading.source
        let start = context.map { source.clamp(Place(line: $0.mark.line, column: $0.mark.column)) }
        var place = source.clamp(Place(line: mark.line, column: mark.column))
        // Beyond the end, or on a later line than what is not complete: the place where that began says more.
        let atEnd = source.index(line: mark.line, column: mark.column) == nil
        let isUnclosed = problem.hasPrefix("did not find expected ','") || problem == "could not find expected ':'"
        if let start, start.line < place.line, atEnd || isUnclosed { place = start }
        let line = source.line(place.line)
        let character = line.dropFirst(place.column - 1).first
        let before = line.prefix(place.column - 1).last { $0 != " " }
        let example = line.string.contains("${") ? "\"${NAME}\"" : "\"{request.id}\""
        let hasBraces = line.contains("$") || before == "}" || line.count { $0 == "{" } > 1
        let quoteBraces = line.contains("{") && hasBraces ? "a value with braces in it needs quotes: \(example)" : nil
        let (message, help): (String, String?) =
            switch problem {
            case _ where problem.contains("tab character"), "found character that cannot start any token" where character == "\t":
                ("a tab cannot indent YAML", "use spaces")
            case "found character that cannot start any token":
                ("a value cannot begin with `\(character.map(String.init) ?? "")`", "put the whole value in quotes")
            case "mapping values are not allowed in this context":
                ("a `:` is not allowed here", "put the value in quotes if the `:` is part of it, else check the indentation")
            case "block sequence entries are not allowed in this context":
                ("a list cannot begin here", "begin it on the next line, or write it as [a, b]")
            case "could not find expected ':'": ("a `key: value` is expected here", "write a `:` and a space behind the key")
            case "did not find expected ',' or ']'":
                ("the list that begins on line \(start?.line ?? place.line) lacks a `,` or `]`", quoteBraces)
            case "did not find expected ',' or '}'":
                ("the mapping that begins on line \(start?.line ?? place.line) lacks a `,` or `}`", quoteBraces)
            case "did not find expected key" where before == "}" || before == "]":
                ("nothing can follow the `\(before.map(String.init) ?? "")` here", quoteBraces)
            case "did not find expected key", "did not find expected '-' indicator", "did not find expected <document start>":
                (
                    "this does not fit the lines above it",
                    "check the indentation: the lines of one mapping or list begin in the same column"
                )
            case "did not find expected node content" where atEnd:
                ("the file ends inside a list or mapping", "close it with `]` or `}`")
            case "did not find expected node content": ("a value is expected here", nil)
            case "found unexpected end of stream": ("the quoted text that begins here is not closed", "add the closing quote")
            case "found unknown escape character":
                ("this is not an escape of a double-quoted text", "write `\\\\` for a backslash, or use single quotes")
            case "but found another document":
                ("the file holds more than one YAML document", "remove the `---` between them")
            case _ where problem.hasPrefix("Maximum nesting level"): ("this is nested too deeply", nil)
            default: (context.map { "\(problem) (\($0.text))" } ?? problem, nil)
            }
        reading.error(message, at: place, help: help)
    }
}
