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
        case ("add_resource", .unknown(let text)):
            addForeign(text, arguments.dropFirst().filter { $0.name == nil }.map { value($0.value) })
        case ("add_namespace", .unknown(let text)): addForeign(text, [.unknown(text)])
        case ("route", .unknown(let text)) where owner(base) == nil: addForeign(text, arguments.prefix(1).map { value($0.value) })
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

    // MARK: CORS

    /// Returns the options of a call, without the app.
    private mutating func options(_ arguments: [PythonArgument]) -> FlaskOptions {
        let table = PythonTable()
        let place = line
        defer { line = place }
        for argument in arguments {
            switch argument.name {
            case nil, "app"?: break
            case "**"?: unpack(argument.value, into: table)
            case "*"?: table.add(unknown: "*\(text(of: argument.value))")
            case let name?:
                let value = data(argument.value)
                table.set(.text(name), value.isCode ? .unknown(text(of: argument.value)) : value, line: argument.value.line)
            }
        }
        return FlaskOptions(table, line: place)
    }

    private mutating func makeInstance(_ target: FlaskOwner?, _ options: FlaskOptions) -> PythonValue {
        let instance = FlaskInstance(options, conditions: certain)
        guard instances.count < Self.itemLimit else {
            note("CORS is called more than \(Self.itemLimit) times: what is called from here on is left out", at: options.line)
            return .none
        }
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
        elsewhere.add(unknown: "the options with which \(text) was made")
        record(target, [own.table, elsewhere], line: own.line)
    }

    private mutating func record(_ target: FlaskOwner, _ tables: [PythonTable], line: Int) {
        if isMain {
            note("CORS is called when the file is run by itself: taken as though it were", at: line, .answer)
        }
        guard calls.count < Self.ruleLimit else {
            return note("CORS is called more than \(Self.ruleLimit) times: what is called from here on is left out", at: line)
        }
        var tables = tables
        if case .app(let app) = target { tables.append(app.config) } else { tables.append(PythonTable()) }
        // Changes of the tables after this line no longer have an effect.
        var snapshot = PythonSnapshot()
        calls.append(
            FlaskCall(
                owner: target, options: tables.map { snapshot.copy($0) }, line: line, conditions: certain,
                uncalled: uncalled))
    }

    // MARK: Views

    mutating func makeDecorator(_ arguments: [PythonArgument], _ expression: PythonExpression) -> PythonValue {
        let options = options(arguments)
        guard crossOrigins.count < Self.itemLimit else {
            note("@cross_origin is there more than \(Self.itemLimit) times: those from here on are left out", at: line)
            return .none
        }
        crossOrigins.append(options)
        if arguments.contains(where: { $0.name == nil }) {
            note("\(text(of: expression)): flask-cors takes options by name only, so what has none is ignored", at: line, .answer)
        }
        return .crossOrigin(options)
    }

    mutating func decorate(_ function: PythonFunction, with decorators: [PythonExpression]) {
        var isRouted = false
        for decorator in decorators.reversed() {
            let value = value(decorator)
            switch value {
            // It may call the function at once.
            case .function(let outer): call(decorator: outer, with: function)
            case .unknown(let text) where isOther(decorator):
                var scope = PythonScope(parent: function.scope.isType ? function.scope.parent : function.scope)
                swap(&self.scope, &scope)
                _ = perhaps(function.body, text)
                swap(&self.scope, &scope)
            case .unknown("classmethod"): function.kind = .ofClass
            case .unknown("staticmethod"): function.kind = .fixed
            case .unknown("property"): function.kind = .property
            case .either(let values, _):
                // Some options apply to the view, so those of the app do not.
                let hidden = FlaskOptions(PythonTable(), line: decorator.line)
                hidden.table.add(unknown: text(of: decorator))
                var isOurs = false
                for case .crossOrigin(let options) in values { (options.wasUsed, isOurs) = (true, true) }
                guard isOurs, !isRouted, function.crossOrigin == nil else { break }
                crossOrigins.append(hidden)
                function.crossOrigin = hidden
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

    /// Whether it is code that is not evaluated, such as a `lambda`.
    private func isOther(_ expression: PythonExpression) -> Bool {
        if case .other = expression.kind { true } else { false }
    }

    func decorated(_ value: PythonValue, _ options: FlaskOptions) -> PythonValue? {
        guard case .function(let function) = value else { return nil }
        let wrapped = PythonFunction(
            function.name, function.parameters, function.body, function.scope, line: function.line,
            conditions: function.conditions)
        wrapped.kind = function.kind
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
        var view = FlaskView(route: route, conditions: certain)
        switch value {
        case .function(let function), .bound(let function, _):
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
        for name in type.names where Self.verbs.contains(name) || name == "options" || name == "head" {
            guard case .function(let function)? = PythonType.value(name, in: type.order) else { continue }
            methods.append((name.uppercased(), function.crossOrigin))
        }
        view.route.methods = type.doubts.isEmpty ? methods.map(\.name) : nil
        if case .list(let decorators)? = PythonType.value("decorators", in: type.order) {
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
