import HTTPModel

extension Reading {
    func reportEmpty() {
        let example = """
            listen: 0.0.0.0:8080
            upstreams:
              app: http://127.0.0.1:5000
            """
        error("the configuration is empty", at: Place(line: 1, column: 1), help: "the smallest one is\n\n\(example)\n")
    }
}

extension TreeReader {
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
    func report(_ fault: YAMLFault) {
        let problem = fault.problem
        let source = reading.source
        let start = fault.context.map { source.clamp($0.place) }
        var place = source.clamp(fault.place)
        // Beyond the end, or on a later line than what is not complete: the place where that began says more.
        let atEnd = source.index(line: fault.place.line, column: fault.place.column) == nil
        let isUnclosed = problem.hasPrefix("did not find expected ','") || problem == "could not find expected ':'"
        let what = fault.context?.text
        let isName = what == "while scanning an alias" || what == "while scanning an anchor"
        if let start, isName || start.line < place.line && (atEnd || isUnclosed) { place = start }
        let line = source.line(place.line)
        let character = line.dropFirst(place.column - 1).first
        let before = line.prefix(place.column - 1).last { $0 != " " }
        let example = line.string.contains(text: "${") ? "\"${NAME}\"" : "\"{request.id}\""
        let hasBraces = line.contains("$") || before == "}" || line.count { $0 == "{" } > 1
        let quoteBraces = line.contains("{") && hasBraces ? "a value with braces in it needs quotes: \(example)" : nil
        let (message, help): (String, String?) =
            switch problem {
            case _ where what == "while scanning an alias":
                ("an unquoted `*` begins an alias in YAML", "put the whole value in quotes")
            case _ where what == "while scanning an anchor":
                ("an unquoted `&` begins an anchor in YAML", "put the whole value in quotes")
            case _ where problem.contains(text: "tab character"),
                "found character that cannot start any token" where character == "\t":
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
            default: (fault.context.map { "\(problem) (\($0.text))" } ?? problem, nil)
            }
        reading.error(message, at: place, help: help)
    }
}
