import HTTPModel
import ProxyConfig

/// Finds the apps and the blueprints that a program names.
extension PythonProgram {
    mutating func owner(_ value: PythonValue) -> FlaskOwner? {
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

    /// Returns a `Flask(…)`. What the environment says is in its configuration from the beginning.
    mutating func makeApp(_ arguments: [PythonArgument]) -> FlaskApp {
        let app = FlaskApp("", line: line, isKnown: true, config: PythonTable(conditions: assumed))
        for argument in arguments {
            let value = data(argument.value)
            switch argument.name {
            case "static_url_path": app.files = value
            case "static_folder":
                // The files are served below the name of their folder, unless the path is given as well.
                guard !arguments.contains(where: { $0.name == "static_url_path" }) else { break }
                app.files = value.text.map { .text("/\($0.split(separator: "/").last ?? "static")") } ?? value
            case "*", "**": app.files = .unknown(text(of: argument.value))
            default: break
            }
        }
        if case .none? = app.files { app.files = arguments.contains { $0.name == "static_folder" } ? nil : .text("/static") }
        for name in ["DEBUG", "ENV", "TESTING"] {
            app.config.set(.text(name), .unknown("app.config[\"\(name)\"]"), line: line)
        }
        apps.append(app)
        return app
    }

    mutating func makeBlueprint(_ arguments: [PythonArgument]) -> PythonValue {
        var (title, prefix) = (PythonValue.unknown("the name of a blueprint"), PythonValue.none)
        for (place, argument) in arguments.enumerated() {
            let value = data(argument.value)
            switch argument.name {
            case nil where place == 0, "name": title = value
            case "url_prefix": prefix = value
            case "**": prefix = .unknown(text(of: argument.value))
            default: break
            }
        }
        let blueprint = FlaskBlueprint("", line: line, prefix: prefix, title: title)
        if blueprints.count < Self.itemLimit { blueprints.append(blueprint) }
        return .blueprint(blueprint)
    }

    /// Returns an app that stands for two, because only running the program would show which of them it is.
    mutating func merged(_ left: FlaskApp, _ right: FlaskApp, because reason: String) -> FlaskApp {
        let config = PythonTable(isOpen: left.config.isOpen || right.config.isOpen)
        for text in left.config.unknown + right.config.unknown { config.add(unknown: text) }
        for entry in left.config.entries + right.config.entries {
            guard let key = entry.key.text, config[key] == nil else { continue }
            let values = [left.config, right.config].map { $0[key]?.value ?? .absent }
            config.set(
                entry.key, values[0].isIdentical(to: values[1]) ? values[0] : .oneOf(values, because: reason), line: entry.line)
        }
        let app = FlaskApp(
            left.name.isEmpty ? right.name : left.name, line: right.line, isKnown: left.isKnown || right.isKnown, config: config)
        apps.removeAll { $0 === left || $0 === right }
        apps.append(app)
        (app.object, app.files) = (right.object, right.files)
        if case .text(let one)? = left.files, case .text(one)? = right.files {} else { app.files = .unknown(reason) }
        (left.successor, right.successor) = (app, app)
        note("which app `\(app.name)` is depends on \(reason.abbreviated): taken for one", at: right.line, .answer)
        return app
    }

    /// Returns an app that the program got from somewhere else.
    mutating func app(called text: String) -> FlaskApp {
        if let app = unknownApps[text] { return app }
        let app = FlaskApp(text, line: line, isKnown: false, config: PythonTable(isOpen: true))
        unknownApps[text] = app
        apps.append(app)
        return app
    }

    private mutating func blueprint(called text: String) -> FlaskBlueprint {
        if let blueprint = unknownBlueprints[text] { return blueprint }
        let blueprint = FlaskBlueprint(
            text, line: line, prefix: .unknown("the prefix of \(text)"), title: .unknown("the name of \(text)"), isKnown: false)
        unknownBlueprints[text] = blueprint
        blueprints.append(blueprint)
        return blueprint
    }

    mutating func target(_ expression: PythonExpression) -> FlaskOwner? {
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

    mutating func register(_ base: PythonValue, _ arguments: [PythonArgument], _ expression: PythonExpression) {
        guard let argument = arguments.first(where: { $0.name == nil || $0.name == "blueprint" }) else { return }
        let value = value(argument.value)
        switch value {
        case .blueprint(let one): place(one, on: base, prefix(arguments))
        case .unknown(let text), .library(let text): place(blueprint(called: text), on: base, prefix(arguments))
        case .either(let values, _):
            // Which of them is registered is not known, so neither is where each of them is.
            for case .blueprint(let one) in values { place(one, on: base, .unknown(text(of: argument.value))) }
        default: break
        }
    }

    private mutating func prefix(_ arguments: [PythonArgument]) -> PythonValue {
        arguments.first { $0.name == "url_prefix" }.map { data($0.value) } ?? .absent
    }

    private mutating func place(_ blueprint: FlaskBlueprint, on base: PythonValue, _ prefix: PythonValue) {
        let owner = owner(base) ?? .app(app(called: key(base, "app")))
        if blueprint.places.count < 100 { blueprint.places.append((owner, prefix)) }
    }
}
