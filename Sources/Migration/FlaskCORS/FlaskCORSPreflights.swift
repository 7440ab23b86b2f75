import HTTPModel

/// Finds out which view answers the preflights of a path that several views share: in Flask the first one does, whatever the method
/// that they ask for.
extension FlaskCORSTranslator {
    /// Returns whether the preflights of a view may be answered by its own rule, because what answers them in Flask lets in as much.
    mutating func answersPreflights(_ view: FlaskView, _ options: FlaskCORSOptions, _ routes: [String], of app: FlaskApp) -> Bool
    {
        let sharing = sharing(routes, with: app)
        guard let first = sharing.first, !Self.isSame(first, view) else { return true }
        let own = FlaskCORSExtent(options)
        if let crossOrigin = first.crossOrigin, first.answersPreflights {
            if own.isWithin(FlaskCORSExtent(FlaskCORSOptions([crossOrigin.table, app.config], line: crossOrigin.line))) {
                return true
            }
        } else if let general = general(app), own.isWithin(general) {
            return true
        }
        note(
            "@cross_origin: the view of line \(first.route.line) answers the preflights of this path, and may let in less: none for this rule",
            at: options.line)
        return false
    }

    /// Keeps the app's rules from the preflights of a path that a decorated view answers for others.
    mutating func takePreflights(_ view: FlaskView, _ options: FlaskCORSOptions, _ routes: [String], of app: FlaskApp) {
        let sharing = sharing(routes, with: app)
        guard let first = sharing.first, Self.isSame(first, view), sharing.contains(where: { $0.crossOrigin == nil }),
            program.calls.contains(where: { owner($0.owner, belongsTo: app) })
        else { return }
        if let general = general(app), general.isWithin(FlaskCORSExtent(options)) { return }
        note(
            "@cross_origin: its view answers the preflights of this path for the others as well, which have none here",
            at: options.line)
        takePreflights(of: routes.flatMap { patterns($0) }, at: options.line)
    }

    /// Returns the views with the same paths, in the order of the program.
    private mutating func sharing(_ routes: [String], with app: FlaskApp) -> [FlaskView] {
        let own = Set(routes.flatMap { patterns($0) })
        var sharing: [FlaskView] = []
        for view in program.views where owner(view.route.owner, belongsTo: app) {
            if paths(of: view).contains(where: { !own.isDisjoint(with: patterns($0)) }) { sharing.append(view) }
        }
        return sharing
    }

    private static func isSame(_ one: FlaskView, _ other: FlaskView) -> Bool {
        one.crossOrigin === other.crossOrigin && one.route.line == other.route.line
    }

    /// What the app lets in everywhere; nil when that is not one policy for all paths.
    private func general(_ app: FlaskApp) -> FlaskCORSExtent? {
        let calls = program.calls.filter { owner($0.owner, belongsTo: app) }
        guard calls.count == 1, let call = calls.first, call.conditions.isEmpty, case .app = call.owner,
            let extents = FlaskCORSExtent.all(of: call), extents.count == 1, let only = extents.first, only.resource.isEmpty
        else { return nil }
        return only
    }
}
