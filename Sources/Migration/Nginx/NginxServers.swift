import HTTPModel

/// Translates `server` blocks: the requests that each gets, and the order of their routes.
extension NginxTranslator {
    mutating func servers(_ servers: [NginxDirective], _ scope: NginxScope) {
        var sites = servers.flatMap { Self.byPort($0, scope.memory) }.map { server in
            var own = scope
            own.hasUsualPorts = Self.hasUsualPorts(server)
            // Named groups of other servers leave their variables empty here, so only this server's are unknown.
            own.memory.untold.formUnion(NginxVariables.givenElsewhere([server]))
            if let port = Self.port(of: server) {
                own.memory.set("server_port", port, where: [.always], others: [])
            } else if !own.hasUsualPorts {
                own.memory.untold.insert("server_port")
            }
            let names = (server.block ?? []).named("server_name").flatMap(\.arguments)
            own.serverName = names.first { !$0.isEmpty && !$0.hasPrefix("~") && !$0.contains("*") }
            return Site(server: server, scope: own.nested(server.block ?? []), binds: [])
        }
        listen(&sites)
        dropTaken(&sites)
        let plain = redirecting(sites)
        for (bind, status) in plain {
            guard let index = draft.listeners.firstIndex(where: { $0.bind == bind }) else { continue }
            draft.listeners[index].lines.append(
                status == 308 ? "redirect_to_https: true" : "redirect_to_https: { status: \(status) }")
        }
        // Addresses that only redirect need no routes.
        let all = draft.listeners.map(\.bind).filter { plain[$0] == nil }
        var entries: [Entry] = []
        for index in sites.indices {
            if sites[index].binds.contains(where: { plain[$0] != nil }) { noteChallenges(sites[index].server) }
            sites[index].binds.removeAll { !all.contains($0) }
            sites[index].defaults.removeAll { !all.contains($0) }
        }
        sites.removeAll(where: \.binds.isEmpty)
        let loose = Set(sites.filter(Self.hasLooseNames).map(\.server.location))
        for site in sites {
            entries += self.entries(site, areLoose: loose.count > (loose.contains(site.server.location) ? 1 : 0))
        }
        if entries.contains(where: { Set($0.binds) != Set(all) }) { nameListeners() }
        let ordered = entries.enumerated().sorted { left, right in
            (left.element.rank, left.offset) < (right.element.rank, right.offset)
        }
        for (_, entry) in ordered {
            let isEverywhere = Set(entry.binds) == Set(all)
            let listeners = draft.listeners.filter { !isEverywhere && entry.binds.contains($0.bind) }.compactMap(\.name)
            for route in routes(of: entry.site, isDefault: entry.rank == Entry.last) {
                guard let placed = route.placed(hosts: entry.hosts, listeners: listeners, also: entry.when) else { continue }
                draft.routes.append(placed)
            }
        }
    }

    /// Returns a server for each port, where it has several that say more than http and https, and asks for them.
    private static func byPort(_ server: NginxDirective, _ memory: NginxMemory) -> [NginxDirective] {
        let listens = listens(server)
        guard !hasUsualPorts(server), mentions("server_port", [server] + memory.makers.values) else { return [server] }
        var ports: [(port: String, binds: [NginxDirective])] = []
        for listen in listens {
            guard let port = port(of: NginxDirective(name: "", block: [listen], location: server.location)) else {
                return [server]
            }
            if let known = ports.firstIndex(where: { $0.port == port }) {
                ports[known].binds.append(listen)
            } else {
                ports.append((port, [listen]))
            }
        }
        return ports.map { port in
            var one = server
            one.block = port.binds + (server.block ?? []).filter { $0.name != "listen" }
            return one
        }
    }

    private static func mentions(_ variable: String, _ directives: [NginxDirective]) -> Bool {
        directives.contains { directive in
            ([directive.name] + directive.arguments).contains { $0.contains(text: variable) }
                || mentions(variable, directive.block ?? [])
        }
    }

    /// Leaves out names that nginx ignores, because a server at the address has them: `x.test` or `.x.test` behind `x.test`.
    private mutating func dropTaken(_ sites: inout [Site]) {
        var taken: [String: Set<String>] = [:]
        for index in sites.indices {
            let binds = sites[index].binds
            var block = sites[index].server.block ?? []
            for place in block.indices where block[place].name == "server_name" {
                var kept: [String] = []
                for name in block[place].arguments {
                    let key = (name.hasPrefix(".") ? String(name.dropFirst()) : name).lowercased()
                    let isPlain = !key.isEmpty && key != "_" && !key.hasPrefix("~") && !key.contains("*")
                    if isPlain, !binds.isEmpty, binds.allSatisfy({ taken[$0]?.contains(key) == true }) {
                        draft.note(
                            "server_name \(name): nginx ignores it, because it is there already", at: block[place].place, .small)
                        continue
                    }
                    if isPlain { for bind in binds { taken[bind, default: []].insert(key) } }
                    kept.append(name)
                }
                block[place].arguments = kept
            }
            sites[index].server.block = block
        }
    }

    /// Notes what happens to ACME challenges, for which a server that only redirects may have a folder.
    private mutating func noteChallenges(_ server: NginxDirective) {
        let folders = (server.block ?? []).named("location").filter {
            $0.arguments.contains { $0.hasPrefix("/.well-known") }
        }
        if folders.isEmpty {
            draft.note(
                "server: /.well-known/acme-challenge/ is not redirected, and goes to the routes", at: server.place, .small)
        }
        for location in folders {
            draft.note(
                "\(location.text): files are not served here; such requests are not redirected, and go to the routes",
                at: location.place, .answer)
        }
    }

    /// A site under some of its names.
    struct Entry {
        static let last = Rank(kind: 4, length: 0)

        struct Rank: Comparable {
            var kind: Int
            var length: Int
            static func < (left: Rank, right: Rank) -> Bool { (left.kind, left.length) < (right.kind, right.length) }
        }

        var site: Site
        var binds: [String]
        var rank: Rank
        var hosts: [String] = []
        var when = NginxCondition.always
    }

    /// Returns the entries of a site, with their rank in nginx's order: an exact name first, then the longest that begins with a
    /// star, the longest that ends with a star, an expression.
    ///
    /// - Parameter areLoose: whether another site has names that stand for many.
    private mutating func entries(_ site: Site, areLoose: Bool) -> [Entry] {
        var exact: [String] = []
        var wild: [(patterns: [String], length: Int)] = []
        var expressions: [(expression: String, rank: Entry.Rank)] = []
        for directive in (site.server.block ?? []).named("server_name") {
            for name in directive.arguments {
                switch NginxValues.host(named: name) {
                case .patterns(let patterns, let length):
                    if patterns.contains(where: { $0.hasPrefix("*") }) {
                        wild.append((patterns, length))
                    } else {
                        exact += patterns
                    }
                case .ending(let expression, let length): expressions.append((expression, .init(kind: 2, length: -length)))
                case .expression(let expression): expressions.append((expression, .init(kind: 3, length: 0)))
                case .nothing: continue
                case .unclear: draft.note("server_name \(name): no host pattern says that", at: directive.place, .answer)
                }
            }
        }
        // If the site is the default anyway, its own names matter only before a wider name of another site.
        let binds = areLoose ? site.binds : site.binds.filter { !site.defaults.contains($0) }
        var entries: [Entry] = []
        if !binds.isEmpty {
            if areLoose {
                if !exact.isEmpty {
                    entries.append(Entry(site: site, binds: binds, rank: .init(kind: 0, length: 0), hosts: exact))
                }
                for one in wild {
                    entries.append(
                        Entry(site: site, binds: binds, rank: .init(kind: 1, length: -one.length), hosts: one.patterns))
                }
            } else if !exact.isEmpty || !wild.isEmpty {
                let hosts = exact + wild.flatMap(\.patterns)
                entries.append(Entry(site: site, binds: binds, rank: .init(kind: wild.isEmpty ? 0 : 1, length: 0), hosts: hosts))
            }
            for (expression, rank) in expressions {
                let when = NginxCondition(NginxTest(subject: .request("Host", .matches(expression))))
                entries.append(Entry(site: site, binds: binds, rank: rank, when: when))
            }
        }
        if !site.defaults.isEmpty {
            entries.append(Entry(site: site, binds: site.defaults, rank: Entry.last))
        } else if entries.isEmpty {
            draft.note("server: no request comes here by name; its routes are left out", at: site.server.place, .answer)
        }
        return entries
    }

    private static func hasLooseNames(_ site: Site) -> Bool {
        (site.server.block ?? []).named("server_name").flatMap(\.arguments).contains {
            $0.hasPrefix("~") || $0.hasPrefix(".") || $0.contains("*")
        }
    }

    // MARK: Redirects to https as a whole

    /// Returns the addresses at which every server only redirects to https, with the status.
    private func redirecting(_ sites: [Site]) -> [String: Int] {
        var statuses: [String: Set<Int>] = [:]
        for site in sites {
            for bind in site.binds { statuses[bind, default: []].insert(Self.httpsRedirect(site) ?? 0) }
        }
        let plain = statuses.compactMapValues { $0.count == 1 && $0.first != 0 ? $0.first : nil }
        // At least one listener has to lead to routes.
        return plain.count == statuses.count ? [:] : plain
    }

    /// Returns the status with which a server sends all requests to https; nil if it does anything else.
    private static func httpsRedirect(_ site: Site) -> Int? {
        let content = (site.server.block ?? []).filter { !NginxVocabulary.isOwn($0.name) }
        let left = content.filter {
            !["listen", "server_name", "root", "index", "error_page"].contains($0.name)
                && !($0.name == "location" && $0.arguments.contains { $0.hasPrefix("/.well-known/acme-challenge") })
        }
        guard left.count == 1, site.scope.guardian == nil, site.scope.list("deny").isEmpty,
            site.scope.list("add_header").isEmpty, site.scope.list("more_set_headers").isEmpty,
            !listens(site.server).contains(where: { $0.arguments.contains("ssl") || $0.arguments.contains("proxy_protocol") })
        else { return nil }
        var answer = left[0]
        if answer.name == "location", answer.arguments == ["/"] {
            let inner = (answer.block ?? []).filter { !NginxVocabulary.isOwn($0.name) }
            guard inner.count == 1 else { return nil }
            answer = inner[0]
        }
        let targets = ["$host", "${host}", "$http_host"].flatMap {
            ["https://\($0)$request_uri", "https://\($0)$uri$is_args$args"]
        }
        if answer.name == "return", let status = Int(answer[0]), [301, 302, 303, 307, 308].contains(status),
            targets.contains(answer[1])
        {
            return status
        }
        guard answer.name == "rewrite", answer[1].hasPrefix("https://$host") || answer[1].hasPrefix("https://$http_host") else {
            return nil
        }
        let rest = answer[1].drop { $0 != "t" }.split(separator: "t", maxSplits: 1).last ?? ""
        let isWhole =
            (["^(.*)$", "^(.*)", "(.*)", "^/(.*)$"].contains(answer[0])
                && (rest.hasSuffix("$1") || rest.hasSuffix("$request_uri?")))
            || (["^", ".*", "/"].contains(answer[0]) && answer[1].hasSuffix("$request_uri?"))
        guard isWhole else { return nil }
        return answer[2] == "permanent" ? 301 : 302
    }
}

extension ImportDraft.Route {
    /// Returns the route restricted to some hosts and listeners; nil when no request can reach it.
    func placed(hosts: [String], listeners: [String], also: NginxCondition) -> ImportDraft.Route? {
        var route = self
        route.hosts = hosts
        route.listeners = listeners
        guard var tests = also.and(tests) else { return nil }
        // Tests that a route expresses with a key of its own are not repeated.
        let named = tests.tests.lazy.compactMap { test -> [String]? in
            if case .hosts(let names) = test.subject, !test.isNegated { names } else { nil }
        }.first
        if let named {
            if hosts.isEmpty {
                route.hosts = named
            } else if !hosts.contains(where: { $0.hasPrefix("*") }) {
                route.hosts = hosts.filter(named.contains)
                if route.hosts.isEmpty { return nil }
            }
            if hosts.isEmpty || !hosts.contains(where: { $0.hasPrefix("*") }) {
                tests = tests.filtered { if case .hosts(named) = $0 { false } else { true } }
            }
        }
        for test in tests.tests where !test.isNegated {
            switch test.subject {
            case .methods(let names) where route.methods.isEmpty:
                route.methods = names
                tests = tests.filtered { $0 != test.subject }
            case .path(let path) where route.paths.isEmpty:
                route.paths = [path]
                tests = tests.filtered { $0 != test.subject }
            default: break
            }
        }
        route.tests = tests
        route.when = tests.yaml
        return route
    }
}
