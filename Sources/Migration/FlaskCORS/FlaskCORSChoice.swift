import ProxyConfig

/// Chooses the calls of flask-cors that are about the app behind the proxy.
extension FlaskCORSTranslator {
    /// Returns calls for the instances that no `init_app` of this file uses.
    mutating func leftOver() -> [FlaskCall] {
        guard program.calls.isEmpty else { return [] }
        return program.instances.filter { !$0.options.wasUsed }.map { instance in
            note("CORS() without an app: taken for the app, with the options that are here", at: instance.options.line, .answer)
            let app = program.app(called: "app")
            return FlaskCall(
                owner: .app(app), options: [instance.options.table, app.config], line: instance.options.line,
                conditions: instance.conditions)
        }
    }

    /// Corrects a call whose owner was taken for an app and turns out to be registered as a blueprint, or to be one of two.
    func settled(_ call: FlaskCall) -> FlaskCall {
        guard case .app(let app) = call.owner else { return call }
        var call = call
        call.owner = .app(app.last)
        if !app.isKnown, let blueprint = program.unknownBlueprints[app.name] { call.owner = .blueprint(blueprint) }
        return call
    }

    /// Leaves out the calls in functions that nothing here calls, where the app has a call that runs, or where another such
    /// function lets in less.
    mutating func called(_ calls: [FlaskCall]) -> [FlaskCall] {
        var left: [FlaskCall] = []
        for (place, call) in calls.enumerated() {
            guard let function = call.uncalled, call.conditions.isEmpty else {
                left.append(call)
                continue
            }
            let others = calls.enumerated().filter { $1.uncalled !== function && $1.owner.isSame(as: call.owner) }
            if let other = others.first(where: { $1.uncalled == nil })?.element {
                note(
                    "CORS is called in `\(function.name)`, which nothing here calls: left out, for line \(other.line) calls it as well",
                    at: call.line)
            } else if let other = others.first(where: { $1.conditions.isEmpty && !isWithin(call, $1, orIsBefore: place < $0) })?
                .element
            {
                note(
                    "CORS is called in `\(function.name)`, and as in line \(other.line) in another function, and nothing here calls either: "
                        + "left out, for that may let in less", at: call.line, .answer)
            } else {
                left.append(call)
            }
        }
        return left
    }

    /// Whether a call certainly lets in only what another one does, or is about other resources. Of two that let in the same, the
    /// first one counts.
    private func isWithin(_ call: FlaskCall, _ other: FlaskCall, orIsBefore isBefore: Bool) -> Bool {
        guard let own = FlaskCORSExtent.all(of: call), let others = FlaskCORSExtent.all(of: other) else { return false }
        if !own.contains(where: { one in others.contains { $0.resource == one.resource } }) { return true }
        return FlaskCORSExtent.isWithin(call, other) && (isBefore || !FlaskCORSExtent.isWithin(other, call))
    }

    /// Chooses among the arms of an `if` the one that lets in only what the other does as well; neither if there may be none.
    mutating func chosen(_ calls: [FlaskCall]) -> [FlaskCall] {
        var chosen: [FlaskCall] = []
        for call in calls {
            guard let condition = call.conditions.first else {
                chosen.append(call)
                continue
            }
            let others = calls.filter { other in other.conditions.first.map { $0.branch == condition.branch } ?? false }
            let arms = Set(others.map { $0.conditions[0].arm })
            guard condition.isExhaustive, arms.count == 2, others.allSatisfy({ $0.conditions.count == 1 }) else {
                note("CORS is called only \(condition.phrase): left out", at: call.line)
                continue
            }
            guard others.count == 2, let narrower = narrower(others[0], others[1]) else {
                let lines = Set(others.map(\.line)).subtracting([call.line]).sorted().map { "\($0)" }.joined(separator: ", ")
                note(
                    "CORS is called like this \(condition.phrase), and otherwise as in line \(lines.isEmpty ? "\(call.line)" : lines); "
                        + "neither lets in only what the other does: left out", at: call.line, .answer)
                continue
            }
            if narrower.conditions[0].arm == condition.arm {
                chosen.append(call)
            } else {
                note(
                    "CORS is called like this \(condition.phrase): left out for what line \(narrower.line) lets in, which is less",
                    at: call.line, .answer)
            }
        }
        return chosen
    }

    /// Returns the call that lets in only what the other does as well.
    private func narrower(_ one: FlaskCall, _ other: FlaskCall) -> FlaskCall? {
        guard one.owner.isSame(as: other.owner) else { return nil }
        if FlaskCORSExtent.isWithin(one, other) { return one }
        return FlaskCORSExtent.isWithin(other, one) ? other : nil
    }

    /// Returns a measure of how much a call lets in.
    private func width(_ call: FlaskCall) -> Int {
        var widest = 0
        for table in call.options {
            for entry in table.entries {
                guard case .table(let resources) = entry.value, entry.key.text == "resources" else { continue }
                for case .table(let own) in resources.entries.map(\.value) {
                    widest = max(widest, width([own] + call.options))
                }
            }
        }
        return max(widest, width(call.options))
    }

    private func width(_ tables: [PythonTable]) -> Int {
        guard let option = FlaskCORSOptions(tables, line: 0).option("origins") else { return .max }
        let origins = FlaskCORSOrigins(option.value)
        return origins.allowsAny ? .max : origins.entries.count
    }

    /// Returns the app behind the proxy: of several, the one that lets in the least.
    mutating func app(of calls: [FlaskCall], _ views: [FlaskView]) -> FlaskApp? {
        var apps: [(app: FlaskApp, width: Int, line: Int)] = []
        for call in calls {
            guard case .app(let app) = call.owner else { continue }
            if let index = apps.firstIndex(where: { $0.app === app }) {
                apps[index].width = max(apps[index].width, width(call))
            } else {
                apps.append((app, width(call), call.line))
            }
        }
        guard let chosen = apps.min(by: { $0.width < $1.width }) else {
            let places = program.apps.filter(\.isKnown)
            if places.count > 1 { note("there are several apps here: taken for one", at: places[1].line, .answer) }
            return places.first ?? program.app(called: "app")
        }
        for other in apps where other.app !== chosen.app {
            note(
                "`\(other.app.name)` is another app than `\(chosen.app.name)`, which lets in less: left out, for one of them is behind the upstream",
                at: other.line, .answer)
        }
        for other in program.apps where other.isKnown && !apps.contains(where: { $0.app === other }) {
            note("`\(other.name)` has no CORS, the rules are those of `\(chosen.app.name)`", at: other.line, .answer)
        }
        return chosen.app
    }

    mutating func noteSettings(of app: FlaskApp, _ calls: [FlaskCall]) {
        for unknown in app.config.unknown {
            note(
                "app.config comes from \(unknown.abbreviated) as well: CORS_… settings in there are not seen", at: app.line,
                .answer)
        }
        let known = FlaskCORSOptions.names
        for entry in app.config.entries {
            guard let name = entry.key.text, name.hasPrefix("CORS_") else { continue }
            if !known.contains(name.dropFirst(5).lowercased()) {
                note("\(name): no setting of flask-cors", at: entry.line)
            } else if !calls.contains(where: { $0.options.contains { $0[name] != nil } }), program.crossOrigins.isEmpty {
                note("\(name): set after CORS was called, where it has no effect", at: entry.line)
            }
        }
    }
}
