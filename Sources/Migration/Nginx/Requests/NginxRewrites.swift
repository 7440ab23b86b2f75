import HTTPModel

/// Translates `rewrite` to routes.
extension NginxTranslator {
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

    /// The expressions that match every path.
    private static let everything: Set = [
        "^", ".*", "^.*$", "^/", "(.*)", "/", "^(.*)$", "^(.*)", "^(/.*)$", "^.*", "^(.+)$", "^(/.*)",
    ]

    /// Returns the folder in `^/old/(.*)$`, where the group takes the same text as `**`; nil for any other expression.
    private static func folder(_ expression: String) -> String? {
        guard let end = ["(.*)$", "(.*)", "(.+)$"].first(where: { expression.hasSuffix($0) }), expression.hasPrefix("^/"),
            let folder = NginxExpression.unescaped(String(expression.dropFirst().dropLast(end.count))),
            folder == "/" || (folder.hasSuffix("/") && !folder.contains("*") && !folder.contains(text: "//"))
        else { return nil }
        return folder
    }

    /// Whether a `rewrite` redirects every request that comes to a place; what one leaves over must not go to another location.
    static func isRedirected(_ spot: NginxSpot) -> Bool {
        spot.flow.steps.contains { step in
            let directive = step.directive
            guard directive.name == "rewrite", isRedirect(directive), step.when.isEmpty,
                let expression = NginxExpression.linear(directive[0], ignoringCase: false)
            else { return false }
            if everything.contains(directive[0]) || ["~", directive[0]] == spot.location.arguments { return true }
            guard let prefix = spot.prefix else { return false }
            if spot.location[0] == "=" { return NginxExpression.matches(expression, prefix) }
            let start =
                folder(expression)
                ?? (expression.hasPrefix("^") ? NginxExpression.unescaped(String(expression.dropFirst())) : nil)
            return start.map(prefix.hasPrefix) ?? false
        }
    }

    mutating func rewritten(_ step: NginxFlow.Step, _ spot: NginxSpot) -> [ImportDraft.Route] {
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
        if let prefix = Self.folder(expression), !target.contains(text: "$2") {
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
            guard Self.everything.contains(directive[0]) || take(expression, spot, &route) else { return [] }
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
