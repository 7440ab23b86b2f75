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

    private static func trimmed(_ prefix: String) -> String {
        var prefix = prefix
        while prefix.hasSuffix("/") { prefix.removeLast() }
        return prefix.isEmpty || prefix.hasPrefix("/") ? prefix : "/" + prefix
    }

    /// Returns patterns for everything that a blueprint serves; none when that is not known, which is noted.
    mutating func scope(of blueprint: FlaskBlueprint, _ call: FlaskCall) -> [String] {
        let name = blueprint.name.isEmpty ? "the blueprint" : "`\(blueprint.name)`"
        guard let prefixes = prefixes(blueprint) else {
            note("where \(name) is registered cannot be told, so there is no rule for it", at: call.line)
            return []
        }
        if blueprint.places.isEmpty {
            note("\(name) is registered in another file: taken for where its own prefix says", at: call.line, .answer)
        }
        var patterns: [String] = []
        for prefix in prefixes where !prefix.isEmpty {
            patterns += (FlaskPaths(route: prefix + "/<path:rest>")?.patterns ?? []).map { pattern in
                pattern.hasSuffix("/*/**") ? String(pattern.dropLast(5)) + "/**" : pattern
            }
        }
        if prefixes.contains("") {
            patterns += program.views.flatMap { view -> [String] in
                guard case .blueprint(let owner) = view.route.owner, owner === blueprint else { return [] }
                return view.route.path.text.flatMap { FlaskPaths(route: $0)?.patterns } ?? []
            }
        }
        if patterns.isEmpty { note("\(name) has no prefix, and no route of it is here: no rule for it", at: call.line) }
        return patterns
    }

    /// Returns the paths below a blueprint's prefixes that do not belong to it.
    mutating func strangers(below scope: [String], of call: FlaskCall) -> [String] {
        guard case .blueprint(let blueprint) = call.owner else { return [] }
        let prefixes = scope.filter { $0.hasSuffix("/**") }.map { String($0.dropLast(3)) }
        var found: [String] = []
        for other in program.blueprints where !isPart(other, of: blueprint) {
            for prefix in self.prefixes(other) ?? [] where prefixes.contains(where: { prefix.hasPrefix($0 + "/") }) {
                found.append(prefix + "/**")
            }
        }
        for view in program.views {
            var outer = [""]
            if case .blueprint(let owner) = view.route.owner {
                if isPart(owner, of: blueprint) { continue }
                outer = self.prefixes(owner) ?? []
            }
            for pattern in outer.flatMap({ FlaskPaths(route: $0 + (view.route.path.text ?? ""))?.patterns ?? [] })
            where prefixes.contains(where: { FlaskPaths.isBelow($0, pattern) }) {
                found.append(pattern)
            }
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
