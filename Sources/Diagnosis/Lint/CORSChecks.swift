import HTTPModel
import HeaderPolicy
import ProxyConfig

extension Linter {
    /// - Parameter new: the index of the first rule that was not checked before.
    mutating func checkCORS(_ rules: [Rule], from new: Int) {
        for rule in rules.dropFirst(new) {
            if let policy = rule.action as? CORSPolicy {
                check(policy)
                checkMethods(policy, of: rule)
                checkErrors(of: rule, among: rules)
            } else {
                for field in rule.writtenFields { checkByHand(field) }
                for effect in rule.action.effects { checkByHand(effect) }
            }
        }
    }

    /// Finds methods that an answer to a preflight allows, although the rule does not apply to them.
    private mutating func checkMethods(_ policy: CORSPolicy, of rule: Rule) {
        guard let listed = policy.allowMethods, !listed.contains(where: { $0.value == "*" }) else { return }
        var (open, narrowed) = (policy, rule)
        open.allowMethods = nil
        open.openMethods = listed.map(\.value)
        narrowed.action = open
        narrowed.narrowOpenMethods()
        let met = (narrowed.action as? CORSPolicy)?.openMethods ?? []
        guard let other = listed.first(where: { !met.contains($0.value) && !SafeLists.isSafe(method: $0.value) }) else { return }
        warn(
            .wideCORS,
            "this rule does not apply to \(other.value), which pages will send without asking: browsers remember every method of an answer",
            at: other.location, "leave it out, or add it to `method` under `when`")
    }

    /// Finds responses that get no answer from any `cors` rule. For errors, browsers then tell the page about CORS instead of what
    /// went wrong.
    private mutating func checkErrors(of rule: Rule, among rules: [Rule]) {
        let all = rules.filter { $0.action is CORSPolicy }
        let conditions = all.compactMap(\.condition)
        // A rule without a condition answers all of them.
        guard let condition = rule.condition, conditions.count == all.count else { return }
        func isLeftOut(_ status: Int, of source: String? = nil) -> Bool {
            conditions.allSatisfy { $0.holds(forStatus: status, of: source) == false }
        }
        let place = condition.responseLocation
        if isLeftOut(200, of: "upstream") {
            return warn(
                .corsWithoutSuccess, "what the app answers with status 200 goes out without CORS: pages cannot read it",
                at: place,
                "leave out the test of \(isLeftOut(200) ? "`status`" : "`source`")")
        }
        let status = [404, 500].first { isLeftOut($0, of: "upstream") }
        guard status != nil || isLeftOut(502, of: "proxy") else { return }
        warn(
            .corsWithoutErrors,
            "\(Self.error(status)) goes out without CORS: the page cannot read it, and is told of CORS instead", at: place,
            "leave out the test of \(isLeftOut(status ?? 502) ? "`status`" : "`source`")")
    }

    private static func error(_ status: Int?) -> String {
        status.map { "a response with status \($0)" } ?? "an error that the proxy answers"
    }

    /// Finds a `stop` that takes preflights or responses away from a `cors` below it.
    mutating func checkStop(_ stop: Rule, above rule: Rule, _ policy: CORSPolicy) {
        guard let condition = stop.condition else { return }
        let (line, place) = (stop.place(stop.location, beside: rule).line, rule.place(rule.location, beside: stop))
        if policy.preflight == .edge, condition.takesAll(of: rule.condition, \.meetsPreflights) {
            warn(
                .afterStop, "no preflight reaches this `cors`: `stop` on line \(line) ends the stage for it", at: place,
                "move it above, or give `stop` another `when`")
        }
        if condition.takesAll(of: rule.condition, { $0.meets(status: 200, of: "upstream") }) {
            warn(
                .corsWithoutSuccess,
                "what the app answers with status 200 goes out without CORS: `stop` on line \(line) ends the stage for it",
                at: place, "move it above, or give `stop` another `when`")
        }
        let asking = condition.asked(.method).first { !SafeLists.isSafe(method: $0.value) && $0.value != "OPTIONS" }
        if policy.preflight == .edge, let asking, stop.mayMeet(rule) {
            warn(
                .afterStop,
                "preflights for \(asking.value) are granted, but its responses go out without CORS: `stop` on line \(line) ends the stage for them",
                at: place, "move it above, or give it `when: { not: { method: \(asking.value) } }`")
        }
        guard condition.holds(forStatus: 200, of: "upstream") == false, stop.mayMeet(rule) else { return }
        let asked = condition.asked(.status).compactMap { PatternSamples.statuses($0.value)?.upperBound }
        let status = ([404, 500] + asked).first { $0 >= 400 && condition.holds(forStatus: $0, of: "upstream") != false }
        guard status != nil || condition.holds(forStatus: 502, of: "proxy") != false else { return }
        warn(
            .corsWithoutErrors,
            "\(Self.error(status)) goes out without CORS: this ends the stage above the `cors` on line \(place.line)",
            at: stop.place(condition.responseLocation, beside: rule), "move it below `cors`")
    }

    private mutating func checkByHand(_ field: FieldValue) {
        guard field.name.value.aliasKey.hasPrefix("access-control-") else { return }
        if field.value.value.lowercased().contains(text: "{request.header.origin}") {
            return warn(
                .reflectedOrigin, "every origin is allowed: this says back what the client sent", at: field.value.location,
                "write `cors: { allow_origins: [...] }` with the origins that are meant")
        }
        warn(
            .corsByHand, "\(field.name.value) belongs to CORS, which answers for all of these headers together",
            at: field.name.location, "write a `cors` rule instead")
    }

    /// Finds an `edit` that changes a field of CORS, and a `rename` to one, neither of which has a value to look at.
    private mutating func checkByHand(_ effect: FieldEffect) {
        switch effect.kind {
        case .changed, .received:
            guard CORSPolicy.fields.contains(where: { $0.lowercased() == effect.name.value.lowercased() }) else { return }
            warn(
                .corsByHand, "\(effect.name.value) belongs to CORS, which answers for all of these headers together",
                at: effect.name.location, "write a `cors` rule instead")
        case .replaced, .appended, .merged, .removed, .renamed: break
        }
    }

    private mutating func check(_ policy: CORSPolicy) {
        let hasCredentials = policy.allowCredentials?.value ?? false
        for origin in policy.allowOrigins { check(origin, hasCredentials) }
        checkWidth(policy, hasCredentials)
        if let key = policy.allowPrivateNetwork, key.value {
            advise(
                .deprecatedField,
                "`allow_private_network` answers Chrome 104 to 141 alone: later ones ask the user instead of the server",
                at: key.location, "keep it for older browsers; serve the page by https, so that its user can be asked")
        }
        let allowed = policy.allowHeaders ?? []
        if let star = allowed.first(where: { $0.value == "*" }),
            !allowed.contains(where: { $0.value.lowercased() == "authorization" })
        {
            warn(
                .starWithoutAuthorization, "`*` in `allow_headers` does not cover Authorization", at: star.location,
                "write `allow_headers: [\"*\", Authorization]` if pages send it")
        }
        for name in allowed { checkAllowed(name) }
        for name in policy.exposeHeaders where SafeLists.isSecret(name.value) {
            warn(
                .safelistedExpose, "no page ever reads \(name.value), exposed or not", at: name.location, "leave it out")
        }
        for name in policy.exposeHeaders where SafeLists.isReadable(name.value) {
            warn(
                .safelistedExpose, "pages read \(name.value) without `expose_headers`", at: name.location, "leave it out")
        }
    }

    /// Checks settings that are left out, which allows everything. That is convenient for developers, but more than most pages
    /// need.
    private mutating func checkWidth(_ policy: CORSPolicy, _ hasCredentials: Bool) {
        let isDeveloping = policy.allowOrigins.allSatisfy {
            WebURL($0.value.replacing(":*", by: ""))?.isLoopback ?? false
        }
        guard hasCredentials, !isDeveloping else { return }
        var open: [String] = []
        if policy.allowMethods == nil, policy.openMethods == CORSPolicy.everyMethod {
            open.append("every method: `allow_methods` is left out")
        }
        if policy.allowHeaders == nil { open.append("every header: `allow_headers` is left out") }
        guard !open.isEmpty else { return }
        advise(
            .wideCORS, "pages of these origins send " + open.joined(separator: ", and "), at: policy.location,
            "list what they need, such as `allow_methods: [GET, POST]` and `allow_headers: [Content-Type]`")
    }

    private mutating func checkAllowed(_ name: Located<String>) {
        let lower = name.value.lowercased()
        if SafeLists.isForbidden(lower) {
            warn(
                .forbiddenHeader, "no page sets \(name.value): browsers write it themselves, and ask nobody", at: name.location,
                "leave it out")
        } else if lower.hasPrefix("access-control-") {
            warn(
                .forbiddenHeader, "\(name.value) is a header of responses: no page sends it", at: name.location,
                "leave it out: `cors` writes it")
        } else if ["accept", "accept-language", "content-language"].contains(lower) {
            advise(
                .safelistedHeader, "pages send \(name.value) without permission, unless its value is an unusual one",
                at: name.location, "leave it out")
        }
    }

    private mutating func check(_ origin: Located<String>, _ hasCredentials: Bool) {
        let text = origin.value
        if text == "null" {
            warn(
                .nullOrigin, "`null` is the origin of every sandboxed frame, whoever made it", at: origin.location,
                "list the origins that are meant")
        }
        if text.hasPrefix("regex:") { return check(expression: origin, hasCredentials) }
        guard let url = WebURL(text.replacing(":*", by: "").replacing("*", by: "x")) else { return }
        if hasCredentials, url.scheme == .http, !url.isLoopback { overTheWire(text, at: origin.location) }
        if url.host.hasSuffix(".") {
            warn(
                .unusualOrigin, "only pages that were opened with a dot behind the name have this origin", at: origin.location,
                "write it without the last dot")
        } else if !text.hasSuffix(":*"), !text.contains("*"), url.origin != text {
            warn(
                .unusualOrigin, "browsers write this origin as \(url.origin), which is what it is compared as",
                at: origin.location, "write \(url.origin)")
        }
    }

    private mutating func check(expression origin: Located<String>, _ hasCredentials: Bool) {
        let probes = OriginProbes(String(origin.value.dropFirst(6)))
        if let foreign = probes.foreign {
            let help = "write `[.]` for a dot and `[a-z0-9-]+` for a label, and end with the domain that is yours"
            guard hasCredentials else {
                return warn(
                    .looseOriginPattern, "this also lets in \(foreign), which may be anybody's", at: origin.location, help)
            }
            fault(
                .looseOriginPattern, "this also lets \(foreign) act as the user, which may be anybody's", at: origin.location,
                help)
        } else if hasCredentials, let insecure = probes.insecure {
            overTheWire(insecure, at: origin.location)
        }
    }

    private mutating func overTheWire(_ origin: String, at location: SourceLocation) {
        warn(
            .httpOriginWithCredentials,
            "whoever sits on the wire can be \(origin): a page that came without TLS acts with the user's credentials",
            at: location, "write https://")
    }
}
