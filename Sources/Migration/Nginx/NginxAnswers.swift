import HTTPModel

/// Translates `return` to routes, and the order of what answers before a location is looked for.
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
                let isRefusal = step.directive.name == "return" && (Int(step.directive[0]) ?? 302) >= 400
                if isRefusal { inner.when = inner.when.takingNewline }
                routes += step.directive.name == "return" ? returned(step.directive, inner, named) : rewritten(step, inner)
                if isRefusal, let asked = Self.preflights(inner.when) {
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
}
