import HeaderPolicy

/// A value written out in Python, or in JSON.
indirect enum PythonLiteral: Hashable {
    case text(String)
    /// `re.compile("…")`
    case expression(String)
    case number(Int)
    case bool(Bool)
    case none
    case list([PythonLiteral])
    case table([Entry])
    /// Something that only running the program would tell: its text.
    case unknown(String)

    struct Entry: Hashable {
        var key: String
        var value: PythonLiteral
        var line: Int
    }
}

/// Reads literals, and the keyword arguments of a call, from Python source.
struct PythonReader {
    static let depthLimit = 32

    let file: String
    let source: SourceText
    let scalars: [Unicode.Scalar]
    var index = 0

    init(_ text: String, file: String) {
        self.file = file
        source = SourceText(text)
        scalars = source.scalars
    }

    var line: Int { source.place(of: min(index, scalars.count)).line }
    var current: Unicode.Scalar? { scalars[safe: index] }

    /// Space, comments, and line ends that a backslash takes away.
    mutating func skipSpace() {
        while let scalar = current {
            switch scalar {
            case " ", "\t", "\r", "\n": index += 1
            case "\\" where scalars[safe: index + 1] == "\n": index += 2
            case "#": while let scalar = current, scalar != "\n" { index += 1 }
            default: return
            }
        }
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard current == scalar else { return false }
        index += 1
        return true
    }

    /// A name with dots, or nothing.
    mutating func name() -> String {
        let start = index
        while let scalar = current, Self.isName(scalar) || (scalar == "." && index > start) { index += 1 }
        return scalars[start..<index].string
    }

    static func isName(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x80 && (scalar.properties.isAlphabetic || scalar == "_" || (0x30...0x39).contains(scalar.value))
    }

    // MARK: Values

    mutating func value(depth: Int = 0) throws(Diagnostic) -> PythonLiteral {
        skipSpace()
        let start = index
        guard depth < Self.depthLimit else { throw error("values are more than \(Self.depthLimit) deep", at: start) }
        var value = try primary(depth)
        skipSpace()
        // `"a" "b"` is one text; `"a" + b` and `x or y` are for Python to know.
        while case .text(let text) = value, let scalar = current, scalar == "\"" || scalar == "'" {
            guard case .text(let more) = try primary(depth) else { break }
            value = .text(text + more)
            skipSpace()
        }
        if let scalar = current, ![",", ")", "]", "}", ":", ";"].contains(scalar), !endsLine(before: index, from: start) {
            try skipExpression()
            return .unknown(scalars[start..<index].string)
        }
        return value
    }

    /// Whether a line ended between the value and what stands at `index`: then that is the next statement.
    private func endsLine(before index: Int, from start: Int) -> Bool {
        var place = index
        while place > start, [" ", "\t", "\r", "\n"].contains(scalars[place - 1]) {
            place -= 1
            if scalars[place] == "\n" { return true }
        }
        return index >= scalars.count
    }

    private mutating func primary(_ depth: Int) throws(Diagnostic) -> PythonLiteral {
        let start = index
        guard let scalar = current else { throw error("a value is missing here", at: start) }
        switch scalar {
        case "\"", "'": return .text(try text(isRaw: false))
        case "[", "(": return try list(closing: scalar == "[" ? "]" : ")", depth)
        case "{": return try table(depth)
        case "-", "0"..."9": return number()
        default: break
        }
        let word = name()
        if !word.isEmpty, let quote = current, quote == "\"" || quote == "'" {
            let prefix = word.lowercased()
            guard ["r", "b", "u", "rb", "br"].contains(prefix) else {
                _ = try text(isRaw: prefix.contains("r"))
                return .unknown(scalars[start..<index].string)
            }
            return .text(try text(isRaw: prefix.contains("r")))
        }
        switch word {
        case "True", "true": return .bool(true)
        case "False", "false": return .bool(false)
        case "None", "null": return .none
        default: break
        }
        guard !word.isEmpty else {
            throw error("this is no value: \(scalar == "\n" ? "a line end" : "`\(scalar)`")", at: start)
        }
        skipBlanks()
        guard current == "(" else { return .unknown(word) }
        index += 1
        let call = try arguments(depth + 1)
        return Self.called(word, call) ?? .unknown(scalars[start..<index].string)
    }

    private mutating func skipBlanks() { while current == " " || current == "\t" { index += 1 } }

    /// What is known of calls: expressions, sets and durations.
    private static func called(_ name: String, _ call: Arguments) -> PythonLiteral? {
        switch name {
        case "re.compile": if case .text(let text)? = call.positional.first { return .expression(text) }
        case "set", "list", "tuple", "frozenset": return call.positional.first ?? .list([])
        case "dict" where call.positional.isEmpty: return .table(call.keywords)
        case "timedelta", "datetime.timedelta":
            let units = ["days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1, "weeks": 604_800]
            var seconds = 0
            for entry in call.keywords {
                guard let unit = units[entry.key], case .number(let number) = entry.value, abs(number) < 1_000_000_000 else {
                    return nil
                }
                seconds += unit * number
            }
            return .number(seconds)
        default: break
        }
        return nil
    }

    struct Arguments {
        var positional: [PythonLiteral] = []
        var keywords: [PythonLiteral.Entry] = []
        /// `**options`, by text.
        var spread: [String] = []
    }

    /// The arguments of a call; `index` stands behind its parenthesis, and then behind the closing one.
    mutating func arguments(_ depth: Int = 0) throws(Diagnostic) -> Arguments {
        let opened = index - 1
        var arguments = Arguments()
        while true {
            if take(")") { return arguments }
            guard index < scalars.count else { throw error("this `(` is never closed", at: opened) }
            if take("*") {
                _ = take("*")
                let start = index
                try skipExpression()
                arguments.spread.append(scalars[start..<index].string)
            } else {
                let start = index
                let line = line
                let word = name()
                skipSpace()
                if !word.isEmpty, current == "=", scalars[safe: index + 1] != "=" {
                    index += 1
                    arguments.keywords.append(.init(key: word, value: try value(depth: depth + 1), line: line))
                } else {
                    index = start
                    arguments.positional.append(try value(depth: depth + 1))
                }
            }
            skipSpace()
            guard take(",") || current == ")" else {
                throw error(
                    index < scalars.count ? "a comma is missing here" : "this `(` is never closed",
                    at: index < scalars.count ? index : opened)
            }
        }
    }

    private mutating func list(closing: Unicode.Scalar, _ depth: Int) throws(Diagnostic) -> PythonLiteral {
        let opened = index
        index += 1
        var items: [PythonLiteral] = []
        var hasComma = false
        while true {
            if take(closing) {
                // A text in parentheses is that text.
                if closing == ")", items.count == 1, !hasComma { return items[0] }
                return .list(items)
            }
            guard index < scalars.count else { throw error("this bracket is never closed", at: opened) }
            items.append(try value(depth: depth + 1))
            if take(",") {
                hasComma = true
            } else {
                skipSpace()
                guard current == closing else {
                    throw error(
                        index < scalars.count ? "a comma is missing here" : "this bracket is never closed",
                        at: index < scalars.count ? index : opened)
                }
            }
        }
    }

    /// A dict, or a set.
    private mutating func table(_ depth: Int) throws(Diagnostic) -> PythonLiteral {
        let opened = index
        index += 1
        var entries: [PythonLiteral.Entry] = []
        var items: [PythonLiteral] = []
        while true {
            if take("}") { return items.isEmpty ? .table(entries) : .list(items) }
            guard index < scalars.count else { throw error("this bracket is never closed", at: opened) }
            let line = line
            let key = try value(depth: depth + 1)
            if take(":") {
                let value = try value(depth: depth + 1)
                if case .text(let text) = key { entries.append(.init(key: text, value: value, line: line)) }
                if case .expression(let text) = key { entries.append(.init(key: text, value: value, line: line)) }
            } else {
                items.append(key)
            }
            skipSpace()
            guard take(",") || current == "}" else {
                throw error(index < scalars.count ? "a comma is missing here" : "this bracket is never closed", at: opened)
            }
        }
    }

    private mutating func number() -> PythonLiteral {
        let start = index
        index += 1
        while let scalar = current, Self.isName(scalar) || scalar == "." { index += 1 }
        let text = scalars[start..<index].string
        return Int(text.replacing("_", with: "")).map { .number($0) } ?? .unknown(text)
    }

    private mutating func text(isRaw: Bool) throws(Diagnostic) -> String {
        let start = index
        let quote = scalars[index]
        let isLong = scalars[safe: index + 1] == quote && scalars[safe: index + 2] == quote
        index += isLong ? 3 : 1
        var text = String.UnicodeScalarView()
        while let scalar = current {
            if scalar == quote, !isLong || (scalars[safe: index + 1] == quote && scalars[safe: index + 2] == quote) {
                index += isLong ? 3 : 1
                return String(text)
            }
            guard isLong || scalar != "\n" else { break }
            index += 1
            guard scalar == "\\", let next = current else {
                text.append(scalar)
                continue
            }
            index += 1
            if isRaw { text.append(contentsOf: [scalar, next]); continue }
            switch next {
            case "n": text.append("\n")
            case "t": text.append("\t")
            case "r": text.append("\r")
            case "\n": break
            case "\\", "'", "\"", "/": text.append(next)
            default: text.append(contentsOf: [scalar, next])
            }
        }
        throw error("this quote is never closed", at: start)
    }

    /// Up to a comma or a bracket that closes what is around, or to the end of a line outside of brackets.
    private mutating func skipExpression() throws(Diagnostic) {
        var depth = 0
        while let scalar = current {
            switch scalar {
            case "\"", "'":
                _ = try text(isRaw: true)
                continue
            case "(", "[", "{": depth += 1
            case ")", "]", "}":
                if depth == 0 { return }
                depth -= 1
            case ",", "\n", "#": if depth == 0 { return }
            default: break
            }
            index += 1
        }
    }

    func error(_ message: String, at index: Int, help: String? = nil) -> Diagnostic {
        let place = source.place(of: min(index, scalars.count))
        let location = SourceLocation(file: file, line: place.line, column: place.column)
        return Diagnostic(.error, message, at: location, suggestion: help, line: source.line(place.line).string)
    }
}
