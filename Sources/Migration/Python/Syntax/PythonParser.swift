import HeaderPolicy

/// Parses the statements of a program. It skips statements that it cannot parse, and reports them.
struct PythonParser {
    var parser: PythonExpressionParser

    init(_ tokens: [PythonToken]) { parser = PythonExpressionParser(tokens) }

    mutating func program() -> [PythonStatement] {
        var statements: [PythonStatement] = []
        while !parser.isAtEnd {
            let start = parser.index
            statements += block()
            if parser.index == start { parser.index += 1 }
        }
        return statements
    }

    /// Parses up to the dedent that ends the block, and consumes it. The lexer limits the depth of blocks.
    mutating func block() -> [PythonStatement] {
        var statements: [PythonStatement] = []
        while true {
            switch parser.token.kind {
            case .end: return statements
            case .dedent:
                parser.index += 1
                return statements
            case .lineEnd: parser.index += 1
            case .indent:
                parser.index += 1
                statements.append(PythonStatement(kind: .perhaps(block()), line: parser.token.line))
            default:
                let (start, line) = (parser.index, parser.token.line)
                do throws(PythonSyntaxError) {
                    statements += try statement()
                } catch {
                    statements += unreadable(from: start, line)
                }
            }
        }
    }

    /// Skips a line, and takes the block below it for one that may or may not run.
    private mutating func unreadable(from start: Int, _ line: Int) -> [PythonStatement] {
        parser.index = start
        var names: Set<String> = []
        while true {
            switch parser.token.kind {
            case .end, .lineEnd, .indent, .dedent:
                let statement = PythonStatement(kind: .unreadable(names), line: line)
                if parser.token.kind == .lineEnd { parser.index += 1 }
                return [statement]
            case .name(let name): names.insert(name)
            case .text(let text): names.insert(text)
            default: break
            }
            parser.index += 1
        }
    }

    // MARK: Statements

    private mutating func statement() throws(PythonSyntaxError) -> [PythonStatement] {
        let line = parser.token.line
        if parser.isSymbol("@") { return [try decorated()] }
        if parser.isWord("async") { parser.index += 1 }
        guard case .name(let word) = parser.token.kind else { return try simpleLine() }
        let kind: PythonStatement.Kind
        switch word {
        case "if", "elif":
            parser.index += 1
            kind = try branch()
        case "for":
            parser.index += 1
            let target = try parser.targets()
            try parser.expect("in")
            let items = try parser.expressions()
            kind = .loop(target, in: items, try body(), else: further("else").flatMap(\.self))
        case "while":
            parser.index += 1
            _ = try parser.expression()
            kind = .loop(nil, in: nil, try body(), else: further("else").flatMap(\.self))
        case "try":
            parser.index += 1
            let body = try body()
            kind = .attempt(
                PythonAttempt(
                    body: body, handlers: further("except"), otherwise: further("else").flatMap(\.self),
                    last: further("finally").flatMap(\.self)))
        case "with":
            parser.index += 1
            kind = .with(try opened(), try body())
        case "match" where isMatch: kind = .block(try arms())
        case "def": return [try function(decorators: [])]
        case "class": return [try type(decorators: [])]
        default: return try simpleLine()
        }
        return [PythonStatement(kind: kind, line: line)]
    }

    /// Parses an `if`. Nothing after the first block throws, so nothing is read twice.
    private mutating func branch() throws(PythonSyntaxError) -> PythonStatement.Kind {
        let condition = try parser.expression()
        let taken = try body()
        // The arms are collected in a list rather than nested, because there may be many.
        var arms: [(PythonExpression, [PythonStatement], Int)] = []
        while parser.isWord("elif"), arms.count < PythonExpressionParser.nestingLimit {
            let (place, line) = (parser.index, parser.token.line)
            parser.index += 1
            guard let condition = try? parser.expression() else {
                parser.index = place
                break
            }
            arms.append((condition, (try? body()) ?? [], line))
        }
        var other = parser.take("else") ? (try? body()) ?? [] : []
        while let (condition, taken, line) = arms.popLast() {
            other = [PythonStatement(kind: .branch(condition, taken, else: other), line: line)]
        }
        return .branch(condition, taken, else: other)
    }

    /// Parses the further blocks that belong to a loop or a `try`.
    private mutating func further(_ word: String) -> [[PythonStatement]] {
        var blocks: [[PythonStatement]] = []
        while parser.take(word) {
            skipToColon()
            guard let block = try? body() else { return blocks }
            blocks.append(block)
        }
        return blocks
    }

    /// Parses what a `with` opens, which may stand in parentheses.
    private mutating func opened() throws(PythonSyntaxError) -> [PythonWith] {
        let start = parser.index
        if let items = try? opened(isEnclosed: false) { return items }
        parser.index = start
        return try opened(isEnclosed: true)
    }

    private mutating func opened(isEnclosed: Bool) throws(PythonSyntaxError) -> [PythonWith] {
        if isEnclosed { try parser.expect("(") }
        var items: [PythonWith] = []
        repeat {
            if isEnclosed, parser.isSymbol(")") { break }
            let value = try parser.expression()
            items.append(PythonWith(value: value, target: parser.take("as") ? try parser.expression() : nil))
        } while parser.take(",")
        if isEnclosed { try parser.expect(")") }
        guard parser.isSymbol(":") else { throw PythonSyntaxError() }
        return items
    }

    /// Whether the line begins with `match` and ends in a colon; elsewhere `match` is an ordinary name.
    private var isMatch: Bool {
        var rest = parser
        rest.skipLine()
        return rest.index > parser.index + 2 && rest.tokens[rest.index - 1].kind == .symbol(":")
    }

    /// Parses the arms of a `match`, each of which may or may not run. Nothing throws once a block has been read, so nothing is
    /// read twice.
    private mutating func arms() throws(PythonSyntaxError) -> [PythonStatement] {
        skipToColon()
        parser.index += 1
        guard parser.token.kind == .lineEnd else { throw PythonSyntaxError() }
        parser.index += 1
        guard parser.token.kind == .indent else { throw PythonSyntaxError() }
        parser.index += 1
        var statements: [PythonStatement] = []
        while parser.isWord("case") {
            let line = parser.token.line
            skipToColon()
            guard let body = try? body() else { break }
            statements.append(PythonStatement(kind: .perhaps(body), line: line))
        }
        // The remaining statements are read up to the dedent that ends the block.
        return statements + block()
    }

    private mutating func skipToColon() {
        var open = 0
        while true {
            switch parser.token.kind {
            case .end, .lineEnd: return
            case .symbol(":") where open == 0: return
            case .symbol("("), .symbol("["), .symbol("{"): open += 1
            case .symbol(")"), .symbol("]"), .symbol("}"): open -= 1
            default: break
            }
            parser.index += 1
        }
    }

    /// Parses a body after `:`: a block, or statements on the same line.
    private mutating func body() throws(PythonSyntaxError) -> [PythonStatement] {
        try parser.expect(":")
        guard parser.token.kind == .lineEnd else { return try simpleLine() }
        parser.index += 1
        guard parser.token.kind == .indent else { return [] }
        parser.index += 1
        return block()
    }

    private mutating func decorated() throws(PythonSyntaxError) -> PythonStatement {
        var decorators: [PythonExpression] = []
        while parser.take("@") {
            decorators.append(try parser.expression())
            guard parser.token.kind == .lineEnd else { throw PythonSyntaxError() }
            parser.index += 1
        }
        if parser.isWord("async") { parser.index += 1 }
        guard parser.isWord("def") else { return try type(decorators: decorators) }
        return try function(decorators: decorators)
    }

    private mutating func function(decorators: [PythonExpression]) throws(PythonSyntaxError) -> PythonStatement {
        let line = parser.token.line
        try parser.expect("def")
        let name = try parser.name()
        try parser.expect("(")
        var parameters: [PythonParameter] = []
        var kind = PythonParameter.Kind.plain
        while !parser.take(")") {
            if parser.take("/") {
            } else if parser.isSymbol("*") || parser.isSymbol("**") {
                let isNames = parser.isSymbol("**")
                kind = .keyword
                parser.index += 1
                if case .name(let rest) = parser.token.kind {
                    parser.index += 1
                    parameters.append(PythonParameter(name: rest, kind: isNames ? .names : .positions))
                }
            } else {
                parameters.append(PythonParameter(name: try parser.name(), kind: kind))
            }
            if parser.take(":") { _ = try parser.expression() }
            if parser.take("="), !parameters.isEmpty { parameters[parameters.count - 1].fallback = try parser.expression() }
            guard parser.take(",") || parser.isSymbol(")") else { throw PythonSyntaxError() }
        }
        if parser.take("->") { _ = try parser.expression() }
        return PythonStatement(kind: .function(name, parameters, try body(), decorators: decorators), line: line)
    }

    private mutating func type(decorators: [PythonExpression]) throws(PythonSyntaxError) -> PythonStatement {
        let line = parser.token.line
        try parser.expect("class")
        let name = try parser.name()
        let bases = parser.take("(") ? try parser.arguments() : []
        return PythonStatement(kind: .type(name, try body(), bases: bases, decorators: decorators), line: line)
    }
}
