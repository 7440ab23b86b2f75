/// Follows classes and what is done with them.
extension PythonProgram {
    mutating func define(
        _ name: String, _ body: [PythonStatement], _ bases: [PythonArgument], _ decorators: [PythonExpression]
    ) {
        let place = line
        var steps: [PythonType.Step] = []
        var (isApp, hasFields) = (false, !decorators.isEmpty)
        var derived: PythonValue?
        for base in bases {
            switch value(base.value) {
            case .type(let type): steps.append(.known(type))
            case .library(let library) where Self.makesApp(library): isApp = true
            case .library(let library) where Self.isCORS(library): derived = derive(name, from: library, body)
            case .library(let text), .unknown(let text):
                let last = text.split(separator: ".").last.map(String.init) ?? text
                hasFields = hasFields || ["NamedTuple", "BaseModel", "BaseSettings"].contains(last)
                if !Self.plainBases.contains(last) { steps.append(.unknown(text)) }
            default: steps.append(.unknown(text(of: base.value)))
            }
        }
        for decorator in decorators { _ = value(decorator) }
        let type = PythonType(
            name, PythonScope(parent: scope, isType: true), line: place, bases: steps, isApp: isApp, hasFields: hasFields)
        let outer = scope
        scope = type.scope
        _ = follow(body)
        scope = outer
        types.append(type)
        scope.set(name, derived ?? .type(type), line: place)
    }

    /// Classes from elsewhere that have no settings.
    private static let plainBases: Set<String> = [
        "object", "ABC", "ABCMeta", "Enum", "EnumMeta", "Exception", "NamedTuple", "BaseModel", "Protocol", "TypedDict",
        "MethodView", "View", "Resource", "Namespace", "JSONEncoder", "DefaultJSONProvider",
    ]

    // MARK: Objects

    mutating func make(_ type: PythonType, _ arguments: [PythonArgument], _ expression: PythonExpression) -> PythonValue {
        let object = PythonObject(type.order)
        object.doubt = type.doubts.first
        var made = PythonValue.object(object)
        if type.isApp {
            let app = makeApp(arguments)
            app.object = object
            made = .app(app)
        }
        if case .function(let function)? = PythonType.value("__init__", in: type.order) {
            _ = call(function, arguments, receiver: made)
        } else if type.hasFields {
            for argument in arguments {
                let value = data(argument.value)
                if let name = argument.name, !name.hasPrefix("*") {
                    object.scope.set(name, value, line: argument.value.line)
                } else {
                    object.doubt = text(of: expression)
                }
            }
            if case .function(let function)? = PythonType.value("__post_init__", in: type.order) {
                _ = call(function, [], receiver: made)
            }
        } else {
            evaluate(arguments)
        }
        return made
    }

    /// Returns what `super()` is in the function that is being followed.
    func above() -> PythonValue? {
        guard let (function, receiver) = current, let receiver else { return nil }
        let (object, order): (PythonObject?, [PythonType.Step]) =
            switch receiver {
            case .object(let object): (object, object.order)
            case .app(let app): (app.object, app.object.order)
            case .type(let type): (nil, type.order)
            default: (nil, [])
            }
        let place = order.firstIndex { if case .known(let type) = $0 { type.scope === function.scope } else { false } }
        guard let place else { return nil }
        return .above(
            PythonObject(Array(order[(place + 1)...]), scope: object?.scope ?? PythonScope(parent: nil), hasNames: false),
            of: receiver)
    }

    // MARK: Attributes

    /// Returns what something has by a name; nil when it has no value that is known. A function that is reached through an object
    /// is bound to it.
    mutating func member(_ name: String, of base: PythonValue) -> PythonValue? {
        let (found, isObject): (PythonValue?, Bool) =
            switch base {
            case .type(let type): (PythonType.value(name, in: type.order), false)
            case .object(let object): (object.value(name), true)
            case .app(let app): (app.object.value(name), true)
            case .above(let object, _): (object.value(name), true)
            default: (nil, false)
            }
        guard case .function(let function)? = found else { return found }
        let receiver = if case .above(_, let receiver) = base { receiver } else { base }
        switch function.kind {
        case .property: return isObject ? call(function, [], receiver: receiver) : .unknown(name)
        case .ofClass: return .bound(function, to: receiver)
        case .plain where isObject: return .bound(function, to: receiver)
        case .plain, .fixed: return .function(function)
        }
    }

    func hasMember(_ name: String, _ value: PythonValue) -> Bool {
        switch value {
        case .type(let type): PythonType.value(name, in: type.order) != nil
        case .object(let object): object.value(name) != nil
        default: false
        }
    }

    /// The scope of the attributes that something has itself.
    static func attributes(of value: PythonValue) -> PythonScope? {
        switch value {
        case .type(let type): type.scope
        case .object(let object): object.scope
        case .app(let app): app.object.scope
        default: nil
        }
    }
}
