import HTTPModel
import ProxyConfig

/// Notes code that may concern CORS but cannot be evaluated.
extension PythonProgram {
    /// Whether a library's name is that of `CORS` or `cross_origin`.
    static func isCORS(_ library: String) -> Bool {
        let parts = library.split(separator: ".")
        return (library.hasPrefix("flask_cors.") || library.hasPrefix("flask.ext.cors."))
            && (parts.last == "CORS" || parts.last == "cross_origin")
    }

    /// Whether two names of libraries are those of the same thing of flask-cors.
    static func areSame(_ left: String, _ right: String) -> Bool {
        isCORS(left) && isCORS(right) && left.split(separator: ".").last == right.split(separator: ".").last
    }

    /// Notes a call with CORS in its name that is not known.
    mutating func suspect(_ name: String, _ expression: PythonExpression) {
        let last = name.lowercased().split(separator: ".").last ?? ""
        let runsText = (name == "exec" || name == "eval") && text(of: expression).lowercased().contains(text: "cors")
        guard runsText || last.contains(text: "cors"), !last.contains(text: "origins") else { return }
        note("\(text(of: expression)): what it does cannot be told", at: expression.line, .field)
    }

    /// Notes that `CORS` itself is passed on, as to `partial`.
    mutating func handOn(_ library: String, _ expression: PythonExpression) {
        guard Self.isCORS(library), strange.insert(expression.range.lowerBound).inserted else { return }
        note("\(text(of: expression)) is handed on here: what becomes of it cannot be told", at: expression.line, .field)
    }

    /// Notes code that is not evaluated, such as a `lambda`.
    mutating func passBy(_ expression: PythonExpression) {
        guard strange.insert(expression.range.lowerBound).inserted else { return }
        let scalars = source.scalars[expression.range.clamped(to: source.scalars.indices)].prefix(10_000)
        let words = scalars.split { !($0.properties.isXIDContinue) }.map { String(String.UnicodeScalarView($0)) }
        let isOurs = words.contains { word in
            if case .library(let library)? = scope.value(word) { return library.hasPrefix("flask_cors") }
            return word == "CORS" || word == "cross_origin"
        }
        if isOurs { note("\(text(of: expression)): what it does cannot be told", at: expression.line, .field) }
    }

    /// Handles a class that is derived from `CORS`: without changes of its own it is the same by another name.
    mutating func derive(_ name: String, from library: String, _ body: [PythonStatement]) -> PythonValue {
        let changes = body.contains { statement in
            if case .function(let name, _, _, _) = statement.kind { name == "__init__" || name == "init_app" } else { false }
        }
        guard changes else { return .library(library) }
        note("`\(name)` is a CORS of its own: what it does cannot be told", at: line, .field)
        return .unknown(name)
    }

    /// Functions that do not change their arguments.
    private static let readers: Set<String> = [
        "print", "len", "str", "repr", "isinstance", "type", "any", "all", "bool", "max", "min", "sum", "iter", "next",
        "enumerate",
        "zip", "map", "filter", "format", "id", "hash", "hasattr", "callable", "range", "reversed", "int", "open", "json",
        "logging",
        "pprint", "copy", "itertools", "functools", "typing", "os", "sys", "re", "collections", "operator", "warnings",
    ]

    /// Methods of other objects that do not change tables.
    private static let loggers: Set<String> = [
        "debug", "info", "warning", "error", "exception", "critical", "log", "jsonify", "dumps", "dump", "deepcopy",
    ]

    /// Marks lists and tables as unknown that are passed to a function of another file, which may change them.
    mutating func mayChange(_ values: [PythonValue], by name: String, _ expression: PythonExpression) {
        let parts = name.split(separator: ".")
        guard let last = parts.last?.unicodeScalars.first, !last.properties.isUppercase, last.properties.isXIDStart,
            let first = parts.first.map(String.init), !Self.readers.contains(first)
        else { return }
        for value in values {
            switch value {
            case .list(let list): append(.unknown(text(of: expression)), to: list)
            case .table(let table) where !Self.loggers.contains(parts.last.map(String.init) ?? ""):
                table.spoil(text(of: expression))
            default: break
            }
        }
    }
}
