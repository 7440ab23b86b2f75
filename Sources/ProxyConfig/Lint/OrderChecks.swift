import HeaderPolicy
import ProxyCore

/// What one rule does to the effect of another.
extension Linter {
    /// Fields of which a message has one line.
    static let singles: Set<String> = [
        "content-type", "location", "strict-transport-security", "x-frame-options", "x-content-type-options", "referrer-policy",
        "cross-origin-opener-policy", "cross-origin-embedder-policy", "cross-origin-resource-policy", "etag", "expires", "age",
        "last-modified", "retry-after", "server", "x-request-id", "content-location", "date", "x-xss-protection",
    ]

    /// - Parameter scopes: global, listener and route. A narrow scope that overrides a wide one is what scopes are for.
    mutating func checkOrder(_ scopes: [[Rule]]) {
        var writers: [String: Rule] = [:]
        /// Every message has the field behind this rule.
        var certain: [String: Rule] = [:]
        var removers: [String: Rule] = [:]
        var end: Rule?
        depth = 0
        own = []
        for (depth, rule) in scopes.enumerated().flatMap({ scope in scope.element.map { (scope.offset, $0) } }) {
            if depth > self.depth { own = [] }
            self.depth = depth
            defer { own.insert(rule.location) }
            if let end {
                warn(
                    .afterStop, "no message reaches this rule: `stop` on line \(end.location.line) ends the stage for all",
                    at: rule.location, "move it above, or give `stop` a `when`")
                continue
            }
            switch rule.action {
            case .set(let fields), .add(let fields):
                for field in fields { write(field, by: rule, &writers, &certain, &removers) }
            case .merge(let fields):
                for field in fields where rule.isUnconditional { certain[field.name.value.lowercased()] = rule }
            case .remove(let names): for name in names { remove(name, by: rule, &writers, &certain, &removers) }
            case .rename, .edit, .cors, .cookies: break
            case .stop: if rule.isUnconditional { end = rule }
            }
        }
    }

    private mutating func write(
        _ field: FieldValue, by rule: Rule, _ writers: inout [String: Rule], _ certain: inout [String: Rule],
        _ removers: inout [String: Rule]
    ) {
        let name = field.name.value.lowercased()
        if rule.presence == .absent, let earlier = certain[name] { return neverAbsent(field, rule, earlier) }
        if rule.presence == .present, removers[name] != nil, writers[name] == nil {
            return warn(
                .neverPresent, "\(field.name.value) is never present here: a rule above removes it", at: field.name.location,
                "leave out `if: present`, or one of the two rules")
        }
        var isAdd = false
        if case .add = rule.action { isAdd = true }
        if isAdd {
            if let earlier = certain[name], Self.singles.contains(name) {
                warn(
                    .singleFieldTwice,
                    "\(field.name.value) is there already, from line \(earlier.location.line), and a message has one",
                    at: field.name.location, "use `set`")
            }
        } else if rule.isUnconditional, rule.presence == nil {
            if let earlier = writers[name], !earlier.isFromPreset, own.contains(earlier.location) {
                warn(
                    .overwritten, "\(field.name.value) is written here and overwritten on line \(field.name.location.line)",
                    at: earlier.writtenFields.first { $0.name.value.lowercased() == name }?.name.location ?? earlier.location,
                    "leave one of the two out, or give the later one `if: absent` or a `when`")
            }
        }
        writers[name] = rule
        removers[name] = nil
        if rule.isUnconditional, !field.value.value.isEmpty, !field.value.value.contains("{") { certain[name] = rule }
    }

    private mutating func neverAbsent(_ field: FieldValue, _ rule: Rule, _ earlier: Rule) {
        let name = field.name.value
        // A preset that finds another preset's field says nothing of the user's intent.
        guard !rule.isFromPreset else { return }
        if let preset = earlier.presetName {
            return warn(
                .presetWinsOverRule,
                "this never applies: the preset \(preset) on line \(earlier.location.line) has written \(name) already",
                at: field.name.location, "put this rule above the preset, or leave out `if: absent`")
        }
        warn(
            .neverAbsent, "\(name) is never absent here: line \(earlier.location.line) writes it", at: field.name.location,
            "put this rule above, or leave out `if: absent`")
    }

    private mutating func remove(
        _ target: Located<String>, by rule: Rule, _ writers: inout [String: Rule], _ certain: inout [String: Rule],
        _ removers: inout [String: Rule]
    ) {
        let name = target.value.lowercased()
        guard rule.isUnconditional, !name.hasSuffix("*") else { return }
        if let earlier = writers[name], !rule.isFromPreset, own.contains(earlier.location) {
            warn(
                .setThenRemoved, "\(target.value) is written on line \(earlier.location.line), and removed here",
                at: target.location,
                "leave one of the two out")
        }
        if name == "content-type" {
            warn(
                .contentTypeRemoved, "without Content-Type, browsers guess what a response is", at: target.location,
                "set the right one instead")
        }
        writers[name] = nil
        certain[name] = nil
        removers[name] = rule
    }

    mutating func checkCondition(_ rule: Rule, on route: Route) {
        guard let condition = rule.condition, !rule.isFromPreset else { return }
        if condition.schemes.map(\.value) == ["https"], !mayBeHTTPS, let scheme = condition.schemes.first {
            warn(
                .impossibleCondition, "no request is https here: no listener speaks TLS, and no trusted proxy says so",
                at: scheme.location, "name the balancer that ends TLS in `trusted_proxies`")
        }
        for status in condition.statuses where status.value.hasPrefix("1") && status.value != "101" {
            warn(
                .impossibleCondition, "interim responses (1xx) do not pass the stage", at: status.location,
                "leave it out; 101 does")
        }
        let routeStarts = route.paths.map { Self.literalStart($0.value) }
        for path in condition.paths
        where !routeStarts.isEmpty && route.responseHeaders.contains(where: { $0.location == rule.location }) {
            let start = Self.literalStart(path.value)
            if !routeStarts.contains(where: { $0.hasPrefix(start) || start.hasPrefix($0) }) {
                warn(
                    .pathOutsideRoute,
                    "no request of this route has such a path: the route takes \(route.paths.map(\.value).joined(separator: ", "))",
                    at: path.location, "`when: path` sees the whole path, with what `strip_prefix` takes off")
            }
        }
    }

    /// Of an expression nothing is known.
    static func literalStart(_ pattern: String) -> String {
        pattern.hasPrefix("regex:") ? "" : String(pattern.prefix { $0 != "*" })
    }
}
