/// Translates the restrictions `auth_…`, `allow` and `deny`, `limit_except` and `internal`. A restriction that cannot be
/// translated keeps all requests out.
extension NginxTranslator {
    /// Returns the route of an `internal` place, which nginx finds before anything in it; nil when it is open to clients.
    mutating func hidden(_ spot: NginxSpot) -> ImportDraft.Route? {
        guard spot.content.contains(where: { $0.name == "internal" }) else { return nil }
        draft.note(
            "\(spot.location.text): nothing leads here from inside: no error_page, no X-Accel-Redirect", at: spot.location.place,
            .small)
        return complete(response(404, spot), spot, isProxied: false)
    }

    /// Returns the routes of a place to which nobody is let; nil when somebody is.
    mutating func closed(_ spot: NginxSpot) -> [ImportDraft.Route]? {
        if let guardian = spot.scope.guardian {
            let isOpenToSome = access(spot).contains { $0.name == "allow" }
            draft.note(
                "\(guardian.text): nobody is asked who they are here, so \(spot.location.text) is closed"
                    + (isOpenToSome ? ", but for the addresses that it lets in" : ""), at: guardian.place, .closed)
            // Clients with a permitted address are not asked: for them the other routes of the location apply.
            let shut = response(403, spot, "closed: nginx asked with \(guardian.name)")
            return isOpenToSome ? nil : [complete(shut, spot, isProxied: false)]
        }
        let first = spot.scope.list("deny").first
        guard first?.name == "deny", first?[0] == "all" else { return nil }
        return [complete(response(403, spot), spot, isProxied: false)]
    }

    /// Returns the `allow` and `deny` that decide alone. If there is an authentication as well, then with `satisfy any` only
    /// those allowed by address get in, and without it nobody.
    private func access(_ spot: NginxSpot) -> [NginxDirective] {
        let list = spot.scope.list("deny")
        guard let guardian = spot.scope.guardian else { return list }
        guard spot.scope.single("satisfy")?[0] == "any" else { return [] }
        return list + [NginxDirective(name: "deny", arguments: ["all"], location: guardian.location)]
    }

    /// Returns routes that refuse clients by address, from `allow` and `deny`.
    mutating func addresses(_ spot: NginxSpot) -> [ImportDraft.Route] {
        refusals(access(spot), spot).compactMap { tests in
            guard let when = spot.when.and(tests) else { return nil }
            var route = response(403, spot)
            route.tests = when
            return complete(route, spot, isProxied: false)
        }
    }

    /// Translates `limit_except GET { deny all; }`.
    mutating func exceptions(_ spot: NginxSpot) -> [ImportDraft.Route] {
        spot.content.named("limit_except").flatMap { directive -> [ImportDraft.Route] in
            var methods = directive.arguments
            if methods.contains("GET"), !methods.contains("HEAD") { methods.append("HEAD") }
            guard let others = spot.when.and(NginxTest(subject: .methods(methods), isNegated: true)) else { return [] }
            // Preflights are `OPTIONS` for nginx, and the method that they ask for here.
            var outside = [others]
            if methods.contains("OPTIONS") {
                draft.note("\(directive.text): a preflight counts as the method that it asks for", at: directive.place, .small)
            } else if let preflights = spot.when.and(Self.asked) {
                outside.append(preflights)
            }
            let content = directive.block ?? []
            for entry in content where !["allow", "deny"].contains(entry.name) { explain(entry) }
            let guardian = content.first { NginxScope.isGuardian($0.name) && $0[0] != "off" }
            if let guardian {
                draft.note(
                    "\(guardian.text): nobody is asked who they are here, so \(directive.text) lets nobody else in",
                    at: guardian.place, .closed)
            }
            let refused = guardian == nil ? refusals(content.filter { ["allow", "deny"].contains($0.name) }, spot) : [.always]
            return NginxFlow.crossed(outside, refused).map { when in
                var route = response(403, spot)
                route.origin = directive.place
                route.tests = when
                return complete(route, spot, isProxied: false)
            }
        }
    }

    /// Returns who is refused by a list of which the first entry that matches counts.
    private mutating func refusals(_ list: [NginxDirective], _ spot: NginxSpot) -> [NginxCondition] {
        var refusals: [NginxCondition] = []
        var allowed: [String] = []
        for directive in list {
            let outside =
                allowed.isEmpty ? NginxCondition.always : NginxCondition(NginxTest(subject: .clients(allowed), isNegated: true))
            if directive[0] != "all", spot.scope.memory.untold.contains("remote_addr") {
                // If only some clients were kept out, closing the place costs more, so the note says how to avoid that.
                let isForSome = !list.contains { $0.name == "deny" && $0[0] == "all" }
                let way = "; it can where all servers have the same `set_real_ip_from` and `real_ip_header X-Forwarded-For`"
                draft.note(
                    "\(directive.text): whose address it is cannot be told, so \(spot.location.text) is closed"
                        + (isForSome ? way : ""), at: directive.place, .closed)
                return [.always]
            }
            switch (directive.name, directive[0]) {
            case ("allow", "all"): return refusals
            case ("deny", "all"): return refusals + [outside]
            case (_, "unix:"):
                draft.note("\(directive.text): peers of a Unix socket have no address here", at: directive.place, .answer)
            case ("allow", let block): allowed.append(block)
            default:
                if let refused = outside.and(NginxTest(subject: .clients([directive[0]]))) { refusals.append(refused) }
            }
        }
        return refusals
    }
}
