import HeaderPolicy
import ProxyConfig

/// An error in a statement. The parser of statements continues after it.
struct PythonSyntaxError: Error {}

/// Parses expressions from tokens.
struct PythonExpressionParser {
    /// The limits for nested brackets, and for operators and calls in a row.
    static let nestingLimit = 64
    static let depthLimit = 100

    let tokens: [PythonToken]
    var index = 0
    private var nesting = 0
    /// The nesting of f-strings.
    var formats = 0

    init(_ tokens: [PythonToken]) { self.tokens = tokens }

    var token: PythonToken { tokens[min(index, tokens.count - 1)] }
    var isAtEnd: Bool { token.kind == .end }

    func isSymbol(_ text: String) -> Bool { token.kind == .symbol(text) }
    func isWord(_ text: String) -> Bool { token.kind == .name(text) }

    mutating func take(_ text: String) -> Bool {
        guard isSymbol(text) || isWord(text) else { return false }
        index += 1
        return true
    }

    mutating func expect(_ text: String) throws(PythonSyntaxError) {
        guard take(text) else { throw PythonSyntaxError() }
    }

    mutating func name() throws(PythonSyntaxError) -> String {
        guard case .name(let name) = token.kind else { throw PythonSyntaxError() }
        index += 1
        return name
    }

    mutating func skipLine() {
        while ![.lineEnd, .end, .symbol(";")].contains(token.kind) { index += 1 }
    }

    // MARK: Expressions

    /// Parses one expression, or several with commas between them, which are a tuple.
    mutating func expressions() throws(PythonSyntaxError) -> PythonExpression {
        let start = index
        var items = [try starred()]
        while isSymbol(",") {
            index += 1
            if endsExpression { break }
            items.append(try starred())
        }
        guard items.count > 1 || tokens[index - 1].kind == .symbol(",") else { return items[0] }
        return try make(.list(items), from: start, items)
    }

    private var endsExpression: Bool {
        switch token.kind {
        case .lineEnd, .end, .dedent, .indent: true
        case .symbol(let symbol): [")", "]", "}", "=", ":", ";"].contains(symbol)
        default: false
        }
    }

    mutating func starred() throws(PythonSyntaxError) -> PythonExpression {
        let start = index
        guard take("*") else { return try expression() }
        let value = try expression()
        return try make(.starred(value), from: start, [value])
    }

    mutating func expression() throws(PythonSyntaxError) -> PythonExpression {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= Self.nestingLimit else { throw PythonSyntaxError() }
        let start = index
        if take("lambda") {
            _ = try skipped(until: [":"], from: start)
            try expect(":")
            let body = try expression()
            return try make(.other, from: start, [body])
        }
        if isWord("await") || isWord("yield") { throw PythonSyntaxError() }
        var value = try operation(0)
        if isSymbol(":=") { throw PythonSyntaxError() }
        if take("if") {
            let condition = try operation(0)
            try expect("else")
            let other = try expression()
            value = try make(.choice(value, if: condition, else: other), from: start, [value, condition, other])
        }
        if isWord("for") || isWord("async") { return try comprehension(value, from: start) }
        return value
    }

    /// Parses the rest of a comprehension after the expression for each item.
    private mutating func comprehension(_ made: PythonExpression, from start: Int) throws(PythonSyntaxError) -> PythonExpression {
        let place = index
        var clauses: [PythonClause] = []
        while take("for"), clauses.count < 8, let target = try? targets(), take("in"), let items = try? operation(0) {
            var clause = PythonClause(target: target, items: items)
            while take("if") { clause.conditions.append(try operation(0)) }
            clauses.append(clause)
            if isSymbol(")") || isSymbol("]") || isSymbol("}") {
                let parts = clauses.flatMap { [$0.target, $0.items] + $0.conditions }
                return try make(.each(made, clauses), from: start, [made] + parts)
            }
        }
        index = place
        return try skipped(until: [")", "]", "}"], from: start)
    }

    func make(
        _ kind: PythonExpression.Kind, from start: Int, _ parts: [PythonExpression] = []
    ) throws(PythonSyntaxError) -> PythonExpression {
        let depth = (parts.map(\.depth).max() ?? 0) + 1
        guard depth <= Self.depthLimit else { throw PythonSyntaxError() }
        let end = max(start, index - 1)
        let range = tokens[start].range.lowerBound..<max(tokens[start].range.upperBound, tokens[end].range.upperBound)
        return PythonExpression(kind: kind, line: tokens[start].line, range: range, depth: depth)
    }

    /// Skips to the symbol that ends the expression at this level.
    private mutating func skipped(until ends: Set<String>, from start: Int) throws(PythonSyntaxError) -> PythonExpression {
        var open = 0
        while true {
            switch token.kind {
            case .end, .lineEnd: return try make(.other, from: start)
            case .symbol(let symbol) where open == 0 && ends.contains(symbol): return try make(.other, from: start)
            case .symbol("("), .symbol("["), .symbol("{"): open += 1
            case .symbol(")"), .symbol("]"), .symbol("}"): open -= 1
            default: break
            }
            index += 1
        }
    }

    /// Returns the precedence of an operator; nil when the token is not one.
    private func precedence() -> (operator: String, strength: Int, length: Int)? {
        switch token.kind {
        case .name("or"): ("or", 1, 1)
        case .name("and"): ("and", 2, 1)
        case .name("in"): ("in", 4, 1)
        case .name("not") where tokens[min(index + 1, tokens.count - 1)].kind == .name("in"): ("not in", 4, 2)
        case .name("is"): tokens[min(index + 1, tokens.count - 1)].kind == .name("not") ? ("!=", 4, 2) : ("==", 4, 1)
        case .symbol(let text):
            switch text {
            case "==", "!=", "<", ">", "<=", ">=": (text, 4, 1)
            case "|", "^", "&": (text, 5, 1)
            case "<<", ">>": (text, 6, 1)
            case "+", "-": (text, 7, 1)
            case "*", "/", "//", "%", "@": (text, 8, 1)
            case "**": (text, 9, 1)
            default: nil
            }
        default: nil
        }
    }

    private mutating func operation(_ least: Int) throws(PythonSyntaxError) -> PythonExpression {
        let start = index
        var value = try unary()
        while let found = precedence(), found.strength > least {
            index += found.length
            let other = try operation(found.strength)
            value = try make(.binary(found.operator, value, other), from: start, [value, other])
        }
        return value
    }

    private mutating func unary() throws(PythonSyntaxError) -> PythonExpression {
        let start = index
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= Self.nestingLimit else { throw PythonSyntaxError() }
        if take("not") {
            let value = try operation(3)
            return try make(.not(value), from: start, [value])
        }
        if take("-") || take("+") || take("~") {
            let isNegative = tokens[start].kind == .symbol("-")
            let value = try unary()
            if case .number(let number) = value.kind, isNegative { return try make(.number(0 &- number), from: start) }
            return try make(.other, from: start, [value])
        }
        return try postfix()
    }

    private mutating func postfix() throws(PythonSyntaxError) -> PythonExpression {
        let start = index
        var value = try primary()
        while true {
            if take(".") {
                let name = try name()
                value = try make(.attribute(value, name), from: start, [value])
            } else if take("(") {
                let arguments = try arguments()
                value = try make(.call(value, arguments), from: start, [value] + arguments.map(\.value))
            } else if take("[") {
                let item = try subscripted()
                value = try make(.item(value, item), from: start, [value, item])
            } else {
                return value
            }
        }
    }

    private mutating func subscripted() throws(PythonSyntaxError) -> PythonExpression {
        let start = index
        let item = isSymbol(":") ? nil : try expressions()
        guard let item, !isSymbol(":") else {
            index += 1
            let last = isSymbol("]") || isSymbol(":") ? nil : try expression()
            if take("]") {
                let parts = [item, last].compactMap(\.self)
                return try make(.slice(item, last), from: start, parts)
            }
            // One with a step, or in several dimensions.
            let slice = try skipped(until: ["]"], from: start)
            index += 1
            return slice
        }
        try expect("]")
        return item
    }

    /// Parses arguments after `(`, including the `)`.
    mutating func arguments() throws(PythonSyntaxError) -> [PythonArgument] {
        var arguments: [PythonArgument] = []
        while !take(")") {
            if take("**") {
                arguments.append(PythonArgument(name: "**", value: try expression()))
            } else if take("*") {
                arguments.append(PythonArgument(name: "*", value: try expression()))
            } else if case .name(let name) = token.kind, tokens[min(index + 1, tokens.count - 1)].kind == .symbol("=") {
                index += 2
                arguments.append(PythonArgument(name: name, value: try expression()))
            } else {
                arguments.append(PythonArgument(name: nil, value: try expression()))
            }
            guard take(",") || isSymbol(")") else { throw PythonSyntaxError() }
        }
        return arguments
    }
}
