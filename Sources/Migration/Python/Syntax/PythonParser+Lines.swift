import HeaderPolicy

/// Parses statements that are one line long.
extension PythonParser {
    mutating func simpleLine() throws(PythonSyntaxError) -> [PythonStatement] {
        var statements: [PythonStatement] = []
        while true {
            let line = parser.token.line
            statements.append(PythonStatement(kind: try simple(), line: line))
            if parser.take(";"), parser.token.kind != .lineEnd { continue }
            guard parser.token.kind == .lineEnd || parser.isAtEnd else { throw PythonSyntaxError() }
            if !parser.isAtEnd { parser.index += 1 }
            return statements
        }
    }

    private mutating func simple() throws(PythonSyntaxError) -> PythonStatement.Kind {
        if case .name(let word) = parser.token.kind {
            switch word {
            case "import", "from":
                parser.index += 1
                return word == "from" ? try importedFrom() : try imported()
            case "return":
                parser.index += 1
                return .result(parser.token.kind == .lineEnd || parser.isSymbol(";") ? nil : try parser.expressions())
            case "raise":
                parser.skipLine()
                return .failure
            case "break", "continue":
                parser.index += 1
                return .leave(isBreak: word == "break")
            case "pass", "assert":
                parser.skipLine()
                return .block([])
            case "del":
                parser.index += 1
                return .removal(try parser.expressions())
            case "global", "nonlocal":
                parser.index += 1
                var names = [try parser.name()]
                while parser.take(",") { names.append(try parser.name()) }
                return .outer(names, isGlobal: word == "global")
            default: break
            }
        }
        var values = [try parser.expressions()]
        if parser.take(":") {
            _ = try parser.expression()
            guard parser.take("=") else { return .block([]) }
            return .assignment(values, try parser.expressions())
        }
        if case .symbol(let symbol) = parser.token.kind, symbol.count > 1, symbol.hasSuffix("="),
            !["==", "!=", "<=", ">="].contains(symbol)
        {
            parser.index += 1
            return .change(values[0], String(symbol.dropLast()), try parser.expressions())
        }
        while parser.take("=") { values.append(try parser.expressions()) }
        let last = values.removeLast()
        return values.isEmpty ? .expression(last) : .assignment(values, last)
    }

    private mutating func dottedName() throws(PythonSyntaxError) -> String {
        var text = ""
        while parser.isSymbol(".") || parser.isSymbol("...") {
            text += parser.isSymbol(".") ? "." : "..."
            parser.index += 1
        }
        if parser.isWord("import") { return text }
        text += try parser.name()
        while parser.take(".") { text += "." + (try parser.name()) }
        return text
    }

    private mutating func imported() throws(PythonSyntaxError) -> PythonStatement.Kind {
        var statements: [PythonStatement] = []
        repeat {
            let line = parser.token.line
            let module = try dottedName()
            let first = String(module.prefix { $0 != "." })
            let name = parser.take("as") ? (name: module, alias: try parser.name()) : (name: first, alias: first)
            statements.append(PythonStatement(kind: .imported(module: "", names: [name]), line: line))
        } while parser.take(",")
        return .block(statements)
    }

    private mutating func importedFrom() throws(PythonSyntaxError) -> PythonStatement.Kind {
        let module = try dottedName()
        try parser.expect("import")
        if parser.take("*") { return .imported(module: module, names: [("*", "*")]) }
        let isEnclosed = parser.take("(")
        var names: [(name: String, alias: String)] = []
        repeat {
            if isEnclosed, parser.isSymbol(")") { break }
            let name = try parser.name()
            names.append((name, parser.take("as") ? try parser.name() : name))
        } while parser.take(",")
        if isEnclosed { try parser.expect(")") }
        return .imported(module: module, names: names)
    }
}
