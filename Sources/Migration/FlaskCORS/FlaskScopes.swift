/// Finds the paths below which an app or a blueprint is mounted.
extension FlaskCORSTranslator {
    func owner(_ owner: FlaskOwner, belongsTo app: FlaskApp) -> Bool {
        guard case .app(let other) = owner else { return true }
        return other.last === app || !other.isKnown
    }

    /// Returns the prefixes below which a blueprint is mounted; nil when they are not known.
    func prefixes(_ blueprint: FlaskBlueprint, _ depth: Int = 0) -> [String]? {
        guard depth < 8 else { return nil }
        func text(_ value: PythonValue) -> String?? {
            switch value {
            case .text(let text): .some(text)
            case .none, .absent: .some(nil)
            default: nil
            }
        }
        guard let own = text(blueprint.ownPrefix) ?? (blueprint.places.isEmpty ? nil : .some(nil)) else { return nil }
        guard !blueprint.places.isEmpty else { return own.map { [Self.trimmed($0)] } }
        var found: [String] = []
        for place in blueprint.places {
            guard let given = text(place.prefix) else { return nil }
            var outer = [""]
            if case .blueprint(let parent) = place.owner {
                guard let prefixes = prefixes(parent, depth + 1) else { return nil }
                outer = prefixes
            }
            // A prefix from another file is not known unless it is given here.
            if given == nil, case .unknown = blueprint.ownPrefix { return nil }
            found += outer.map { $0 + Self.trimmed(given ?? own ?? "") }
            guard found.count <= 100 else { return nil }
        }
        return found
    }

    static func trimmed(_ prefix: String) -> String {
        var prefix = prefix
        while prefix.hasSuffix("/") { prefix.removeLast() }
        return prefix.isEmpty || prefix.hasPrefix("/") ? prefix : "/" + prefix
    }

    /// Returns a route below a prefix, as Flask joins them.
    static func joined(_ prefix: String, _ route: String) -> String {
        prefix.isEmpty ? route : route.isEmpty ? prefix : "\(prefix)/\(route.drop { $0 == "/" })"
    }

    /// Returns the routes of a blueprint and of those that are registered on it.
    private func routes(of blueprint: FlaskBlueprint) -> [String] {
        var routes: [String] = []
        for view in program.views {
            guard case .blueprint(let owner) = view.route.owner, isPart(owner, of: blueprint) else { continue }
            for path in paths(of: view) where !routes.contains(path) { routes.append(path) }
        }
        return routes
    }

    /// Whether others have routes among those of a blueprint, so that its prefix does not tell which ones are its own.
    private mutating func isShared(_ blueprint: FlaskBlueprint, _ prefixes: [String], _ routes: [String])
        -> Bool
    {
        if prefixes.contains(where: { $0.isEmpty || $0.contains(where: { "<*?#%".contains($0) }) }) { return true }
        let guests = program.blueprints.filter { !$0.isKnown && !isPart($0, of: blueprint) && !$0.places.isEmpty }
        if guests.contains(where: { (self.prefixes($0) ?? []).contains { prefixes.contains($0) } }) { return true }
        // A route of others takes paths for which Flask asks the blueprint first.
        for view in program.views {
            if case .blueprint(let owner) = view.route.owner, isPart(owner, of: blueprint) { continue }
            for other in paths(of: view) where other.contains("<") {
                let (key, theirs) = (Self.specificity(other), cover(other))
                for own in routes where Self.specificity(own).lexicographicallyPrecedes(key) && Self.mayMeet(own, other) {
                    if Self.mayOverlap(cover(own), theirs) { return true }
                }
            }
        }
        return false
    }

    /// Returns patterns for everything that a blueprint serves; none when that is not known, which is noted.
    mutating func scope(of blueprint: FlaskBlueprint, _ call: FlaskCall, in app: FlaskApp) -> [String] {
        let name = blueprint.name.isEmpty ? "the blueprint" : "`\(blueprint.name)`"
        guard let prefixes = prefixes(blueprint) else {
            note("where \(name) is registered cannot be told, so there is no rule for it", at: call.line)
            return []
        }
        if blueprint.places.isEmpty {
            note("\(name) is registered in another file: taken for where its own prefix says", at: call.line, .answer)
        }
        let routes = routes(of: blueprint)
        guard isShared(blueprint, prefixes, routes) else {
            strangers = strangers(below: prefixes, of: blueprint, call)
            return prefixes.map { $0 + "/**" }
        }
        if let doubt = doubt(about: routes, of: app) {
            note("\(name): \(doubt) may have routes among its own, which are not seen here: no rule for it", at: call.line)
            return []
        }
        let patterns = routes.flatMap { self.patterns($0) }
        guard !patterns.isEmpty else {
            note("\(name) has no prefix of its own, and no route of it is here: no rule for it", at: call.line)
            return []
        }
        if !prefixes.contains("") {
            note("others have routes among those of \(name): its rule is for the routes that are here", at: call.line)
        }
        strangers = others(than: routes, methods: [], at: call.line, of: app)
        return patterns
    }

    /// Returns the paths below a blueprint's prefixes that do not belong to it.
    private mutating func strangers(below prefixes: [String], of blueprint: FlaskBlueprint, _ call: FlaskCall) -> [String] {
        var found: [String] = []
        for other in program.blueprints where !isPart(other, of: blueprint) {
            for prefix in self.prefixes(other) ?? [] where prefixes.contains(where: { prefix.hasPrefix($0 + "/") }) {
                found.append(prefix + "/**")
            }
        }
        var routes = program.foreign.compactMap(\.self)
        for view in program.views {
            if case .blueprint(let owner) = view.route.owner, isPart(owner, of: blueprint) { continue }
            routes += paths(of: view)
        }
        for pattern in routes.flatMap({ cover($0) }) where prefixes.contains(where: { FlaskPaths.isBelow($0, pattern) }) {
            found.append(pattern)
        }
        guard !found.isEmpty else { return [] }
        note("what is served below `\(blueprint.name)` and is none of it has no headers of its rule", at: call.line, .small)
        var unique: [String] = []
        for pattern in found.prefix(PythonProgram.ruleLimit) where !unique.contains(pattern) { unique.append(pattern) }
        return unique
    }

    /// Whether the other one is the blueprint itself, or registered on it.
    private func isPart(_ other: FlaskBlueprint, of blueprint: FlaskBlueprint, _ depth: Int = 0) -> Bool {
        if other === blueprint { return true }
        guard depth < 4 else { return false }
        for place in other.places.prefix(4) {
            if case .blueprint(let parent) = place.owner, isPart(parent, of: blueprint, depth + 1) { return true }
        }
        return false
    }
}
