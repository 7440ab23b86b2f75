import HTTPModel
import ProxyConfig

/// Models what Flask and flask-cors do when a program calls them.
extension PythonProgram {
    private static let verbs: Set<String> = ["get", "post", "put", "delete", "patch"]

    mutating func flask(
        _ name: String, of base: PythonValue, _ arguments: [PythonArgument], _ expression: PythonExpression
    ) -> PythonValue {
        switch (name, base) {
        case ("init_app", .instance(let instance)):
            initialise(instance, arguments, expression)
            return .none
        case ("init_app", .unknown(let text)), ("init_app", .library(let text)):
            adopt(text, arguments, expression)
            return .none
        case ("register_blueprint", _):
            register(base, arguments, expression)
            return .none
        case ("add_url_rule", _):
            addRule(base, arguments)
            return .none
        case _ where name == "route" || Self.verbs.contains(name):
            guard let owner = owner(base), let path = arguments.first(where: { $0.name == nil || $0.name == "rule" }) else {
                break
            }
            let methods = name == "route" ? methods(arguments) : [name.uppercased()]
            return .route(FlaskRoute(owner: owner, path: data(path.value), methods: methods, line: line))
        default: break
        }
        for argument in arguments { _ = value(argument.value) }
        return .unknown(text(of: expression))
    }

    /// Returns the methods of a route, GET when it names none; nil when they are not known.
    private mutating func methods(_ arguments: [PythonArgument]) -> [String]? {
        guard let argument = arguments.first(where: { $0.name == "methods" }) else { return ["GET"] }
        guard case .list(let list) = value(argument.value) else { return nil }
        let names = list.items.compactMap { $0.text?.uppercased() }
        return names.count == list.items.count ? names : nil
    }

    // MARK: Apps

    private mutating func owner(_ value: PythonValue) -> FlaskOwner? {
        switch value {
        case .app(let app): return .app(app)
        case .blueprint(let blueprint): return .blueprint(blueprint)
        case .unknown(let text), .library(let text):
            if let blueprint = unknownBlueprints[text] { return .blueprint(blueprint) }
            if let app = unknownApps[text] { return .app(app) }
            let last = text.split(separator: ".").last
            return last == "app" || last == "application" ? .app(app(called: text)) : nil
        default: return nil
        }
    }

    /// Returns an app that the program got from somewhere else.
    mutating func app(called text: String) -> FlaskApp {
        if let app = unknownApps[text] { return app }
        let app = FlaskApp(text, line: line, isKnown: false)
        unknownApps[text] = app
        apps.append(app)
        return app
    }

    private mutating func blueprint(called text: String) -> FlaskBlueprint {
        if let blueprint = unknownBlueprints[text] { return blueprint }
        let blueprint = FlaskBlueprint(text, line: line, prefix: .unknown("the prefix of \(text)"))
        unknownBlueprints[text] = blueprint
        blueprints.append(blueprint)
        return blueprint
    }

    private mutating func target(_ expression: PythonExpression) -> FlaskOwner? {
        let value = value(expression)
        if let owner = owner(value) { return owner }
        if case .none = value { return nil }
        let text = text(of: expression)
        let last = text.lowercased().split(separator: ".").last ?? ""
        let isBlueprint = last.hasSuffix("bp") || last.contains(text: "blueprint") || last.hasPrefix("bp_")
        return isBlueprint ? .blueprint(blueprint(called: key(value, text))) : .app(app(called: key(value, text)))
    }

    private func key(_ value: PythonValue, _ text: String) -> String {
        switch value {
        case .unknown(let text), .library(let text): text
        default: text
        }
    }

    private mutating func register(_ base: PythonValue, _ arguments: [PythonArgument], _ expression: PythonExpression) {
        guard let argument = arguments.first(where: { $0.name == nil || $0.name == "blueprint" }) else { return }
        let value = value(argument.value)
        let registered: FlaskBlueprint
        switch value {
        case .blueprint(let blueprint): registered = blueprint
        case .unknown(let text), .library(let text): registered = blueprint(called: text)
        default: return
        }
        let prefix = arguments.first { $0.name == "url_prefix" }.map { data($0.value) } ?? .absent
        guard let owner = Optional(owner(base) ?? .app(app(called: key(base, "app")))), registered.places.count < 100 else {
            return
        }
        registered.places.append((owner, prefix))
    }

    // MARK: CORS

    /// Returns the options of a call, without the app.
    private mutating func options(_ arguments: [PythonArgument]) -> FlaskOptions {
        let table = PythonTable()
        let place = line
        defer { line = place }
        for argument in arguments {
            switch argument.name {
            case nil, "app"?: break
            case "**"?: spread(argument.value, into: table)
            case "*"?: table.unknown.append("*\(text(of: argument.value))")
            case let name?: table.set(.text(name), data(argument.value), line: argument.value.line)
            }
        }
        return FlaskOptions(table, line: place)
    }

    private mutating func makeInstance(_ target: FlaskOwner?, _ options: FlaskOptions) -> PythonValue {
        let instance = FlaskInstance(options)
        instances.append(instance)
        if let target {
            options.wasUsed = true
            record(target, [options.table], line: options.line)
        }
        return .instance(instance)
    }

    mutating func makeInstance(_ arguments: [PythonArgument], _ expression: PythonExpression) -> PythonValue {
        let place = line
        let options = options(arguments)
        let target = arguments.first { $0.name == nil || $0.name == "app" }.flatMap { self.target($0.value) }
        if arguments.count(where: { $0.name == nil }) > 1 {
            note("\(text(of: expression)): flask-cors takes options by name only", at: place, .field)
        }
        return makeInstance(target, options)
    }

    private mutating func initialise(_ instance: FlaskInstance, _ arguments: [PythonArgument], _ expression: PythonExpression) {
        let own = options(arguments)
        guard let argument = arguments.first(where: { $0.name == nil || $0.name == "app" }),
            let target = target(argument.value)
        else { return note("\(text(of: expression)): no app is named", at: line, .field) }
        instance.options.wasUsed = true
        record(target, [own.table, instance.options.table], line: own.line)
    }

    /// Handles the `init_app` of an object that another file makes. It is an instance of CORS if its name says so or if it is
    /// given options of CORS.
    private mutating func adopt(_ text: String, _ arguments: [PythonArgument], _ expression: PythonExpression) {
        let own = options(arguments)
        let isCORS =
            text.lowercased().split(separator: ".").last?.contains(text: "cors") == true
            || own.table.entries.contains { ["origins", "resources", "supports_credentials"].contains($0.key.text) }
        guard isCORS, let argument = arguments.first(where: { $0.name == nil || $0.name == "app" }),
            let target = target(argument.value)
        else { return }
        let elsewhere = PythonTable()
        elsewhere.unknown = ["the options with which \(text) was made"]
        record(target, [own.table, elsewhere], line: own.line)
    }

    private mutating func record(_ target: FlaskOwner, _ tables: [PythonTable], line: Int) {
        if isMain, callDepth == 0 {
            note("CORS is called when the file is run by itself: taken as though it were", at: line, .answer)
        }
        guard calls.count < Self.ruleLimit else {
            return note("CORS is called more than \(Self.ruleLimit) times: what is called from here on is left out", at: line)
        }
        var tables = tables
        if case .app(let app) = target { tables.append(app.config) } else { tables.append(PythonTable()) }
        // Changes of the tables after this line no longer have an effect.
        var snapshot = PythonSnapshot()
        calls.append(FlaskCall(owner: target, options: tables.map { snapshot.copy($0) }, line: line, conditions: conditions))
    }

    // MARK: Views

    mutating func makeDecorator(_ arguments: [PythonArgument], _ expression: PythonExpression) -> PythonValue {
        let options = options(arguments)
        crossOrigins.append(options)
        if arguments.contains(where: { $0.name == nil }) {
            note("\(text(of: expression)): flask-cors takes options by name only, so what has none is ignored", at: line, .answer)
        }
        return .crossOrigin(options)
    }

    mutating func decorate(_ function: PythonFunction, with decorators: [PythonExpression]) {
        var isRouted = false
        for decorator in decorators.reversed() {
            switch value(decorator) {
            case .crossOrigin(let options):
                options.wasUsed = true
                if isRouted {
                    note(
                        "@cross_origin stands above the route of `\(function.name)`, where it has no effect: no rule",
                        at: options.line, .field)
                } else if function.crossOrigin == nil {
                    function.crossOrigin = options
                    options.wasUsed = false
                }
            case .route(let route):
                isRouted = true
                serve(.function(function), at: route)
            case .library(let name) where name.hasPrefix("flask_cors."):
                note(
                    "@cross_origin of `\(function.name)` has no parentheses, so the view fails with flask-cors: no rule",
                    at: decorator.line, .field)
            default: break
            }
        }
    }

    func decorated(_ value: PythonValue, _ options: FlaskOptions) -> PythonValue? {
        guard case .function(let function) = value else { return nil }
        let wrapped = PythonFunction(
            function.name, function.parameters, function.body, function.scope, line: function.line)
        wrapped.wasCalled = true
        wrapped.crossOrigin = function.crossOrigin ?? options
        return .function(wrapped)
    }

    private mutating func addRule(_ base: PythonValue, _ arguments: [PythonArgument]) {
        let positional = arguments.filter { $0.name == nil }
        let named = { (name: String) in arguments.first { $0.name == name }?.value }
        guard let owner = owner(base), let path = named("rule") ?? positional.first?.value,
            let view = named("view_func") ?? positional[safe: 2]?.value
        else { return }
        let methods = methods(arguments)
        serve(value(view), at: FlaskRoute(owner: owner, path: data(path), methods: methods, line: line))
    }

    mutating func serve(_ value: PythonValue, at route: FlaskRoute) {
        guard views.count < Self.ruleLimit else {
            return note("there are more than \(Self.ruleLimit) routes: those from here on are left out", at: line)
        }
        var view = FlaskView(route: route, conditions: conditions)
        switch value {
        case .function(let function):
            view.crossOrigin = function.crossOrigin
            function.crossOrigin?.wasUsed = true
        case .type(let type): return serve(type, view)
        default: break
        }
        views.append(view)
    }

    /// Adds the views of a `MethodView`: decorated as a whole, or method by method, in which case its preflights are not.
    private mutating func serve(_ type: PythonType, _ view: FlaskView) {
        var view = view
        var methods: [(name: String, options: FlaskOptions?)] = []
        for name in type.scope.order {
            guard Self.verbs.contains(name) || name == "options" || name == "head",
                case .function(let function)? = type.scope.names[name]
            else { continue }
            methods.append((name.uppercased(), function.crossOrigin))
        }
        view.route.methods = methods.map(\.name)
        if case .list(let decorators)? = type.scope.names["decorators"] {
            for case .crossOrigin(let options) in decorators.items where view.crossOrigin == nil {
                options.wasUsed = true
                view.crossOrigin = options
            }
        }
        // Flask answers those by itself, however the class is decorated.
        view.answersPreflights = methods.contains { $0.name == "OPTIONS" && ($0.options != nil || view.crossOrigin != nil) }
        guard view.crossOrigin == nil else { return views.append(view) }
        for method in methods where view.route.path.text != nil {
            view.route.methods = [method.name]
            view.crossOrigin = method.options
            method.options?.wasUsed = true
            views.append(view)
        }
    }
}
