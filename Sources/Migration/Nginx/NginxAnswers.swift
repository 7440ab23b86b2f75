import HTTPModel

/// Translates `return` and `rewrite` to routes.
extension NginxTranslator {
    /// Returns the answers that come before a location is looked for, or in a location.
    mutating func answers(_ spot: NginxSpot, _ named: NginxNamed) -> [ImportDraft.Route] {
        for condition in spot.content.named("if") where NginxQuestion.isOfNoFile(condition, spot.scope.memory) {
            draft.note(
                "\(condition.text): no file is there, so what stands in it is left out", at: condition.place, .answer)
        }
        var routes: [ImportDraft.Route] = []
        for step in spot.flow.steps {
            guard let when = spot.when.and(step.when) else { continue }
            var inner = spot
            inner.when = when.withoutUnknown
            if let condition = step.condition {
                inner.scope = spot.scope.nested(condition.block ?? [])
                inner.outer = spot.scope
            }
            if when.unknown != nil {
                routes += unclear(step, when, inner, named)
            } else {
                noteMethods(step, when)
                routes += step.directive.name == "return" ? returned(step.directive, inner, named) : rewritten(step, inner)
                if step.directive.name == "return", (Int(step.directive[0]) ?? 302) >= 400, let asked = Self.preflights(when) {
                    inner.when = asked
                    routes += returned(step.directive, inner, named)
                }
            }
        }
        return routes
    }

    /// Handles an answer that depends on something that conditions cannot express. It becomes a refusal if it kept somebody out.
    private mutating func unclear(
        _ step: NginxFlow.Step, _ when: NginxCondition, _ spot: NginxSpot, _ named: NginxNamed
    ) -> [ImportDraft.Route] {
        let condition = step.condition ?? step.directive
        let sources = spot.scope.memory.sources(unknownIn: when)
        let isOfStrangers = spot.scope.memory.isOfStrangers(sources)
        if step.directive.name == "rewrite", !isOfStrangers, !Self.isRedirect(step.directive),
            named.mayRefuse(step.directive)
        {
            return rewritten(step, spot)
        }
        let isClosed = isOfStrangers || step.directive.name == "return" && isGuard(step, sources, spot, named)
        let why = reason(sources, spot.scope.memory)
        guard isClosed else {
            draft.note(
                "\(condition.text): \(why), so `\(step.directive.text)` is left out", at: condition.place, .answer)
            return []
        }
        draft.note("\(condition.text): \(why), so \(spot.location.text) is closed", at: condition.place, .closed)
        let route = response(403, spot, "closed: nginx had \(condition.text) { \(step.directive.text); }")
        return [complete(route, spot, isProxied: false)]
    }

    /// Whether a `return` keeps somebody out. A 5xx says that the site is down, and keeps somebody out only if it depends on
    /// addresses.
    private func isGuard(
        _ step: NginxFlow.Step, _ sources: Set<String>, _ spot: NginxSpot, _ named: NginxNamed
    ) -> Bool {
        let code = Int(step.directive[0]) ?? 302
        if code >= 500 { return !sources.isDisjoint(with: NginxMemory.addresses) }
        if code >= 400 {
            // `error_page 419 = @socket` is the way of WebSockets to another app.
            let isWay = named.page(code, spot.outer ?? spot.scope) != nil
            return !(isWay && sources.isSubset(of: NginxMemory.connections))
        }
        guard [302, 303, 307].contains(code) else { return false }
        // A redirect keeps out clients that lack something, such as a cookie. If the query lacks it, the redirect only adds it.
        let words = NginxQuestion.words(step.condition ?? step.directive)
        guard words.count > 1 else { return false }
        let isOfQuery = sources.allSatisfy { ["args", "query_string", "is_args"].contains($0) || $0.hasPrefix("arg_") }
        return words[1].hasPrefix("!") || words[1] == "=" && ["", "0"].contains(words.last) && !isOfQuery
    }

    /// Returns why no condition can ask this here.
    func reason(_ sources: Set<String>, _ memory: NginxMemory) -> String {
        if memory.isOfStrangers(sources) {
            return "whose address it is cannot be told" + (doubt.map { " (\($0))" } ?? "")
        }
        return sources.contains("server_port") ? "no condition asks for a port" : "no condition asks that"
    }

    /// What preflights have, and nothing else that a browser sends.
    static let asked = NginxTest(subject: .request("Access-Control-Request-Method", .matches(NginxTest.anything)))

    /// Returns the condition for the preflights among the requests with `OPTIONS`: their method here is the one that they ask for.
    private static func preflights(_ when: NginxCondition) -> NginxCondition? {
        let isOfOptions = when.tests.contains { test in
            if case .methods(let names) = test.subject { !test.isNegated && names.contains("OPTIONS") } else { false }
        }
        return isOfOptions ? when.filtered { if case .methods = $0 { false } else { true } }.and(asked) : nil
    }

    /// Notes that conditions see the method that a preflight asks for, while nginx sees `OPTIONS`.
    private mutating func noteMethods(_ step: NginxFlow.Step, _ when: NginxCondition) {
        guard let condition = step.condition,
            when.tests.contains(where: {
                if case .methods(["OPTIONS"]) = $0.subject { false } else if case .methods = $0.subject { true } else { false }
            })
        else { return }
        draft.note("\(condition.text): a preflight counts as the method that it asks for", at: condition.place, .small)
    }

    private mutating func returned(
        _ directive: NginxDirective, _ spot: NginxSpot, _ named: NginxNamed
    ) -> [ImportDraft.Route] {
        let code = Int(directive[0]) ?? 302
        let text = Int(directive[0]) == nil ? directive[0] : directive[1]
        // nginx follows no further `error_page` in a location that one has led to.
        if text.isEmpty, code >= 400, let target = named.page(code, spot.outer ?? spot.scope) {
            return routes(named: target, from: spot, named.further)
        }
        var values: [(when: NginxCondition, text: String)] = []
        do throws(NginxVariables.Unknown) {
            values = try spot.scope.values(text)
        } catch {
            let isRedirect = [301, 302, 303, 307, 308].contains(code)
            draft.note(
                "\(directive.text): nothing here stands for $\(error.name)\(isRedirect ? ", so it is answered 502" : "")",
                at: directive.place, .answer)
            let status = isRedirect ? 502 : code
            return [complete(response(status, spot, "nginx had \(directive.text)"), spot, isProxied: false)]
        }
        return values.compactMap { value in
            guard let when = spot.when.and(value.when) else { return nil }
            var route = response(403, spot)
            route.origin = directive.place
            route.tests = when
            route.action = action(code, text, value.text, directive, spot)
            return complete(route, spot, isProxied: false)
        }
    }

    private mutating func action(
        _ code: Int, _ source: String, _ text: String, _ directive: NginxDirective, _ spot: NginxSpot
    ) -> ImportDraft.Route.Action {
        if [301, 302, 303, 307, 308].contains(code), !text.isEmpty { return .redirect(to: text, status: code) }
        guard (200...599).contains(code), code != 444, code != 499 else {
            draft.note(
                "\(directive.text): a connection is not closed without an answer; 403 is sent", at: directive.place, .answer)
            return .respond(status: 403, type: nil, body: nil)
        }
        guard !source.isEmpty, code != 204, code != 304 else { return .respond(status: code, type: nil, body: nil) }
        guard !text.contains("{") || !source.contains("$") else {
            draft.note("\(directive.text): the text of a response has no variables", at: directive.place, .answer)
            return .respond(status: code, type: nil, body: nil)
        }
        // The body of a response is not a template, so braces and dollars are not doubled.
        let plain = text.replacing("{{", by: "{").replacing("}}", by: "}").replacing("$$", by: "$")
        return .respond(status: code, type: spot.mediaType, body: plain)
    }

    // MARK: rewrite

    /// Returns the prefix in `rewrite ^/app/(.*)$ /$1 break;`. With `last`, another location may answer.
    static func strippedPrefix(_ directive: NginxDirective) -> String? {
        guard directive[1] == "/$1", directive[2] == "break", directive[0].hasPrefix("^/"),
            let tail = ["/(.*)$", "/(.*)", "/?(.*)$"].first(where: { directive[0].hasSuffix($0) })
        else { return nil }
        let prefix = String(directive[0].dropFirst().dropLast(tail.count))
        return prefix.contains { "()[]\\.*+?|".contains($0) } || prefix.isEmpty ? nil : prefix
    }

    static func isRedirect(_ directive: NginxDirective) -> Bool {
        ["permanent", "redirect"].contains(directive[2]) || directive[1].hasPrefix("http://")
            || directive[1].hasPrefix("https://") || directive[1].hasPrefix("$scheme://")
    }

    /// Returns the `rewrite` that takes off a prefix on the way to the app, if it is the only one.
    static func stripping(_ spot: NginxSpot) -> NginxDirective? {
        guard spot.passes else { return nil }
        let rewrites = spot.content.named("rewrite").filter { strippedPrefix($0) != nil }
        return rewrites.count == 1 ? rewrites[0] : nil
    }

    private mutating func rewritten(_ step: NginxFlow.Step, _ spot: NginxSpot) -> [ImportDraft.Route] {
        let directive = step.directive
        if step.condition == nil, Self.stripping(spot) != nil, Self.strippedPrefix(directive) != nil { return [] }
        let linear = NginxExpression.linear(directive[0], ignoringCase: false)
        guard Self.isRedirect(directive) else {
            let text = "\(directive.text): the path is not changed on its way, but for `strip_prefix`"
            let which = linear == nil ? "all of \(spot.location.text) is" : "these requests are"
            draft.note("\(text), so \(which) answered 502", at: directive.place, .answer)
            var route = response(502, spot, "nginx had \(directive.text)")
            if let linear, !take(linear, spot, &route) { return [] }
            return [complete(route, spot, isProxied: false)]
        }
        guard let expression = linear else {
            draft.note("\(directive.text): no path pattern says that", at: directive.place, .answer)
            return []
        }
        var target = directive[1]
        let keepsQuery = !target.hasSuffix("?") && !target.contains(text: "$args") && !target.contains(text: "$request_uri")
        if target.hasSuffix("?") { target.removeLast() }
        var inner = spot
        var route = response(403, spot)
        route.origin = directive.place
        // In `^/old/(.*)$`, the group takes the same text as `**`.
        let start = ["(.*)$", "(.*)", "(.+)$"].first { expression.hasSuffix($0) }.map { String(expression.dropLast($0.count)) }
        if let start, start.hasPrefix("^/"), let prefix = NginxExpression.unescaped(String(start.dropFirst())),
            prefix == "/" || (prefix.hasSuffix("/") && !prefix.contains("*") && !prefix.contains(text: "//")),
            !target.contains(text: "$2")
        {
            inner.scope.captures[1] = "{path.rest}"
            guard take(pattern: "\(prefix)**", spot, &route) else { return [] }
            if prefix != "/" {
                route.tests =
                    route.tests.and(NginxTest(subject: .path(String(prefix.dropLast())), isNegated: true)) ?? route.tests
            }
        } else {
            if ["^(.*)$", "^(.*)", "(.*)", "^(/.*)$", "^(.+)$", "^(/.*)"].contains(directive[0]) {
                inner.scope.captures[1] = "{path}"
            }
            let takesAll = ["^", ".*", "^.*$", "^/", "(.*)", "/", "^(.*)$", "^(.*)", "^(/.*)$", "^.*", "^(.+)$", "^(/.*)"]
                .contains(directive[0])
            guard takesAll || take(expression, spot, &route) else { return [] }
        }
        do throws(NginxVariables.Unknown) {
            return try inner.scope.values(target).compactMap { value in
                guard let when = route.tests.and(value.when) else { return nil }
                var route = route
                route.tests = when
                let to = keepsQuery && !value.text.contains("?") ? "\(value.text)?{query}" : value.text
                route.action = .redirect(to: to, status: directive[2] == "permanent" ? 301 : 302)
                return complete(route, inner, isProxied: false)
            }
        } catch {
            draft.note(
                "\(directive.text): nothing here stands for $\(error.name), so these requests are answered 502",
                at: directive.place,
                .answer)
            route.action = .respond(status: 502, type: nil, body: nil)
            route.comment = "nginx had \(directive.text)"
            return [complete(route, inner, isProxied: false)]
        }
    }

    /// Sets the paths that an expression matches; returns false when no request can reach them.
    private func take(_ expression: String, _ spot: NginxSpot, _ route: inout ImportDraft.Route) -> Bool {
        take(pattern: NginxValues.path(matching: expression), spot, &route)
    }

    private func take(pattern: String, _ spot: NginxSpot, _ route: inout ImportDraft.Route) -> Bool {
        let isInside =
            spot.prefix.map { pattern.hasPrefix($0) || pattern.hasPrefix("regex:^\(NginxExpression.escaped($0))") } ?? false
        if let around = spot.paths.first, !isInside, spot.paths != [pattern] {
            // The paths must also be inside the location's own paths.
            let own = spot.paths.count == 1 ? around : "regex:^\(NginxExpression.escaped(spot.prefix ?? ""))"
            guard let tests = route.tests.and(NginxTest(subject: .path(own))) else { return false }
            route.tests = tests
        }
        route.paths = [pattern]
        return true
    }
}
