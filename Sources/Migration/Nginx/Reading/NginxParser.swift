import HeaderPolicy
import ProxyConfig

/// Parses the text of one nginx configuration file into directives, by nginx's own rules: a quote or a comment begins only where
/// a word may, and `${` belongs to a word.
struct NginxParser {
    /// The maximal nesting of blocks; nginx itself has four levels.
    static let depthLimit = 32
    /// The largest number of directives in one file.
    static let directiveLimit = 100_000

    private let file: String
    private let source: SourceText
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var count = 0

    private init(_ text: String, file: String) {
        self.file = file
        source = SourceText(text)
        scalars = source.scalars
    }

    /// - Throws: the error and its place: a brace or quote that is never closed, a directive without its semicolon.
    static func directives(of text: String, file: String) throws(Diagnostic) -> [NginxDirective] {
        var parser = NginxParser(text, file: file)
        return try parser.directives(depth: 0, opened: nil)
    }

    private enum Token {
        case word(String, raw: Bool)
        case semicolon, open, close, end
    }

    private mutating func directives(depth: Int, opened: Int?) throws(Diagnostic) -> [NginxDirective] {
        var directives: [NginxDirective] = []
        while true {
            skipSpace()
            let start = index
            switch try token() {
            case .end:
                guard let opened else { return directives }
                throw error("this `{` is never closed", at: opened, help: "add the `}` that ends its block")
            case .close:
                guard opened != nil else { throw error("this `}` closes nothing", at: start, help: "remove it") }
                return directives
            case .semicolon: throw error("a `;` without a directive", at: start, help: "remove it")
            case .open:
                throw error("a `{` without a directive", at: start, help: "write the directive before it, such as `location /`")
            case .word(let name, _): directives.append(try directive(name, start, depth))
            }
        }
    }

    private mutating func directive(_ name: String, _ start: Int, _ depth: Int) throws(Diagnostic) -> NginxDirective {
        count += 1
        guard count <= Self.directiveLimit else { throw error("more than \(Self.directiveLimit) directives", at: start) }
        var directive = NginxDirective(name: name, location: location(start))
        while true {
            skipSpace()
            let place = index
            switch try token() {
            case .word(let word, _): directive.arguments.append(word)
            case .semicolon: return directive
            case .open:
                if name == "location" { directive.arguments = Self.matcher(directive.arguments) }
                guard depth < Self.depthLimit else { throw error("blocks are more than \(Self.depthLimit) deep", at: place) }
                if name.hasSuffix("_by_lua_block") {
                    try skipRawBlock(opened: place)
                    directive.block = []
                } else {
                    directive.block = try directives(depth: depth + 1, opened: place)
                }
                return directive
            case .close, .end:
                throw error("the directive `\(name.abbreviated)` does not end with `;`", at: start, help: "write `;` behind it")
            }
        }
    }

    /// Returns the arguments of a `location`, of which the modifier may stand at the text, as in `~/x`. An empty prefix is `/`.
    private static func matcher(_ arguments: [String]) -> [String] {
        guard arguments.count == 1, let text = arguments.first else { return arguments }
        if text.isEmpty { return ["/"] }
        guard let mark = ["=", "^~", "~*", "~"].first(where: { text.hasPrefix($0) && text != $0 }) else { return arguments }
        return [mark, String(text.dropFirst(mark.count))]
    }

    private mutating func skipSpace() {
        while index < scalars.count {
            switch scalars[index] {
            case " ", "\t", "\r", "\n": index += 1
            case "#": while index < scalars.count, scalars[index] != "\n" { index += 1 }
            default: return
            }
        }
    }

    /// Returns the next token; `index` is at its first scalar.
    private mutating func token() throws(Diagnostic) -> Token {
        guard index < scalars.count else { return .end }
        switch scalars[index] {
        case ";": index += 1; return .semicolon
        case "{": index += 1; return .open
        case "}": index += 1; return .close
        case "\"", "'": return .word(try quoted(), raw: false)
        default: return .word(word(), raw: true)
        }
    }

    private mutating func quoted() throws(Diagnostic) -> String {
        let start = index
        let quote = scalars[index]
        index += 1
        var text = String.UnicodeScalarView()
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            if scalar == quote { return String(text) }
            if scalar == "\\", index < scalars.count {
                text.append(contentsOf: escaped())
            } else {
                text.append(scalar)
            }
        }
        throw error("this quote is never closed", at: start, help: "add the closing quote")
    }

    /// Reads a word, which ends at a space, a semicolon or a brace; a quote within it is an ordinary character.
    private mutating func word() -> String {
        var text = String.UnicodeScalarView()
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "$", index + 1 < scalars.count, scalars[index + 1] == "{" {
                text.append(contentsOf: [scalar, "{"])
                index += 2
                continue
            }
            if [" ", "\t", "\r", "\n", ";", "{"].contains(scalar) { break }
            index += 1
            if scalar == "\\", index < scalars.count {
                text.append(contentsOf: escaped())
            } else {
                text.append(scalar)
            }
        }
        return String(text)
    }

    /// Returns the meaning of a backslash before the scalar at `index`. nginx keeps unknown ones, for expressions.
    private mutating func escaped() -> [Unicode.Scalar] {
        let scalar = scalars[index]
        index += 1
        switch scalar {
        case "\"", "'", "\\": return [scalar]
        case "t": return ["\t"]
        case "r": return ["\r"]
        case "n": return ["\n"]
        default: return ["\\", scalar]
        }
    }

    /// Skips the Lua program of a `…_by_lua_block`, in whose strings and comments braces mean nothing.
    private mutating func skipRawBlock(opened: Int) throws(Diagnostic) {
        var depth = 1
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case "{": depth += 1
            case "}": depth -= 1
            case "\"", "'": skipLuaString(scalar)
            case "[": skipLongText()
            case "-" where index < scalars.count && scalars[index] == "-":
                index += 1
                if index < scalars.count, scalars[index] == "[" {
                    index += 1
                    if skipLongText() { continue }
                }
                while index < scalars.count, scalars[index] != "\n" { index += 1 }
            default: break
            }
            if depth == 0 { return }
        }
        throw error("this `{` is never closed", at: opened, help: "add the `}` that ends its block")
    }

    private mutating func skipLuaString(_ quote: Unicode.Scalar) {
        while index < scalars.count, scalars[index] != "\n", scalars[index] != quote {
            index += scalars[index] == "\\" ? 2 : 1
        }
        index = min(index + 1, scalars.count)
    }

    /// Skips a `[[text]]` or `[=[text]=]` behind its first bracket; returns false when there is none.
    @discardableResult private mutating func skipLongText() -> Bool {
        var place = index
        while place < scalars.count, scalars[place] == "=" { place += 1 }
        guard place < scalars.count, scalars[place] == "[" else { return false }
        let end: [Unicode.Scalar] = ["]"] + Array(repeating: "=", count: place - index) + ["]"]
        while place < scalars.count, !scalars[place...].starts(with: end) { place += 1 }
        index = min(place + end.count, scalars.count)
        return true
    }

    private func location(_ index: Int) -> SourceLocation {
        let place = source.place(of: index)
        return SourceLocation(file: file, line: place.line, column: place.column)
    }

    private func error(_ message: String, at index: Int, help: String? = nil) -> Diagnostic {
        let location = location(index)
        return Diagnostic(.error, message, at: location, suggestion: help, line: source.line(location.line).string)
    }
}
