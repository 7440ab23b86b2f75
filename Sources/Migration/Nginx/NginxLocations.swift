import HTTPModel

/// A server, a location or an `if`, with everything that applies in it.
struct NginxSpot {
    var location: NginxDirective
    /// The scope, with the variables that `set` and `if` have made.
    var scope: NginxScope
    var flow: NginxFlow
    /// The path patterns that lead to it; empty means every path.
    var paths: [String] = []
    /// The other conditions that lead to it.
    var when = NginxCondition.always
    /// Whether its prefix ends with a slash, and no other location has it without.
    var takesBare = false
    /// For the answer of an `if`, the scope around it.
    var outer: NginxScope?

    init(_ location: NginxDirective, _ scope: NginxScope) {
        self.location = location
        flow = NginxFlow(location.block ?? [], scope.memory)
        self.scope = scope
        self.scope.memory = flow.memory
    }

    var content: [NginxDirective] { location.block ?? [] }

    /// The text before a prefix location's paths; nil for an expression.
    var prefix: String? {
        switch location[0] {
        case "=", "^~": location[1]
        case "~", "~*": nil
        default: location.name == "location" ? location[0] : "/"
        }
    }

    static let passes = ["proxy_pass", "grpc_pass", "uwsgi_pass", "fastcgi_pass", "scgi_pass", "memcached_pass"]

    var passes: Bool { content.contains { Self.passes.contains($0.name) } }
}

/// The locations to which only others lead, by name, and the scope that they inherit.
struct NginxNamed {
    var scope: NginxScope
    var locations: [String: NginxDirective] = [:]
}

/// Translates `location` blocks, and the other contents of a server, to routes.
extension NginxTranslator {
    mutating func routes(of site: Site, isDefault: Bool) -> [ImportDraft.Route] {
        guard site.scope.single("ssl_reject_handshake")?[0] != "on" else { return [] }
        var server = NginxSpot(site.server, site.scope)
        server.scope.answersPreflights = NginxCORS.answersOptions(server)
        for directive in server.content { setting(of: directive) }
        var routes = answers(server)
        if server.flow.isAnswered { return routes }
        var named = NginxNamed(scope: server.scope)
        for location in server.content.named("location") where location[0].hasPrefix("@") {
            named.locations[location[0]] = location
        }
        var spots = spots(server.content, server.scope, .always)
        let prefixes = Set(spots.compactMap(\.prefix))
        for index in spots.indices {
            guard let prefix = spots[index].prefix, prefix.count > 1, prefix.hasSuffix("/"), spots[index].location[0] != "="
            else {
                continue
            }
            spots[index].takesBare = spots[index].passes && !prefixes.contains(String(prefix.dropLast()))
        }
        routes += slashRedirects(spots)
        for spot in Self.ordered(spots) { routes += self.routes(of: spot, named) }
        guard !spots.contains(where: { $0.prefix == "/" && $0.location[0] != "=" }) else { return routes }
        if server.content.contains(where: { $0.name == "proxy_pass" }) { return routes + content(server, named) }
        return routes + rest(server, isDefault)
    }

    /// Returns routes for requests that no location takes.
    private mutating func rest(_ server: NginxSpot, _ isDefault: Bool) -> [ImportDraft.Route] {
        if server.scope.single("root") != nil || server.content.contains(where: { $0.name == "try_files" }) {
            return closed(server) ?? [files(server)]
        }
        draft.note(
            "server: what none of its locations takes is answered 404; nginx looks for a file in a folder of its own",
            at: server.location.place, .answer)
        // Otherwise another server's routes would take them.
        return isDefault ? [] : [complete(response(404, server), server, isProxied: false)]
    }

    /// Returns all locations with what applies in each, including those inside others.
    private func spots(_ content: [NginxDirective], _ scope: NginxScope, _ when: NginxCondition) -> [NginxSpot] {
        content.named("location").filter { !$0[0].hasPrefix("@") }.flatMap { location -> [NginxSpot] in
            var spot = NginxSpot(location, scope.nested(location.block ?? []))
            spot.when = when
            // A prefix inside a prefix needs only its length, while an expression needs the test.
            var inner = when
            if let paths = NginxValues.paths(location, takesBare: false), let path = paths.first {
                let pattern = paths.count == 1 ? path : "regex:^\(NginxExpression.escaped(spot.prefix ?? ""))"
                inner = when.and(NginxTest(subject: .path(pattern))) ?? when
            }
            let nested = spots(location.block ?? [], spot.scope, inner).map { nested -> NginxSpot in
                var nested = nested
                if nested.prefix != nil, spot.prefix != nil { nested.when = when }
                return nested
            }
            return [spot] + nested
        }
    }

    /// Sorts locations as nginx searches them: first an exact one; then it looks for the longest prefix, and takes an expression,
    /// in order, before a prefix without `^~`; those inside the prefix come before those beside it.
    private static func ordered(_ spots: [NginxSpot]) -> [NginxSpot] {
        var placed: [(rank: (kind: Int, depth: Int, length: Int), spot: NginxSpot)] = []
        for spot in spots {
            switch spot.location[0] {
            case "=": placed.append(((0, 0, 0), spot))
            case "^~": placed.append(((1, 0, -spot.location[1].utf8.count), spot))
            case "~", "~*":
                var spot = spot
                guard let around = spots.last(where: { isInside(spot.location, $0.location) }) else {
                    placed.append(((2, 1, 0), spot))
                    continue
                }
                // An expression inside a prefix is not tried when a longer prefix beside that one takes the path.
                for other in spots where other.location[0] != "=" && other.location.location != around.location.location {
                    guard let longer = other.prefix, let start = around.prefix, longer.hasPrefix(start),
                        other.location[0] == "^~" || !isInside(other.location, around.location)
                    else { continue }
                    let path = NginxTest(subject: .path("regex:^\(NginxExpression.escaped(longer))"), isNegated: true)
                    spot.when = spot.when.and(path) ?? spot.when
                }
                placed.append(((2, 0, 0), spot))
            default: placed.append(((3, 0, -(spot.prefix ?? "").utf8.count), spot))
            }
        }
        return placed.enumerated().sorted { left, right in
            let (a, b) = (left.element.rank, right.element.rank)
            return (a.kind, a.depth, a.length, left.offset) < (b.kind, b.depth, b.length, right.offset)
        }.map(\.element.spot)
    }

    private static func isInside(_ location: NginxDirective, _ other: NginxDirective) -> Bool {
        (other.block ?? []).contains { $0.name == "location" && ($0.location == location.location || isInside(location, $0)) }
    }

    /// Returns the redirects that lead /api to /api/ for `location /api/ { proxy_pass …; }`.
    private mutating func slashRedirects(_ spots: [NginxSpot]) -> [ImportDraft.Route] {
        spots.compactMap { spot in
            guard let prefix = spot.prefix, spot.takesBare, !spot.content.contains(where: { $0.name == "internal" }) else {
                return nil
            }
            let target = prefix.replacing("{", by: "{{").replacing("}", by: "}}").replacing("$", by: "$$")
            var route = ImportDraft.Route(action: .redirect(to: "\(target)?{query}", status: 301), origin: spot.location.place)
            route.paths = [NginxValues.path(exactly: String(prefix.dropLast()))]
            route.tests = spot.when
            return complete(route, spot, isProxied: false)
        }
    }

    private mutating func routes(of spot: NginxSpot, _ named: NginxNamed) -> [ImportDraft.Route] {
        var spot = spot
        for directive in spot.content { setting(of: directive) }
        guard let paths = NginxValues.paths(spot.location, takesBare: spot.takesBare) else {
            guard isGuarded(spot) else {
                draft.note(
                    "\(spot.location.text): no path pattern says that; its requests go to the next route",
                    at: spot.location.place, .answer)
                return []
            }
            draft.note("\(spot.location.text): no path pattern says that, so no path is let in", at: spot.location.place, .closed)
            return [complete(response(403, spot, "closed: nginx had \(spot.location.text)"), spot, isProxied: false)]
        }
        spot.paths = paths
        var routes = answers(spot)
        if spot.flow.isAnswered { return routes }
        routes += exceptions(spot)
        if let closed = closed(spot) { return routes + closed }
        routes += addresses(spot)
        // Of those that hold, the last one stands for the whole location.
        for variant in spot.flow.variants.reversed() where !variant.answers && !NginxCORS.isAllOf(variant.condition) {
            routes += self.variant(variant, of: spot, named)
        }
        return routes + content(spot, named)
    }

    private mutating func variant(
        _ variant: NginxFlow.Variant, of spot: NginxSpot, _ named: NginxNamed
    ) -> [ImportDraft.Route] {
        let block = variant.condition.block ?? []
        let isAnswer = block.contains { NginxSpot.passes.contains($0.name) || ["root", "alias", "try_files"].contains($0.name) }
        return variant.ways.flatMap { way -> [ImportDraft.Route] in
            guard way.unknown == nil else {
                draft.note(
                    "\(variant.condition.text): no condition asks that; what stands in it is left out",
                    at: variant.condition.place,
                    isAnswer ? .answer : .field)
                return []
            }
            guard let when = spot.when.and(way) else { return [] }
            var inner = spot
            inner.scope = spot.scope.nested(block)
            inner.when = when
            let own = block.filter { !NginxFlow.directives.contains($0.name) }
            if isAnswer {
                inner.location.block = own + spot.content.filter { !NginxSpot.passes.contains($0.name) && $0.name != "try_files" }
            }
            return content(inner, named)
        }
    }

    func isGuarded(_ spot: NginxSpot) -> Bool {
        !spot.scope.list("deny").isEmpty
            || spot.scope.guardian != nil
            || spot.content.contains { ["internal", "limit_except"].contains($0.name) }
            || spot.content.contains { $0.name == "return" && (Int($0[0]).map { (400..<500).contains($0) } ?? false) }
    }

    // MARK: Parts of routes

    func response(_ status: Int, _ spot: NginxSpot, _ comment: String? = nil) -> ImportDraft.Route {
        var route = ImportDraft.Route(action: .respond(status: status, type: nil, body: nil), origin: spot.location.place)
        route.comment = comment
        route.paths = spot.paths
        route.tests = spot.when
        return route
    }

    mutating func files(_ spot: NginxSpot) -> ImportDraft.Route {
        let hasFiles =
            ["root", "alias"].contains { spot.scope.single($0) != nil } || spot.content.contains { $0.name == "try_files" }
        draft.note(
            "\(spot.location.text): files are not served here: let the app do it, or another server", at: spot.location.place,
            .answer)
        let comment = hasFiles ? "nginx served files" : "nginx looked for files where it has none of its own"
        return complete(response(hasFiles ? 502 : 404, spot, comment), spot, isProxied: false)
    }
}
