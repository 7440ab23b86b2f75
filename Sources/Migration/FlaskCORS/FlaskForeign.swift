import HTTPModel

/// The routes that code from elsewhere serves: imported blueprints, extensions, the files of the app.
extension PythonProgram {
    /// Notes a route that an object from elsewhere adds, as `add_resource` of flask-restful and `route` of flask-restx do.
    ///
    /// - Parameters:
    ///   - base: the text of the object.
    ///   - paths: the routes.
    mutating func addForeign(_ base: String, _ paths: [PythonValue]) {
        guard foreign.count < Self.ruleLimit else { return }
        // An `Api(app)` without a prefix of its own adds the routes as they are.
        let isPlain = base.hasPrefix("Api(") && !base.contains(text: "prefix") && !base.contains(text: "*")
        foreign += paths.map { isPlain ? $0.text : nil }
    }
}

extension FlaskCORSTranslator {
    /// Returns the routes of code other than the program's views, and what other code may add any route.
    func foreign(to app: FlaskApp) -> (routes: [String], unknown: String?) {
        var routes: [String] = []
        var unknown: String?
        for blueprint in program.blueprints where !blueprint.isKnown && !blueprint.places.isEmpty {
            guard let prefixes = prefixes(blueprint), !prefixes.contains("") else {
                unknown = unknown ?? "`\(blueprint.name)`"
                continue
            }
            routes += prefixes.flatMap { [$0, $0 + "/<path:rest>"] }
        }
        for path in program.foreign {
            if let path { routes.append(path) } else { unknown = unknown ?? "an extension" }
        }
        if app.isKnown {
            switch app.files {
            case .text(let path)?: routes.append(Self.trimmed(path) + "/<path:filename>")
            case nil: break
            default: unknown = unknown ?? "the app's `static_url_path`"
            }
        }
        return (routes, unknown)
    }

    /// Returns what else may serve some of these routes; nil if nothing is likely to. Only routes that begin with a variable may
    /// meet those of others.
    mutating func doubt(about routes: [String], of app: FlaskApp) -> String? {
        guard routes.contains(where: { $0.hasPrefix("/<") }) else { return nil }
        let foreign = foreign(to: app)
        if let unknown = foreign.unknown { return unknown }
        // Of two equal routes, Flask uses the one that was added first.
        let own = Set(routes.flatMap { patterns($0) })
        return foreign.routes.first { !own.isDisjoint(with: cover($0)) }.map { "`\($0)`" }
    }
}
