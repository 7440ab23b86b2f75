final class PythonFunction {
    /// What a decorator makes of a function in a class.
    enum Kind {
        case plain, ofClass, fixed, property
    }

    let name: String
    let parameters: [PythonParameter]
    let body: [PythonStatement]
    let scope: PythonScope
    let line: Int
    /// The conditions under which it was defined, which apply if only other code calls it.
    let conditions: [FlaskCall.Condition]
    var kind = Kind.plain
    var wasCalled = false
    /// The options of a `@cross_origin` above it.
    var crossOrigin: FlaskOptions?
    /// Whether it is registered as a view, so that `@cross_origin` comes too late for it.
    var isRouted = false

    init(
        _ name: String, _ parameters: [PythonParameter], _ body: [PythonStatement], _ scope: PythonScope, line: Int,
        conditions: [FlaskCall.Condition] = []
    ) {
        self.name = name
        self.parameters = parameters
        self.body = body
        self.scope = scope
        self.line = line
        self.conditions = conditions
    }
}

final class PythonType {
    let name: String
    let scope: PythonScope
    let line: Int

    init(_ name: String, _ scope: PythonScope, line: Int) {
        self.name = name
        self.scope = scope
        self.line = line
    }
}

final class PythonScope {
    let parent: PythonScope?
    /// Whether it is the scope of a class, which its functions do not search.
    let isType: Bool
    var names: [String: PythonValue] = [:]
    /// The line where each name was set last.
    var lines: [String: Int] = [:]
    var order: [String] = []
    /// The value of `stamp` when each name was set last.
    var stamps: [String: Int] = [:]
    private var stamp = 0
    /// The imports of everything from a module, which may have set any name.
    private(set) var unknown: [String] = []
    /// The scopes of names that are declared `global` or `nonlocal`.
    private(set) var outer: [String: PythonScope] = [:]

    init(parent: PythonScope?, isType: Bool = false) {
        self.parent = parent
        self.isType = isType
    }

    func value(_ name: String) -> PythonValue? {
        if let outer = outer[name] { return outer.names[name] }
        var scope: PythonScope? = self
        while let current = scope {
            if let value = current.names[name] { return value }
            scope = current.parent
        }
        return nil
    }

    /// Makes a name refer to the program's scope, or to that of the next surrounding function that has it.
    func share(_ name: String, isGlobal: Bool) {
        var scope = parent
        while let current = scope {
            let isRoot = current.parent == nil
            if isGlobal ? isRoot : isRoot || (!current.isType && current.names[name] != nil) {
                outer[name] = current
                return
            }
            scope = current.parent
        }
    }

    /// Notes an import of everything from a module that may have given any name that is data here another value.
    func spoil(_ text: String) {
        if !unknown.contains(text), unknown.count < 20 { unknown.append(text) }
        for (name, value) in names where !value.isCode && !value.mayBeUnknown {
            names[name] = .oneOf([value, .unknown(text)], because: text)
            stamp += 1
            stamps[name] = stamp
        }
    }

    func set(_ name: String, _ value: PythonValue, line: Int) {
        if names[name] == nil { order.append(name) }
        names[name] = value
        lines[name] = line
        stamp += 1
        stamps[name] = stamp
    }
}
