import HTTPModel
import HeaderPolicy
import ProxyConfig

/// Follows a program as far as its text shows what it does, within limits. Both ways of a condition are followed, and values that
/// are not known stay unknown.
struct PythonProgram {
    static let stepLimit = 100_000
    static let depthLimit = 200
    static let callLimit = 8
    static let itemLimit = 1_000
    /// The largest length of a text that is put together.
    static let textLimit = 10_000
    /// The largest number of calls of CORS, of its resources, and of routes.
    static let ruleLimit = 200

    let source: SourceText
    var scope: PythonScope
    var steps = 0
    var depth = 0
    var callDepth = 0
    var line = 1
    /// The conditions under which the statement that is being followed runs.
    var conditions: [FlaskCall.Condition] = []
    var branches = 0
    /// Whether the statement is below `if __name__ == "__main__"`.
    var isMain = false
    /// The function that is followed although nothing here calls it, if the statement is in one.
    var uncalled: PythonFunction?
    /// The assumptions that are being followed.
    var assumptions: [PythonAssumption] = []
    /// The numbers of `continue`s and `break`s together, and of `break`s, in this round of the loop.
    var leaves = 0
    var breaks = 0
    /// The function that is being followed, and what it is called on.
    var current: (function: PythonFunction, receiver: PythonValue?)?
    var returned: [PythonValue] = []
    var functions: [PythonFunction] = []
    /// The places of expressions that are not evaluated and have been reported.
    var strange: Set<Int> = []
    /// The attributes of objects that are not known, such as `self`.
    var attributes: [String: PythonValue] = [:]

    // The results.
    var notes: [(line: Int, text: String, danger: ImportDraft.Danger)] = []
    var apps: [FlaskApp] = []
    var blueprints: [FlaskBlueprint] = []
    /// The objects that are assumed to be apps or blueprints, by their names.
    var unknownApps: [String: FlaskApp] = [:]
    var unknownBlueprints: [String: FlaskBlueprint] = [:]
    var calls: [FlaskCall] = []
    var instances: [FlaskInstance] = []
    var views: [FlaskView] = []
    /// The routes that extensions add; nil for those that are not known.
    var foreign: [String?] = []
    var crossOrigins: [FlaskOptions] = []
    var types: [PythonType] = []

    init(_ source: SourceText) {
        self.source = source
        scope = PythonScope(parent: nil)
    }

    mutating func run(_ statements: [PythonStatement]) {
        _ = follow(statements)
        // Factories and similar functions are called by other code. Functions that take an app are followed only if nothing here
        // has called them.
        let isPart = { (function: PythonFunction) in function.parameters.contains { $0.name.lowercased().hasSuffix("app") } }
        for function in functions.filter({ !isPart($0) }) + functions.filter(isPart) where !function.wasCalled {
            uncalled = function
            assuming("whether `\(function.name)` is called") { program in
                program.conditions += function.conditions
                _ = program.call(function, nil)
                program.conditions.removeLast(function.conditions.count)
            }
        }
        if steps >= Self.stepLimit {
            note("the program is too long to be followed: what is done behind this line was not looked at", at: line, .answer)
        }
    }

    mutating func note(_ text: String, at line: Int, _ danger: ImportDraft.Danger = .field) {
        notes.append((line, text, danger))
    }

    /// The conditions without those that are assumed to hold.
    var certain: [FlaskCall.Condition] { conditions.filter { !$0.isAssumed } }

    func text(of expression: PythonExpression) -> String {
        source.scalars[expression.range.clamped(to: source.scalars.indices)].prefix(100).string.abbreviated
    }

    // MARK: Statements

    enum Flow {
        case next
        /// The function may have returned.
        case perhaps(FlaskCall.Condition)
        case returned, raised
        /// The round of the loop has ended.
        case left
    }

    mutating func follow(_ statements: [PythonStatement]) -> Flow {
        depth += 1
        defer { depth -= 1 }
        let before = conditions.count
        defer { conditions.removeLast(conditions.count - before) }
        var left: FlaskCall.Condition?
        for statement in statements {
            steps += 1
            guard steps < Self.stepLimit, depth < Self.depthLimit else {
                steps = Self.stepLimit
                return .raised
            }
            line = statement.line
            switch follow(statement) {
            case .next: break
            case .perhaps(let condition):
                conditions.append(condition)
                left = condition
            case let flow: return flow
            }
        }
        return left.map { .perhaps($0) } ?? .next
    }

    private mutating func follow(_ statement: PythonStatement) -> Flow {
        switch statement.kind {
        case .expression(let expression): _ = value(expression)
        case .assignment(let targets, let expression):
            let value = value(expression)
            for target in targets { assign(value, to: target) }
        case .change(let target, let symbol, let expression): change(target, symbol, expression)
        case .imported(let module, let names): imported(module, names)
        case .branch(let condition, let taken, let other): return branch(condition, taken, other)
        case .loop(let target, let items, let body, let otherwise): return loop(target, items, body, otherwise)
        case .removal(let target): remove(target)
        case .outer(let names, let isGlobal): for name in names { scope.share(name, isGlobal: isGlobal) }
        case .block(let body): return follow(body)
        case .attempt(let attempt): return self.attempt(attempt)
        case .with(let items, let body): return with(items, body)
        case .perhaps(let body): return perhaps(body, "a `case`, or a block that could not be read")
        case .function(let name, let parameters, let body, let decorators):
            let function = PythonFunction(
                name, parameters, body, scope, line: statement.line, conditions: certain)
            functions.append(function)
            decorate(function, with: decorators)
            scope.set(name, .function(function), line: statement.line)
        case .type(let name, let body, let bases, let decorators): define(name, body, bases, decorators)
        case .result(let expression):
            returned.append(expression.map { value($0) } ?? .none)
            return .returned
        case .failure: return .raised
        case .leave(let isBreak):
            leaves += 1
            if isBreak { breaks += 1 }
            return .left
        case .unreadable(let names): unreadable(names)
        }
        return .next
    }

    private mutating func unreadable(_ names: Set<String>) {
        // The statement may change everything that it names in any way.
        for name in names.sorted() {
            switch scope.value(name) {
            case .list(let list)?: append(.unknown(name), to: list)
            case .table(let table)?: table.spoil(name)
            case let value? where !value.isCode:
                assign(.unknown(name), to: PythonExpression(kind: .name(name), line: line, range: 0..<0))
            default: break
            }
        }
        let isOurs = names.contains { name in
            if case .library(let library)? = scope.value(name) { return library.hasPrefix("flask_cors") }
            return name.hasPrefix("CORS") || name == "cross_origin" || name.lowercased().hasSuffix("cors")
        }
        if isOurs { note("this could not be read, so nothing of it is here", at: line, .field) }
    }
}
