import HTTPModel
import HeaderPolicy
import ProxyConfig

/// A token of Python source.
struct PythonToken {
    enum Kind: Hashable {
        case name(String)
        /// A number; nil when it is not an integer.
        case number(Int?)
        case text(String)
        /// The text between the quotes of an f-string.
        case formatted(String)
        case symbol(String)
        case lineEnd, indent, dedent, end
    }

    var kind: Kind
    var line: Int
    /// The range in the source.
    var range: Range<Int>
}

/// Splits Python source into tokens. Comments are dropped, and lines that are joined by a bracket or a backslash become one.
struct PythonLexer {
    static let blockLimit = 40
    static let tokenLimit = 500_000

    private let file: String
    private let source: SourceText
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private var tokens: [PythonToken] = []
    /// The places where open brackets began.
    private var brackets: [Int] = []
    private var indents = [0]

    init(_ source: SourceText, file: String) {
        self.file = file
        self.source = source
        scalars = source.scalars
    }

    /// - Parameter isEnclosed: whether line ends have no meaning, as between brackets.
    mutating func read(isEnclosed: Bool) throws(Diagnostic) -> [PythonToken] {
        var startsLine = !isEnclosed
        while index < scalars.count {
            guard tokens.count < Self.tokenLimit else {
                throw error("the program is too long to be read", at: index, help: "name the file that calls CORS(app, …)")
            }
            if startsLine, brackets.isEmpty {
                try indentation()
                startsLine = false
            }
            guard let scalar = scalars[safe: index] else { break }
            switch scalar {
            case " ", "\t", "\r", "\u{0C}": index += 1
            case "#": while let scalar = scalars[safe: index], scalar != "\n" { index += 1 }
            case "\\" where scalars[safe: index + 1] == "\n" || scalars[safe: index + 1] == "\r":
                index += scalars[safe: index + 1] == "\r" && scalars[safe: index + 2] == "\n" ? 3 : 2
                line += 1
            case "\n":
                if brackets.isEmpty, !isEnclosed {
                    endLine()
                    startsLine = true
                }
                index += 1
                line += 1
            default: try token(scalar)
            }
        }
        if let opened = brackets.last {
            throw error("this bracket is never closed", at: opened, help: "add the one that closes it")
        }
        endLine()
        for _ in indents.dropFirst() { add(.dedent, from: index) }
        add(.end, from: index)
        return tokens
    }

    private mutating func add(_ kind: PythonToken.Kind, from start: Int) {
        tokens.append(PythonToken(kind: kind, line: line, range: start..<index))
    }

    private mutating func endLine() {
        switch tokens.last?.kind {
        case nil, .lineEnd, .indent, .dedent: return
        default: add(.lineEnd, from: index)
        }
    }

    /// Reads the blanks at the beginning of a line; empty lines do not count.
    private mutating func indentation() throws(Diagnostic) {
        var width = 0
        while let scalar = scalars[safe: index], scalar == " " || scalar == "\t" {
            width = scalar == " " ? width + 1 : (width / 8 + 1) * 8
            index += 1
        }
        guard let next = scalars[safe: index], !["#", "\n", "\r"].contains(next) else { return }
        if width > indents[indents.count - 1] {
            guard indents.count <= Self.blockLimit else {
                throw error("blocks are more than \(Self.blockLimit) deep", at: index)
            }
            indents.append(width)
            add(.indent, from: index)
        }
        while indents.count > 1, width < indents[indents.count - 1] {
            indents.removeLast()
            add(.dedent, from: index)
        }
    }

    private mutating func token(_ scalar: Unicode.Scalar) throws(Diagnostic) {
        let start = index
        switch scalar {
        case "\"", "'": return add(.text(try text(isRaw: false)), from: start)
        case "0"..."9": return number()
        case "." where Self.isDigit(scalars[safe: index + 1]): return number()
        default: break
        }
        guard Self.isName(scalar) else { return symbol() }
        while let scalar = scalars[safe: index], Self.isName(scalar) { index += 1 }
        let word = scalars[start..<index].string
        if let quote = scalars[safe: index], quote == "\"" || quote == "'", word.count <= 2 {
            let prefix = word.lowercased()
            if ["r", "b", "u", "rb", "br"].contains(prefix) {
                return add(.text(try text(isRaw: prefix.contains("r"))), from: start)
            }
            if ["f", "fr", "rf"].contains(prefix) {
                return add(.formatted(try text(isRaw: prefix.contains("r"))), from: start)
            }
        }
        add(.name(word), from: start)
    }

    static func isName(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar == "_" || isDigit(scalar)
    }

    private static func isDigit(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { (0x30...0x39).contains($0.value) } ?? false }

    private mutating func number() {
        let start = index
        while let scalar = scalars[safe: index], Self.isName(scalar) || scalar == "." { index += 1 }
        add(.number(Int(scalars[start..<index].string.replacing("_", by: ""))), from: start)
    }

    private static let symbols: [[Unicode.Scalar]] = [
        "**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "<=", ">=", "==", "!=", "->", "+=", "-=", "*=", "/=", "%=",
        "&=", "|=", "^=", "@=", ":=",
    ].map { Array($0.unicodeScalars) }

    private mutating func symbol() {
        let start = index
        let mayBeLong = scalars[safe: index + 1].map { ["=", "*", "/", "<", ">", "."].contains($0) } ?? false
        let long = mayBeLong ? Self.symbols.first { scalars[index...].starts(with: $0) } : nil
        index += long?.count ?? 1
        let text = scalars[start..<index].string
        switch text {
        case "(", "[", "{": brackets.append(start)
        case ")", "]", "}": _ = brackets.popLast()
        default: break
        }
        add(.symbol(text), from: start)
    }

    private mutating func text(isRaw: Bool) throws(Diagnostic) -> String {
        let start = index
        let quote = scalars[index]
        let isLong = scalars[safe: index + 1] == quote && scalars[safe: index + 2] == quote
        index += isLong ? 3 : 1
        var text = String.UnicodeScalarView()
        while let scalar = scalars[safe: index] {
            if scalar == quote, !isLong || (scalars[safe: index + 1] == quote && scalars[safe: index + 2] == quote) {
                index += isLong ? 3 : 1
                return String(text)
            }
            guard isLong || scalar != "\n" else { break }
            index += 1
            if scalar == "\n" { line += 1 }
            guard scalar == "\\", let next = scalars[safe: index] else {
                text.append(scalar)
                continue
            }
            index += 1
            if next == "\n" { line += 1 }
            if isRaw {
                text.append(contentsOf: [scalar, next])
                continue
            }
            switch next {
            case "n": text.append("\n")
            case "t": text.append("\t")
            case "r": text.append("\r")
            case "\n": break
            case "\\", "'", "\"": text.append(next)
            case "x", "u", "U": text.append(character(digits: next == "x" ? 2 : next == "u" ? 4 : 8) ?? "\u{FFFD}")
            default: text.append(contentsOf: [scalar, next])
            }
        }
        throw error("this quote is never closed", at: start, help: "add the closing quote")
    }

    private mutating func character(digits: Int) -> Unicode.Scalar? {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = scalars[safe: index].flatMap({ Character($0).hexDigitValue }) else { return nil }
            value = value &<< 4 | UInt32(truncatingIfNeeded: digit)
            index += 1
        }
        return Unicode.Scalar(value)
    }

    func error(_ message: String, at index: Int, help: String? = nil) -> Diagnostic {
        let place = source.place(of: min(index, scalars.count))
        let location = SourceLocation(file: file, line: place.line, column: place.column)
        return Diagnostic(.error, message, at: location, suggestion: help, line: source.line(place.line).string)
    }
}
