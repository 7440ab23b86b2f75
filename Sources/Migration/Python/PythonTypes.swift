/// A function, and what its decorators make of it.
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

/// A class of the program.
final class PythonType {
    /// A class in the order in which names are searched.
    enum Step {
        case known(PythonType)
        /// A class from elsewhere, which may have any name.
        case unknown(String)
    }

    private static let stepLimit = 64

    let name: String
    let scope: PythonScope
    let line: Int
    /// The classes that are searched behind this one.
    private let bases: [Step]
    /// Whether it is a class of apps.
    let isApp: Bool
    /// Whether a decorator or a base makes its `__init__`, which sets its fields to what it is given.
    let hasFields: Bool

    init(_ name: String, _ scope: PythonScope, line: Int, bases: [Step], isApp: Bool, hasFields: Bool) {
        self.name = name
        self.scope = scope
        self.line = line
        self.hasFields = hasFields || bases.contains { if case .known(let base) = $0 { base.hasFields } else { false } }
        self.isApp = isApp || bases.contains { if case .known(let base) = $0 { base.isApp } else { false } }
        // A class that is there twice keeps only its last place, as in Python.
        var steps: [Step] = []
        var done: Set<ObjectIdentifier> = []
        for step in bases.flatMap({ base -> [Step] in if case .known(let type) = base { type.order } else { [base] } }).reversed()
        {
            if case .known(let type) = step, !done.insert(ObjectIdentifier(type)).inserted { continue }
            steps.append(step)
        }
        steps.reverse()
        if steps.count > Self.stepLimit { steps = steps.prefix(Self.stepLimit) + [.unknown("so many classes")] }
        self.bases = steps
    }

    /// The class and its bases, in the order in which names are searched.
    var order: [Step] { [.known(self)] + bases }

    /// The bases that may have any name.
    var doubts: [String] { bases.compactMap { if case .unknown(let text) = $0 { text } else { nil } } }

    /// The names of the classes, those of this one first.
    var names: [String] {
        var names: [String] = []
        for case .known(let type) in order {
            for name in type.scope.order where !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// Returns what the first of the classes has by a name; nil when none of those of the program has it.
    static func value(_ name: String, in order: [Step]) -> PythonValue? {
        var value = PythonValue.absent
        var doubt: String?
        for step in order where value.mayBeAbsent {
            switch step {
            case .unknown(let text): doubt = doubt ?? text
            case .known(let type):
                guard let found = type.scope.names[name] else { continue }
                value = value.replacingAbsent(by: found.isCode ? found : found.doubted(doubt))
            }
        }
        if case .absent = value { return nil }
        return value.replacingAbsent(by: .unknown(doubt ?? name))
    }
}

/// An object of a class of the program, or the attributes of an app.
final class PythonObject {
    /// The classes in which its names are searched.
    let order: [PythonType.Step]
    let scope: PythonScope
    /// Whether its own names count; not so for `super()`.
    let hasNames: Bool
    /// Code that may have set any of the names that its classes give it.
    var doubt: String?

    init(_ order: [PythonType.Step], scope: PythonScope = PythonScope(parent: nil), hasNames: Bool = true) {
        self.order = order
        self.scope = scope
        self.hasNames = hasNames
    }

    func value(_ name: String) -> PythonValue? {
        if hasNames, let own = scope.names[name], !own.mayBeAbsent { return own }
        let ofClass = PythonType.value(name, in: order).map { $0.isCode ? $0 : $0.doubted(doubt) }
        guard hasNames, let own = scope.names[name] else { return ofClass }
        return own.replacingAbsent(by: ofClass ?? .unknown(name))
    }
}
