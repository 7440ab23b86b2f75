import HTTPModel
import ProxyConfig

/// Translates a program's use of flask-cors to the `cors` rules of a draft.
struct FlaskCORSTranslator {
    let file: String
    var draft = ImportDraft()
    var program: PythonProgram
    /// The requests that earlier rules have taken: flask-cors uses the first resource that matches.
    private var taken: [Taken] = []
    /// Whether there were too many rules, so that the others are left out.
    private var isFull = false
    /// The line of the call that is being translated.
    private var call: Int?
    var notesPreflights = false
    /// The patterns of routes, by their texts.
    var routePatterns: [String: [String]] = [:]
    /// Paths that are covered by those of the blueprint or view that is being translated, but belong to others.
    var strangers: [String] = []
    /// The requests for these paths that others get, by method, if they do not get all requests.
    var shares: [Share] = []

    /// Some requests for paths.
    struct Share: Equatable {
        var patterns: [String]
        var methods: [String]
    }

    private struct Taken: Equatable {
        /// The patterns; empty means every path.
        var patterns: [String]
        /// Patterns of paths among these that are not taken.
        var exceptions: [String] = []
        var shares: [Share] = []
        /// The methods; empty means every method.
        var methods: [String] = []
        var takesPreflights = true
        /// Whether it takes preflights alone, from the rules of the app and of blueprints.
        var isOfPreflights = false
        /// The line of the call, because where it lets nobody in, flask-cors asks the next one.
        var call: Int?

        /// Whether it takes only some of the requests for its paths.
        var isPartial: Bool { isOfPreflights || !methods.isEmpty || !exceptions.isEmpty || !shares.isEmpty }
    }

    init(_ program: PythonProgram, file: String) {
        self.program = program
        self.file = file
    }

    mutating func note(_ text: String, at line: Int, _ danger: ImportDraft.Danger = .field) {
        draft.note(text, at: "\(file):\(line)", danger)
    }

    /// Translates the program; returns false when it does not use flask-cors.
    mutating func translate() -> Bool {
        let calls = chosen(called((program.calls + leftOver()).map(settled)))
        let views = program.views.filter { $0.crossOrigin != nil }
        for found in program.notes { note(found.text, at: found.line, found.danger) }
        for options in program.crossOrigins where !options.wasUsed {
            note("@cross_origin: which path it is for cannot be told: add a `cors` rule for it", at: options.line)
        }
        guard !calls.isEmpty || !views.isEmpty || !draft.notes.isEmpty else { return false }
        guard let app = app(of: calls, views) else { return !program.calls.isEmpty || !program.crossOrigins.isEmpty }
        noteSettings(of: app, calls)
        for view in inOrder(views) where owner(view.route.owner, belongsTo: app) { translate(view, of: app) }
        var blueprints: [(call: FlaskCall, patterns: [String], strangers: [String])] = []
        for call in calls {
            guard case .blueprint(let blueprint) = call.owner else { continue }
            strangers = []
            let patterns = scope(of: blueprint, call, in: app)
            if !patterns.isEmpty { blueprints.append((call, patterns, strangers)) }
        }
        // A blueprint that is mounted deeper has a hook of its own.
        let longest = { (patterns: [String]) in patterns.map(\.utf8.count).max() ?? 0 }
        let order = blueprints.indices.sorted {
            (longest(blueprints[$1].patterns), $1) < (longest(blueprints[$0].patterns), $0)
        }
        for index in order {
            strangers = blueprints[index].strangers
            translate(blueprints[index].call, within: blueprints[index].patterns)
        }
        strangers = []
        // Hooks run in the reverse order in which they were added.
        for call in calls.reversed() {
            if case .app(let owner) = call.owner, owner === app { translate(call, within: []) }
        }
        return true
    }

    // MARK: Rules

    private mutating func translate(_ call: FlaskCall, within scope: [String]) {
        if isFull { return }
        self.call = call.line
        let options = FlaskCORSOptions(call.options, line: call.line)
        guard let resources = options.option("resources") else {
            if let unknown = call.options.dropLast().flatMap(\.unknown).first {
                note(
                    "resources: \(unknown.abbreviated) may name them, and cannot be looked into: no rule", at: call.line, .answer)
                return
            }
            return rule(options, .every, within: scope)
        }
        switch resources.value {
        case .table(let table): translate(table, call, within: scope)
        case .list(let list) where list.items.count <= PythonProgram.ruleLimit:
            for item in list.items { translate(item, options, resources.line, within: scope) }
        default: translate(resources.value, options, resources.line, within: scope)
        }
    }

    /// Translates the resources in the order of flask-cors: exact paths first, then expressions; among each, those with more
    /// slashes, and then longer ones.
    private mutating func translate(_ table: PythonTable, _ call: FlaskCall, within scope: [String]) {
        let keyed = table.entries.enumerated().map { place, entry -> (key: [Int], entry: PythonTable.Entry) in
            var text = entry.key.text ?? ""
            var kind = [0, 0]
            if case .expression(let expression, _) = entry.key {
                (text, kind) = (expression, [1, 0])
            } else if FlaskPaths.isExpression(text) {
                (text, kind) = (text == "*" ? ".*" : text, [1, 1])
            }
            return (kind + [-text.count { $0 == "/" }, -text.unicodeScalars.count, place], entry)
        }
        if let unknown = table.unknown.first ?? (keyed.count > PythonProgram.ruleLimit ? "so many" : nil) {
            note("resources: \(unknown.abbreviated) cannot be looked into, so nothing is sure: no rules", at: call.line, .answer)
            return
        }
        for (_, entry) in keyed.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) where !isFull {
            guard case .table(let own) = entry.value else {
                note("\((entry.key.text ?? "").abbreviated): the options cannot be told: no rule", at: entry.line)
                take(entry.key, within: scope)
                continue
            }
            translate(entry.key, FlaskCORSOptions([own] + call.options, line: entry.line), entry.line, within: scope)
        }
    }

    /// Notes what earlier rules have taken, up to a limit, behind which there are no more rules.
    private mutating func take(_ requests: Taken, at line: Int) {
        if taken.contains(requests) { return }
        taken.append(requests)
        guard taken.count >= 2 * PythonProgram.ruleLimit, !isFull else { return }
        isFull = true
        note("there are too many rules: those from here on are left out", at: line, .answer)
    }

    mutating func takePreflights(of patterns: [String], at line: Int) {
        take(Taken(patterns: patterns, isOfPreflights: true), at: line)
    }

    private static func paths(_ resource: PythonValue) -> FlaskPaths? {
        switch resource {
        case .text(let text): FlaskPaths(resource: text, isExpression: FlaskPaths.isExpression(text), ignoresCase: false)
        case .expression(let text, let ignoresCase): FlaskPaths(resource: text, isExpression: true, ignoresCase: ignoresCase)
        default: nil
        }
    }

    /// Notes a resource without a rule, because the resources after it still do not apply to its paths.
    private mutating func take(_ resource: PythonValue, within scope: [String]) {
        guard let paths = Self.paths(resource), !paths.isNever else { return }
        take(Taken(patterns: paths.cover.isEmpty ? scope : paths.cover, call: call), at: call ?? 1)
    }

    private mutating func translate(_ resource: PythonValue, _ options: FlaskCORSOptions, _ line: Int, within scope: [String]) {
        guard let paths = Self.paths(resource) else {
            note("resources: which path it is cannot be told, so nothing behind it is sure: no rule", at: line, .answer)
            take(Taken(patterns: scope, call: call), at: line)
            return
        }
        let text = if case .expression(let text, _) = resource { text } else { resource.text ?? "" }
        guard !paths.isNever else { return note("\(text.abbreviated): no path begins like that: no rule", at: line) }
        guard paths.patterns != nil else {
            note("\(text.abbreviated): no path pattern says that expression: no rule", at: line)
            return take(resource, within: scope)
        }
        rule(options, paths, within: scope)
    }

    mutating func rule(
        _ options: FlaskCORSOptions, _ paths: FlaskPaths, within scope: [String], methods: [String] = [],
        answersPreflights: Bool = true
    ) {
        var options = options
        checkNames(options)
        guard let own = paths.patterns, !isFull else { return }
        var patterns = own
        var outside: [String] = []
        if !scope.isEmpty, own.isEmpty {
            patterns = scope
        } else if !scope.isEmpty {
            let prefixes = scope.filter { $0.hasSuffix("/**") }.map { String($0.dropLast(3)) }
            let isInside = own.allSatisfy { pattern in
                scope.contains(pattern) || prefixes.contains { FlaskPaths.isBelow($0, pattern) }
            }
            if !isInside { outside = scope }
        }
        let others = strangers.filter { patterns.isEmpty || Self.mayOverlap([$0], patterns) }
        let before = taken.filter {
            ($0.patterns.isEmpty || Self.mayOverlap($0.patterns, patterns)) && !($0.isOfPreflights && !methods.isEmpty)
        }
        let requests = Taken(
            patterns: patterns, exceptions: others.filter { other in !shares.contains { $0.patterns.contains(other) } },
            shares: shares, methods: methods, takesPreflights: answersPreflights, call: methods.isEmpty ? call : nil)
        defer { take(requests, at: options.line) }
        if before.contains(where: {
            !$0.isPartial && ($0.patterns.isEmpty || (!patterns.isEmpty && Set($0.patterns).isSuperset(of: patterns)))
        }) {
            return note("another call or resource is asked first on these paths: no rule", at: options.line)
        }
        let lines = options.rule()
        for found in options.notes { note(found.text, at: found.line, found.danger) }
        guard let lines else { return }
        if let other = before.compactMap(\.call).first(where: { $0 != call }) {
            note(
                "where line \(other) is asked first and lets nobody in, flask-cors goes on to this one: not here",
                at: options.line)
        }
        var tests: [String] = []
        if !patterns.isEmpty { tests.append("path: \(Self.list(patterns))") }
        if !methods.isEmpty { tests.append("method: \(YAMLText.list(methods))") }
        if !answersPreflights { tests.append(Self.noPreflight) }
        let excluded = excluded(before, patterns, others, outside)
        if excluded.count == 1 { tests.append("not: \(excluded[0])") }
        if excluded.count > 1 { tests.append("not: [\(excluded.joined(separator: ", "))]") }
        let when = tests.isEmpty ? nil : "{ \(tests.joined(separator: ", ")) }"
        draft.responseRules.append(ImportDraft.Rule(body: .lines(lines), when: when, origin: "\(file):\(options.line)"))
    }

    private static let noPreflight = "request_header: { Access-Control-Request-Method: absent }"

    /// Returns the conditions for requests that a rule does not get: those that earlier rules have taken, those for paths of
    /// others, and those outside of a scope.
    private func excluded(_ before: [Taken], _ patterns: [String], _ others: [String], _ outside: [String]) -> [String] {
        var excluded: [String] = []
        let whole = before.filter { !$0.isPartial }.flatMap(\.patterns)
        let overlapping = (whole + others).filter { patterns.isEmpty || Self.mayOverlap([$0], patterns) }
        if !overlapping.isEmpty { excluded.append("{ path: \(Self.list(overlapping)) }") }
        for one in before where one.isPartial && !(!one.patterns.isEmpty && Set(others).isSuperset(of: one.patterns)) {
            var tests: [String] = []
            if !one.patterns.isEmpty { tests.append("path: \(Self.list(one.patterns))") }
            if !one.methods.isEmpty { tests.append("method: \(YAMLText.list(one.methods))") }
            if !one.takesPreflights { tests.append(Self.noPreflight) }
            if one.isOfPreflights { tests.append("request_header: { Access-Control-Request-Method: present }") }
            var spared = one.exceptions.isEmpty ? [] : ["{ path: \(Self.list(one.exceptions)) }"]
            spared += one.shares.filter { !$0.methods.isEmpty }.map {
                "{ path: \(Self.list($0.patterns)), method: \(YAMLText.list($0.methods)) }"
            }
            if spared.count == 1 { tests.append("not: \(spared[0])") }
            if spared.count > 1 { tests.append("not: [\(spared.joined(separator: ", "))]") }
            excluded.append("{ \(tests.joined(separator: ", ")) }")
        }
        if !outside.isEmpty { excluded.append("{ not: { path: \(Self.list(outside)) } }") }
        return excluded
    }

    private static func list(_ patterns: [String]) -> String { YAMLText.list(patterns.map { $0.replacing("${", by: "$${") }) }

    static func mayOverlap(_ left: [String], _ right: [String]) -> Bool {
        right.isEmpty || left.contains { one in right.contains { FlaskPaths.mayOverlap(one, $0) } }
    }
}
