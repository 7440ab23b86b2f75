import HTTPModel
import ProxyConfig

/// Translates `@cross_origin`, which is about single views.
extension FlaskCORSTranslator {
    /// Returns views in the order in which Flask looks for them.
    func inOrder(_ views: [FlaskView]) -> [FlaskView] {
        let keyed = views.enumerated().map { place, view in
            (
                key: paths(of: view).map(Self.specificity).max { $0.lexicographicallyPrecedes($1) } ?? [.max], place: place,
                view: view
            )
        }
        return keyed.sorted { left, right in
            left.key == right.key ? left.place < right.place : left.key.lexicographicallyPrecedes(right.key)
        }
        .map(\.view)
    }

    /// Returns the routes of a view with the prefixes of its blueprint; none when they are not known.
    func paths(of view: FlaskView) -> [String] {
        guard let path = view.route.path.text else { return [] }
        guard case .blueprint(let blueprint) = view.route.owner else { return [path] }
        return (prefixes(blueprint) ?? []).map { Self.joined($0, path) }
    }

    /// Returns what Flask sorts routes by: in the first segment that differs, a text is before a variable, and a variable of
    /// several segments is last.
    static func specificity(_ route: String) -> [Int] {
        let segments = route.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        return segments.map { segment in
            guard let start = segment.firstIndex(of: "<") else { return 0 }
            let rank = FlaskPaths.Variable(segment[segment.index(after: start)...].prefix { $0 != ">" }).rank
            if rank == 5 { return rank }
            return start == segment.startIndex && segment.hasSuffix(">") && segment.count(where: { $0 == "<" }) == 1 ? rank : 1
        } + [9]
    }

    /// Returns the patterns of a route, which are made once; none when they are not known.
    mutating func patterns(_ route: String) -> [String] {
        if let known = routePatterns[route] { return known }
        let patterns = FlaskPaths(route: route)?.patterns ?? []
        routePatterns[route] = patterns
        return patterns
    }

    /// Returns patterns for all that a route may take.
    mutating func cover(_ route: String) -> [String] {
        let known = patterns(route)
        return known.isEmpty ? FlaskPaths(route: route, covers: true)?.patterns ?? [] : known
    }

    /// Whether two routes may take the same path, by the number of their segments.
    static func mayMeet(_ one: String, _ other: String) -> Bool {
        let counts = (one.count(where: { $0 == "/" }), other.count(where: { $0 == "/" }))
        switch (one.contains(text: "<path:"), other.contains(text: "<path:")) {
        case (true, true): return true
        case (true, false): return counts.1 >= counts.0
        case (false, true): return counts.0 >= counts.1
        case (false, false): return counts.0 == counts.1
        }
    }

    /// Returns patterns for the paths that other, more specific routes take from routes with variables.
    ///
    /// - Parameters:
    ///   - methods: the methods of the routes; empty means every method.
    ///   - line: where they are, for notes.
    mutating func others(than routes: [String], methods: [String], at line: Int, of app: FlaskApp) -> [String] {
        guard routes.contains(where: { $0.contains("<") }) else { return [] }
        let keys = routes.map(Self.specificity)
        let own = routes.flatMap { patterns($0) }
        var found: [String] = []
        func take(_ route: String) -> [String] {
            let key = Self.specificity(route)
            guard !routes.contains(route), keys.contains(where: { key.lexicographicallyPrecedes($0) }) else { return [] }
            // Flask redirects to a route with a slash at its end.
            let both = route.hasSuffix("/") && route != "/" ? [route, String(route.dropLast())] : [route]
            let meeting = both.filter { one in routes.contains { Self.mayMeet(one, $0) } }
            let patterns = meeting.flatMap { cover($0) }
            let more = patterns.filter { !own.contains($0) && Self.mayOverlap([$0], own) && !found.contains($0) }
            found += more
            return more
        }
        for other in program.views where owner(other.route.owner, belongsTo: app) {
            for route in paths(of: other) {
                let patterns = take(route)
                let theirs = other.route.methods ?? []
                guard !patterns.isEmpty, !Set(theirs).isSuperset(of: methods) else { continue }
                // The view of these routes gets the requests with other methods, but not their preflights.
                shares.append(Share(patterns: patterns, methods: theirs.contains("GET") ? theirs + ["HEAD"] : theirs))
                note(
                    "\(route.abbreviated) has a view of its own: none of the headers of this rule there, whatever the method",
                    at: line, .small)
            }
        }
        for route in foreign(to: app).routes { _ = take(route) }
        return found
    }

    mutating func translate(_ view: FlaskView, of app: FlaskApp) {
        guard let crossOrigin = view.crossOrigin else { return }
        let routes = paths(of: view)
        guard view.conditions.isEmpty, !routes.isEmpty, let path = view.route.path.text, let methods = view.route.methods else {
            return note("@cross_origin: where its view is cannot be told: no rule", at: crossOrigin.line)
        }
        let patterns = routes.flatMap { self.patterns($0) }
        guard !patterns.isEmpty else {
            return note(
                "@cross_origin: \(path.abbreviated) is no path of a route, or has a variable whose values cannot be told: no rule",
                at: crossOrigin.line)
        }
        if let doubt = doubt(about: routes, of: app) {
            return note(
                "@cross_origin: \(doubt) may have routes among those of \(path.abbreviated), which are not seen here: no rule",
                at: crossOrigin.line)
        }
        if !notesPreflights {
            notesPreflights = true
            note(
                "@cross_origin: a preflight is answered here if its view has a route for the method that it asks for",
                at: crossOrigin.line, .small)
        }
        let all = methods.contains("GET") ? methods + ["HEAD"] : methods
        let options = FlaskCORSOptions([crossOrigin.table, app.config], line: crossOrigin.line)
        let isOff = options.option("automatic_options").map { $0.value.truth != true } ?? false
        let answers = view.answersPreflights && (!isOff || methods.contains("OPTIONS"))
        let answersHere = answers && answersPreflights(view, options, routes, of: app)
        strangers = others(than: routes, methods: methods, at: crossOrigin.line, of: app)
        defer { (strangers, shares) = ([], []) }
        rule(
            options, FlaskPaths(patterns), within: [], methods: all,
            answersPreflights: answersHere)
        if answers { takePreflights(view, options, routes, of: app) }
    }
}
