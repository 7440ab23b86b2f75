import HeaderPolicy
import ProxyConfig

/// Parses primary expressions: names, strings, lists and mappings.
extension PythonExpressionParser {
    mutating func primary() throws(PythonSyntaxError) -> PythonExpression {
        let start = index
        let token = token
        index += 1
        switch token.kind {
        case .text, .formatted:
            index = start
            return try texts()
        case .number(let number): return try make(number.map { .number($0) } ?? .other, from: start)
        case .name("True"), .name("true"): return try make(.bool(true), from: start)
        case .name("False"), .name("false"): return try make(.bool(false), from: start)
        case .name("None"), .name("null"): return try make(.none, from: start)
        case .name(let name): return try make(.name(name), from: start)
        case .symbol("("):
            if take(")") { return try make(.list([]), from: start) }
            var inner = try expressions()
            try expect(")")
            inner.range = tokens[start].range.lowerBound..<tokens[index - 1].range.upperBound
            return inner
        case .symbol("["): return try list(from: start)
        case .symbol("{"): return try table(from: start)
        case .symbol("..."): return try make(.other, from: start)
        default: throw PythonSyntaxError()
        }
    }

    /// Parses adjacent strings, which are joined.
    private mutating func texts() throws(PythonSyntaxError) -> PythonExpression {
        let start = index
        var parts: [PythonExpression] = []
        while true {
            switch token.kind {
            case .text(let text):
                index += 1
                parts.append(try make(.text(text), from: index - 1))
            case .formatted(let text):
                index += 1
                parts += try pieces(of: text, from: index - 1)
            default:
                let texts = parts.compactMap { if case .text(let text) = $0.kind { text } else { nil } }
                if texts.count == parts.count { return try make(.text(texts.joined()), from: start) }
                return try make(.formatted(parts), from: start, parts)
            }
        }
    }

    private mutating func pieces(of text: String, from start: Int) throws(PythonSyntaxError) -> [PythonExpression] {
        var pieces: [PythonExpression] = []
        var literal = ""
        var rest = Substring(text)
        while let next = rest.popFirst() {
            guard next == "{" || next == "}" else {
                literal.append(next)
                continue
            }
            if rest.first == next {
                rest.removeFirst()
                literal.append(next)
                continue
            }
            guard next == "{", let end = rest.firstIndex(of: "}") else { throw PythonSyntaxError() }
            pieces.append(try make(.text(literal), from: start))
            literal = ""
            pieces.append(try inner(String(rest[..<end]), from: start))
            rest = rest[rest.index(after: end)...]
        }
        return pieces + [try make(.text(literal), from: start)]
    }

    /// Parses the contents of an f-string's braces; a format or a conversion makes them unknown.
    private func inner(_ text: String, from start: Int) throws(PythonSyntaxError) -> PythonExpression {
        guard formats < 4 else { throw PythonSyntaxError() }
        var lexer = PythonLexer(SourceText(text), file: "")
        guard let tokens = try? lexer.read(isEnclosed: true), !tokens.isEmpty else { return try make(.other, from: start) }
        var parser = PythonExpressionParser(tokens)
        parser.formats = formats + 1
        guard var value = try? parser.expression(), parser.tokens[parser.index].kind == .lineEnd || parser.isAtEnd else {
            return try make(.other, from: start)
        }
        value.line = self.tokens[start].line
        value.range = self.tokens[start].range
        return value
    }

    mutating func list(from start: Int) throws(PythonSyntaxError) -> PythonExpression {
        var items: [PythonExpression] = []
        while !take("]") {
            items.append(try starred())
            guard take(",") || isSymbol("]") else { throw PythonSyntaxError() }
        }
        if items.count == 1, Self.isComprehension(items[0]) { return items[0] }
        return try make(.list(items), from: start, items)
    }

    /// Parses a dict or a set.
    private mutating func table(from start: Int) throws(PythonSyntaxError) -> PythonExpression {
        var entries: [(key: PythonExpression?, value: PythonExpression)] = []
        var items: [PythonExpression] = []
        while !take("}") {
            if take("**") {
                entries.append((nil, try expression()))
            } else {
                let key = try starred()
                if take(":") { entries.append((key, try expression())) } else { items.append(key) }
            }
            guard take(",") || isSymbol("}") else { throw PythonSyntaxError() }
        }
        if items.count == 1, Self.isComprehension(items[0]) { return items[0] }
        if let value = entries.last?.value, Self.isComprehension(value) { return try make(.other, from: start) }
        guard items.isEmpty || entries.isEmpty else { throw PythonSyntaxError() }
        let parts = entries.flatMap { ($0.key.map { [$0] } ?? []) + [$0.value] } + items
        guard !items.isEmpty else { return try make(.table(entries), from: start, parts) }
        // A set has no order.
        let list = try make(.list(items), from: start, parts)
        let callee = try make(.name("set"), from: start)
        return try make(.call(callee, [PythonArgument(value: list)]), from: start, [list])
    }

    /// Parses the names of a `for` up to its `in`, which is not an operator here.
    mutating func targets() throws(PythonSyntaxError) -> PythonExpression {
        let first = token
        var names: [PythonExpression] = []
        while !isWord("in") {
            if take(",") || take("(") || take(")") { continue }
            let (line, range, isRest) = (token.line, token.range, take("*"))
            let name = PythonExpression(kind: .name(try self.name()), line: line, range: range)
            names.append(isRest ? PythonExpression(kind: .starred(name), line: line, range: range, depth: 2) : name)
        }
        guard names.count != 1 || tokens[max(index - 1, 0)].kind == .symbol(",") else { return names[0] }
        return PythonExpression(kind: .list(names), line: first.line, range: first.range, depth: 3)
    }

    private static func isComprehension(_ value: PythonExpression) -> Bool {
        if case .each = value.kind { true } else { false }
    }
}
