import HTTPModel

extension Reading {
    func reportEmpty() {
        let example = """
            listen: 127.0.0.1:8080
            upstreams:
              app: http://127.0.0.1:5000
            """
        error("the configuration is empty", at: Place(line: 1, column: 1), help: "the smallest one is\n\n\(example)\n")
    }
}

extension TreeReader {
    /// Checks that all characters are printable, as YAML demands. Line separators other than CR and LF are refused as well,
    /// because editors disagree on whether they count as lines.
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

    /// libyaml's messages about a line that does not continue the lines above it.
    private static let misfits: Set = [
        "did not find expected key", "did not find expected '-' indicator", "did not find expected <document start>",
    ]

    /// Reports an error in clearer words than libyaml's.
    func report(_ fault: YAMLFault) {
        let problem = fault.problem
        let source = reading.source
        let start = fault.context.map { source.clamp($0.place) }
        var place = source.clamp(fault.place)
        // If the error is beyond the end, or on a later line than the unfinished construct, the beginning of that construct says
        // more.
        let atEnd = source.index(line: fault.place.line, column: fault.place.column) == nil
        let isUnclosed = problem.hasPrefix("did not find expected ','") || problem == "could not find expected ':'"
        let what = fault.context?.text
        let isName = what == "while scanning an alias" || what == "while scanning an anchor"
        let lacksValue = problem == "did not find expected node content"
        let lines = [min(start?.line ?? place.line, place.line)] + (lacksValue ? [place.line - 1] : [])
        if isUnclosed || atEnd || lacksValue, let hidden = lines.compactMap(valueBehindHash).first {
            return reading.error(
                "` #` begins a comment in YAML, which hides the rest of the line", at: hidden.place, help: hidden.help)
        }
        let isOpenText = problem == "found unexpected end of stream"
        if let start, isName || isOpenText || start.line < place.line && (atEnd || isUnclosed) { place = start }
        if problem == "mapping values are not allowed in this context", let key = keyWithoutColon(above: place.line) {
            return reading.error(
                "a `:` and a space have to follow the key `\(key.name.abbreviated)`", at: key.place,
                help: "write `\(key.name.abbreviated): \(key.value.abbreviated)`")
        }
        let line = source.line(place.line)
        let character = line.dropFirst(place.column - 1).first.map { $0 == "`" ? "a backquote" : "`\($0)`" } ?? "nothing"
        let meant = source.meantValue(at: place, isInMapping: (start?.line ?? place.line) < place.line)
        let quote = meant?.help ?? "quote the value"
        let isCut = meant.map { place.column < $0.place.column + $0.place.width } ?? false
        let isTwo = isCut ? meant.map { "`\($0.text.abbreviated)` is not one value in YAML" } : nil
        let mayBeTwo = meant.map { one in [": ", " \"", " '"].contains { one.text.contains(text: $0) } } ?? false
        let orComma = mayBeTwo ? "\(quote), or put a `,` between two entries" : quote
        let (message, help): (String, String?) =
            switch problem {
            case _ where what == "while scanning an alias": ("an unquoted `*` begins an alias in YAML", quote)
            case _ where what == "while scanning an anchor": ("an unquoted `&` begins an anchor in YAML", quote)
            case _ where problem.contains(text: "tab character"),
                "found character that cannot start any token" where character == "`\t`":
                ("a tab cannot indent YAML", "use spaces")
            case "found character that cannot start any token": ("a value cannot begin with \(character)", quote)
            case "mapping values are not allowed in this context":
                (
                    "a `:` is not allowed here",
                    "\(quote)\(meant == nil ? " if the `:` is part of it" : ""), or check the indentation"
                )
            case "block sequence entries are not allowed in this context":
                ("a list cannot begin here", "begin it on the next line, or write it as [a, b]")
            case "could not find expected ':'": ("a `key: value` is expected here", "write a `:` and a space behind the key")
            case "did not find expected ',' or ']'":
                (
                    isTwo ?? "the list that begins on line \(start?.line ?? place.line) lacks a `,` or `]`",
                    isTwo.map { _ in orComma } ?? "put a `,` between its entries, and `]` behind the last"
                )
            case "did not find expected ',' or '}'":
                (
                    isTwo ?? "the mapping that begins on line \(start?.line ?? place.line) lacks a `,` or `}`",
                    isTwo.map { _ in orComma } ?? "put a `,` between its entries, and `}` behind the last"
                )
            case _ where Self.misfits.contains(problem) && (character == "`}`" || character == "`]`"):
                ("this \(character) closes nothing", "take it away; if it is part of a value, \(quote)")
            case "did not find expected key" where isCut && meant?.text.first.map { $0 == "\"" || $0 == "'" } ?? false:
                (isTwo ?? "", quote)
            case "found unexpected ':'": ("a `:` is not allowed here", quote)
            case "did not find expected key" where meant.map { $0.text.hasPrefix("{") || $0.text.hasPrefix("[") } ?? false:
                (isTwo ?? "", quote)
            case _ where Self.misfits.contains(problem):
                (
                    "this does not fit the lines above it",
                    "check the indentation: the lines of one mapping or list begin in the same column"
                )
            case "did not find expected node content" where atEnd:
                ("the file ends inside a list or mapping", "close it with `]` or `}`")
            case "did not find expected node content" where meant != nil: ("a value cannot begin with \(character)", quote)
            case "did not find expected node content": ("a value is expected here", "write one, or take away the `,` before it")
            case "found unexpected end of stream": ("the quoted text that begins here is not closed", "add the closing quote")
            case "found unknown escape character":
                ("this is not an escape of a double-quoted text", "write `\\\\` for a backslash, or use single quotes")
            default: (fault.context.map { "\(problem) (\($0.text))" } ?? problem, nil)
            }
        reading.error(message, at: place, help: help)
    }

    /// A line `key value`, just above one that has its colon: YAML takes both for one text.
    private func keyWithoutColon(above line: Int) -> (name: String, value: String, place: Place)? {
        let text = reading.source.line(line - 1).string
        let indent = text.prefix { $0 == " " }.count
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard indent == reading.source.line(line).prefix(while: { $0 == " " }).count, words.count == 2,
            words[0].utf8.allSatisfy({ (0x61...0x7A).contains($0) || $0 == 0x5F }),
            !words[1].contains(text: ": "), !words[1].hasSuffix(":")
        else { return nil }
        return (words[0], words[1], Place(line: line - 1, column: indent + 1))
    }

    /// A value with ` #` in it, or at its beginning, on a line where a list or mapping would end behind it.
    private func valueBehindHash(_ number: Int) -> MeantValue? {
        let line = reading.source.line(number)
        guard let hash = line.indices.dropFirst().first(where: { line[$0] == "#" && line[$0 - 1] == " " }),
            line[hash...].contains(where: { $0 == "}" || $0 == "]" })
        else { return nil }
        return reading.source.meantValue(at: Place(line: number, column: hash - line.startIndex + 1))
    }
}
