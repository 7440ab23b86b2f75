/// A `try`, or a `with` that goes on after a failure.
struct PythonAttempt {
    var body: [PythonStatement]
    /// The `except`s.
    var handlers: [[PythonStatement]] = []
    /// What runs after the body: the `else`.
    var otherwise: [PythonStatement] = []
    /// What runs in any case: the `finally`.
    var last: [PythonStatement] = []
}

/// Follows `try` and `with`. One way has everything from the first statement that may fail, and the `else`; the other way handles
/// the failure.
extension PythonProgram {
    mutating func attempt(_ attempt: PythonAttempt) -> Flow {
        let flow = guarded(attempt)
        switch follow(attempt.last) {
        case .next: return flow
        case let last: return last
        }
    }

    private mutating func guarded(_ attempt: PythonAttempt) -> Flow {
        // If every handler ends the program, only the way without a failure is left.
        guard attempt.handlers.contains(where: { !Self.fails($0) }) else { return follow(attempt.body + attempt.otherwise) }
        var rest = attempt.body[...]
        while let statement = rest.first, !mayFail(statement) {
            rest.removeFirst()
            switch follow([statement]) {
            case .next: break
            case let flow: return flow
            }
        }
        guard let first = rest.first else { return follow(attempt.otherwise) }
        branches += 1
        let text = "the `try` of line \(first.line)"
        let arms = ["without a failure in", "after a failure in"].enumerated().map { place, word in
            FlaskCall.Condition(branch: branches, arm: place, isExhaustive: true, word: word, text: text)
        }
        return fork(
            arms[0], keepsAll: true, { $0.follow(rest + attempt.otherwise) }, arms[1],
            { program, changes in
                program.widen(changes, in: program.scope, because: text)
                return program.handle(attempt.handlers[...])
            })
    }

    private mutating func handle(_ handlers: ArraySlice<[PythonStatement]>) -> Flow {
        guard let first = handlers.first, handlers.count > 1 else { return handlers.first.map { follow($0) } ?? .next }
        branches += 1
        let arms = ["in", "in another than"].enumerated().map { place, word in
            FlaskCall.Condition(branch: branches, arm: place, isExhaustive: true, word: word, text: "an `except`")
        }
        return fork(
            arms[0], { $0.follow(first) }, arms[1], { program, _ in program.handle(handlers.dropFirst()) })
    }

    /// Follows a `with`. Some go on after a failure in their body.
    mutating func with(_ items: [PythonWith], _ body: [PythonStatement]) -> Flow {
        var goesOn = false
        for item in items {
            if case .call(let callee, _) = item.value.kind {
                switch value(callee) {
                case .library(let name), .unknown(let name):
                    goesOn = goesOn || ["suppress", "raises"].contains(name.split(separator: ".").last ?? "")
                case .function: goesOn = true
                case .type(let type): goesOn = goesOn || PythonType.value("__exit__", in: type.order) != nil
                default: break
                }
            }
            _ = value(item.value)
            if let target = item.target { assign(.unknown(text(of: item.value)), to: target) }
        }
        return attempt(PythonAttempt(body: body, handlers: goesOn ? [[]] : []))
    }

    // MARK: Failures

    /// Whether a block certainly ends the program, so that nothing goes on behind it.
    private static func fails(_ block: [PythonStatement]) -> Bool {
        for statement in block {
            switch statement.kind {
            case .failure: return true
            case .expression(let expression):
                if case .call(let callee, _) = expression.kind, exits(callee) { return true }
            case .assignment, .imported: break
            default: return false
            }
        }
        return false
    }

    private static func exits(_ callee: PythonExpression) -> Bool {
        switch callee.kind {
        case .name(let name): ["exit", "quit"].contains(name)
        case .attribute(let base, "exit"): if case .name("sys") = base.kind { true } else { false }
        default: false
        }
    }

    /// Whether a statement may fail. Importing flask-cors does not, because a program that uses it has it.
    private mutating func mayFail(_ statement: PythonStatement) -> Bool {
        switch statement.kind {
        case .expression(let value): return mayFail(value)
        case .assignment(let targets, let value): return mayFail(value) || targets.contains { mayFail(target: $0) }
        case .imported(let module, let names):
            let first = (module.isEmpty ? names.first?.name ?? "" : module).prefix { $0 != "." }
            return !Self.present.contains(String(first)) || module.hasPrefix("flask.ext")
        case .function(_, let parameters, _, let decorators):
            return parameters.contains { $0.fallback.map { mayFail($0) } ?? false } || decorators.contains { mayFail($0) }
        case .block(let body): return body.contains { mayFail($0) }
        case .branch(let condition, let taken, let other):
            return mayFail(condition) || taken.contains { mayFail($0) } || other.contains { mayFail($0) }
        case .result(let value): return value.map { mayFail($0) } ?? false
        case .outer: return false
        default: return true
        }
    }

    /// Modules that are there wherever the program runs.
    private static let present: Set<String> = [
        "flask", "flask_cors", "os", "re", "sys", "json", "datetime", "typing", "pathlib", "logging", "collections", "functools",
        "contextlib", "dataclasses", "enum", "time", "__future__",
    ]

    private mutating func mayFail(target: PythonExpression) -> Bool {
        switch target.kind {
        case .name: return false
        case .item(let base, let key): return mayFail(base) || mayFail(key)
        default: return true
        }
    }

    private mutating func mayFail(_ expression: PythonExpression) -> Bool {
        switch expression.kind {
        case .text, .number, .bool, .none, .name: return false
        case .attribute(let base, let name):
            if case .name("os") = base.kind { return false }
            guard name == "config" else { return true }
            return mayFail(base)
        case .list(let items): return items.contains { mayFail($0) }
        case .table(let entries): return entries.contains { $0.key.map { mayFail($0) } ?? true || mayFail($0.value) }
        case .formatted(let parts): return parts.contains { mayFail($0) }
        case .not(let inner): return mayFail(inner)
        case .choice(let first, let condition, let second): return mayFail(first) || mayFail(condition) || mayFail(second)
        case .binary(let symbol, let left, let right): return !["or", "and"].contains(symbol) || mayFail(left) || mayFail(right)
        case .call(let callee, let arguments):
            return !isSafe(callee) || arguments.contains { $0.name?.hasPrefix("*") == true || mayFail($0.value) }
        default: return true
        }
    }

    /// Whether a call of it does not fail, given what it asks for.
    private mutating func isSafe(_ callee: PythonExpression) -> Bool {
        switch value(callee) {
        case .library(let name):
            Self.isCORS(name) || Self.makesApp(name) || ["os.getenv", "os.environ.get", "str", "dict"].contains(name)
        case .method(.app, let name), .method(.blueprint, let name):
            ["route", "get", "post", "put", "patch", "delete", "register_blueprint"].contains(name)
        case .method(.instance, "init_app"): true
        default: false
        }
    }
}
