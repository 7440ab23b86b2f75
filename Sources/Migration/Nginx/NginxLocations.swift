import HTTPModel

/// A server, a location or an `if`, with everything that applies in it.
struct NginxSpot {
    var location: NginxDirective
    /// The scope, with the variables that `set` and `if` have made.
    var scope: NginxScope
    /// The scope for the locations inside, which know nothing of these.
    private(set) var inside: NginxScope
    var flow: NginxFlow
    /// The path patterns that lead to it; empty means every path.
    var paths: [String] = []
    /// The other conditions that lead to it.
    var when = NginxCondition.always
    /// Whether its prefix ends with a slash, and no other location has it without.
    var takesBare = false
    /// For an answer inside an `if`, the scope around the `if`.
    var outer: NginxScope?

    init(_ location: NginxDirective, _ scope: NginxScope) {
        self.location = location
        flow = NginxFlow(location.block ?? [], scope.memory)
        inside = scope
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

/// The locations that only other locations lead to, by name, and the scope that they inherit.
struct NginxNamed {
    var scope: NginxScope
    var locations: [String: NginxDirective] = [:]
    /// The other locations of the server, also those inside of others.
    var places: [NginxDirective] = []

    /// The same for a place that an error leads to, from where no error leads on.
    var further: NginxNamed { NginxNamed(scope: scope, places: places) }

    /// Whether a `rewrite` may lead to a location that keeps somebody out.
    func mayRefuse(_ rewrite: NginxDirective) -> Bool {
        let target = rewrite[1].prefix { $0 != "?" }
        let start = String(target.prefix { $0 != "$" })
        let isWhole = start.count == target.count
        return rewrite[2] != "break"
            && places.contains { location in
                switch location[0] {
                case "~", "~*":
                    let expression = NginxExpression.linear(location[1], ignoringCase: location[0] == "~*")
                    guard expression.map({ NginxExpression.matches($0, start) }) ?? true else { return false }
                case "=": guard isWhole ? location[1] == start : location[1].hasPrefix(start) else { return false }
                default:
                    let prefix = location.arguments.last ?? ""
                    guard start.hasPrefix(prefix) || !isWhole && prefix.hasPrefix(start) else { return false }
                }
                let content = location.block ?? []
                let scope = NginxScope().nested(content)
                return !scope.list("deny").isEmpty || scope.guardian != nil || NginxTranslator.refuses(content)
            }
    }

    /// Returns the locations in a block, and those inside of them.
    static func places(_ content: [NginxDirective]) -> [NginxDirective] {
        content.named("location").filter { !$0[0].hasPrefix("@") }.flatMap { [$0] + places($0.block ?? []) }
    }

    /// Returns the location that answers instead of an error, by `error_page 404 = @app`.
    func page(_ code: Int, _ scope: NginxScope) -> NginxDirective? {
        let page = scope.list("error_page").first { $0.arguments.contains("\(code)") && $0.arguments.contains("=") }
        return page?.arguments.last.flatMap { locations[$0] }
    }
}

/// Translates `location` blocks, and the other contents of a server, to routes.
extension NginxTranslator {
    mutating func routes(of site: Site, isDefault: Bool) -> [ImportDraft.Route] {
        guard site.scope.single("ssl_reject_handshake")?[0] != "on" else { return [] }
        var server = NginxSpot(site.server, site.scope)
        server.scope.answersPreflights = NginxCORS.answersOptions(server)
        for directive in server.content { setting(of: directive) }
        var named = NginxNamed(scope: server.scope, places: NginxNamed.places(server.content))
        for location in server.content.named("location") where location[0].hasPrefix("@") {
            named.locations[location[0]] = location
        }
        var routes = answers(server, named)
        if server.flow.isAnswered { return routes }
        var spots = NginxSearch(server.content, server.scope, .always).ordered
        let prefixes = Set(spots.compactMap(\.prefix))
        for index in spots.indices {
            guard let prefix = spots[index].prefix, prefix.count > 1, prefix.hasSuffix("/") else { continue }
            spots[index].takesBare = spots[index].passes && !prefixes.contains(String(prefix.dropLast()))
        }
        routes += slashRedirects(spots)
        for spot in spots { routes += self.routes(of: spot, named) }
        guard !spots.contains(where: { $0.prefix == "/" && $0.location[0] != "=" }) else { return routes }
        if server.content.contains(where: { $0.name == "proxy_pass" }) { return routes + content(server, named) }
        return routes + rest(server, named, isDefault)
    }

    /// Returns routes for requests that no location takes.
    private mutating func rest(_ server: NginxSpot, _ named: NginxNamed, _ isDefault: Bool) -> [ImportDraft.Route] {
        if let files = server.content.named("try_files").first, named.locations[files.arguments.last ?? ""] != nil {
            return closed(server) ?? addresses(server) + content(server, named)
        }
        if server.scope.single("root") != nil || server.content.contains(where: { $0.name == "try_files" }) {
            return closed(server) ?? [files(server)]
        }
        if server.scope.guardian != nil, let closed = closed(server) { return closed }
        draft.note(
            "server: what none of its locations takes is answered 404; nginx looks for a file in a folder of its own",
            at: server.location.place, .answer)
        // Otherwise another server's routes would take them.
        return isDefault ? [] : [complete(response(404, server), server, isProxied: false)]
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
        let isGuarded = isGuarded(spot)
        if isGuarded { spot.when = spot.when.takingNewline }
        guard let paths = NginxValues.paths(spot.location, takesBare: spot.takesBare, isGuarded: isGuarded) else {
            guard isGuarded else {
                draft.note(
                    "\(spot.location.text): no path pattern says that; its requests go to the next route",
                    at: spot.location.place, .answer)
                return []
            }
            draft.note("\(spot.location.text): no path pattern says that, so no path is let in", at: spot.location.place, .closed)
            return [complete(response(403, spot, "closed: nginx had \(spot.location.text)"), spot, isProxied: false)]
        }
        spot.paths = paths
        if let hidden = hidden(spot) { return [hidden] }
        var routes = answers(spot, named)
        if spot.flow.isAnswered { return routes }
        routes += exceptions(spot)
        if let closed = closed(spot) { return routes + closed }
        routes += addresses(spot)
        // The last `if` that holds decides for the whole location.
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
                let sources = spot.scope.memory.sources(unknownIn: way)
                let why = reason(sources, spot.scope.memory)
                if isAnswer, spot.scope.memory.isOfStrangers(sources), let when = spot.when.and(way.withoutUnknown) {
                    draft.note(
                        "\(variant.condition.text): \(why), so \(spot.location.text) is closed", at: variant.condition.place,
                        .closed)
                    var inner = spot
                    inner.when = when
                    let route = response(403, inner, "closed: nginx had \(variant.condition.text)")
                    return [complete(route, inner, isProxied: false)]
                }
                draft.note(
                    "\(variant.condition.text): \(why); what stands in it is left out", at: variant.condition.place,
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
            || Self.refuses(spot.content)
    }

    static func refuses(_ content: [NginxDirective]) -> Bool {
        content.contains { directive in
            directive.name == "if"
                ? refuses(directive.block ?? []) : directive.name == "return" && (Int(directive[0]) ?? 302) >= 400
        }
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
            ["root", "alias"].contains { spot.scope.single($0) != nil }
            || spot.content.contains { $0.name == "try_files" || NginxVocabulary.mayAnswer($0.name) }
        draft.note(
            "\(spot.location.text): files are not served here: let the app do it, or another server", at: spot.location.place,
            .answer)
        let comment = hasFiles ? "nginx served files" : "nginx looked for files where it has none of its own"
        return complete(response(hasFiles ? 502 : 404, spot, comment), spot, isProxied: false)
    }
}
