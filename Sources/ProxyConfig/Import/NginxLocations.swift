/// `location` blocks, and what stands in a server beside them, as routes.
extension NginxTranslator {
    mutating func routes(of server: NginxDirective, _ scope: NginxScope) -> [ImportDraft.Route] {
        let content = server.block ?? []
        for directive in content { setting(of: directive) }
        var routes: [ImportDraft.Route] = []
        // A server's own `return` and `rewrite` come before its locations.
        for directive in content where directive.name == "rewrite" {
            if let route = rewrite(directive, scope) { routes.append(complete(route, server, scope, isProxied: false)) }
        }
        if let directive = content.named("return").first, let action = returned(directive, scope) {
            routes.append(complete(ImportDraft.Route(action: action, origin: directive.place), server, scope, isProxied: false))
            return routes
        }
        var named: [String: NginxDirective] = [:]
        for location in content.named("location") where location[0].hasPrefix("@") { named[location[0]] = location }
        let locations = flat(content, scope)
        let isMixed = locations.contains { $0.location[0].hasPrefix("~") && NginxValues.paths($0.location) != nil }
        let ordered = locations.enumerated().sorted { left, right in
            let (a, b) = (Self.rank(left.element.location, isMixed), Self.rank(right.element.location, isMixed))
            return (a.kind, -a.length, left.offset) < (b.kind, -b.length, right.offset)
        }
        for (_, entry) in ordered { routes += self.routes(of: entry.location, server, entry.scope, named) }
        if content.contains(where: { $0.name == "proxy_pass" }), let route = location(server, server, scope, named) {
            routes.append(route)
        }
        return routes
    }

    /// All locations with what holds in each, those inside others too.
    private func flat(_ content: [NginxDirective], _ scope: NginxScope) -> [(location: NginxDirective, scope: NginxScope)] {
        content.named("location").filter { !$0[0].hasPrefix("@") }.flatMap { location in
            let inner = scope.nested(location.block ?? [])
            return [(location, inner)] + flat(location.block ?? [], inner)
        }
    }

    /// nginx takes an exact location first, then the longest prefix, but expressions, in order, before one without `^~`.
    private static func rank(_ location: NginxDirective, _ isMixed: Bool) -> (kind: Int, length: Int) {
        switch location[0] {
        case "=": (0, 0)
        case "^~": (isMixed ? 1 : 3, location[1].utf8.count)
        case "~", "~*": (2, 0)
        default: (3, location[0].utf8.count)
        }
    }

    private mutating func routes(
        of location: NginxDirective, _ server: NginxDirective, _ scope: NginxScope, _ named: [String: NginxDirective]
    ) -> [ImportDraft.Route] {
        for directive in location.block ?? [] { setting(of: directive) }
        guard let paths = NginxValues.paths(location) else {
            draft.note("\(location.text): no path pattern says that; its requests go to the next route", at: location.place)
            return []
        }
        var routes: [ImportDraft.Route] = []
        for directive in location.block ?? [] where directive.name == "rewrite" {
            if let route = rewrite(directive, scope) { routes.append(complete(route, location, scope, isProxied: false)) }
        }
        guard var route = self.location(location, server, scope, named) else { return routes }
        route.paths = paths
        routes.append(route)
        return routes
    }

    /// Where the requests of a location go.
    private mutating func location(
        _ location: NginxDirective, _ server: NginxDirective, _ scope: NginxScope, _ named: [String: NginxDirective]
    ) -> ImportDraft.Route? {
        let content = location.block ?? []
        let origin = location.place
        func closed(_ comment: String) -> ImportDraft.Route {
            var route = ImportDraft.Route(action: .respond(status: 403, type: nil, body: nil), origin: origin)
            route.comment = comment
            return route
        }
        if let guardian = ["auth_basic", "auth_request", "auth_jwt"].lazy.compactMap(scope.single).first(where: { $0[0] != "off" }
        ) {
            draft.note("\(guardian.text): nobody is asked who they are here, so \(location.text) is closed", at: guardian.place)
            return complete(closed("closed: nginx asked with \(guardian.name)"), location, scope, isProxied: false)
        }
        let access = scope.list("deny").map { "\($0.name) \($0[0])" }
        if access.first == "deny all" { return complete(closed(""), location, scope, isProxied: false) }
        if !access.isEmpty, access.first != "allow all" {
            draft.note("\(location.text): routes do not look at addresses, so it is closed", at: origin)
            return complete(closed("closed: nginx had \(access.joined(separator: ", "))"), location, scope, isProxied: false)
        }
        if content.contains(where: { $0.name == "internal" }) {
            return complete(
                ImportDraft.Route(action: .respond(status: 404, type: nil, body: nil), origin: origin), location, scope,
                isProxied: false)
        }
        if let directive = content.named("return").first {
            guard let action = returned(directive, scope) else { return nil }
            return complete(ImportDraft.Route(action: action, origin: origin), location, scope, isProxied: false)
        }
        if let pass = content.named("proxy_pass").first { return proxied(pass, location, scope) }
        if let fallback = content.named("try_files").first?.arguments.last, let target = named[fallback],
            let pass = (target.block ?? []).named("proxy_pass").first
        {
            draft.note("\(location.text): files are not served here; all of it goes to the app", at: origin)
            return proxied(pass, location, scope.nested(target.block ?? []))
        }
        if let pass = content.first(where: { ["uwsgi_pass", "fastcgi_pass", "scgi_pass", "grpc_pass"].contains($0.name) }) {
            let help =
                pass.name == "grpc_pass" ? "write an upstream with h2c://" : "run the app under gunicorn, or uwsgi --http-socket"
            draft.note("\(pass.text): Letterhead speaks HTTP to apps: \(help)", at: pass.place)
            var route = ImportDraft.Route(action: .respond(status: 502, type: nil, body: nil), origin: origin)
            route.comment = "nginx had \(pass.text)"
            return complete(route, location, scope, isProxied: false)
        }
        // A server's block without a `proxy_pass`, and a location that only holds others.
        if location.name == "server" || content.contains(where: { $0.name == "location" }) { return nil }
        if content.contains(where: { $0.name == "rewrite" && Self.isRedirect($0) }), content.count == 1 { return nil }
        draft.note("\(location.text): files are not served here: let the app do it, or another server", at: origin)
        var route = ImportDraft.Route(action: .respond(status: 404, type: nil, body: nil), origin: origin)
        route.comment = "nginx served files"
        return complete(route, location, scope, isProxied: false)
    }

    private mutating func proxied(_ pass: NginxDirective, _ location: NginxDirective, _ scope: NginxScope) -> ImportDraft.Route? {
        var unknown: String?
        var address = ""
        for part in NginxVariables.parts(pass[0]) {
            switch part {
            case .text(let text): address += text
            case .variable(let name):
                if let value = scope.variables.constants[name], !value.contains("$") { address += value } else { unknown = name }
            }
        }
        if let unknown {
            draft.note("\(pass.text): which upstream $\(unknown) is cannot be told", at: pass.place)
            var route = ImportDraft.Route(action: .respond(status: 502, type: nil, body: nil), origin: pass.place)
            route.comment = "nginx had \(pass.text)"
            return complete(route, location, scope, isProxied: false)
        }
        // http://unix:/run/app.sock:/path, http://host:port/path
        var path: String?
        if let socket = address.firstRange(of: "://unix:") {
            let rest = address[socket.upperBound...]
            if let colon = rest.firstIndex(of: ":") {
                path = String(rest[rest.index(after: colon)...])
                address = String(address[..<colon])
            }
        } else if let mark = address.firstRange(of: "://"), let slash = address[mark.upperBound...].firstIndex(of: "/") {
            path = String(address[slash...])
            address = String(address[..<slash])
        }
        let host = hostField(scope, address)
        guard let name = upstream(address, host: host, pass) else { return nil }
        var route = ImportDraft.Route(action: .upstream(name), origin: location.place)
        let prefix = location[0] == "^~" || location[0] == "=" ? location[1] : location[0]
        if let strip = (location.block ?? []).named("rewrite").compactMap(Self.strippedPrefix).first {
            route.stripPrefix = strip
        } else if let path, !path.isEmpty, path != prefix, location.name == "location" {
            let bare = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
            if path == "/", prefix.hasSuffix("/"), !bare.isEmpty {
                route.stripPrefix = bare
            } else {
                draft.note("\(pass.text): a path cannot be replaced by another one; the app sees the client's", at: pass.place)
            }
        }
        return complete(route, location, scope, isProxied: true, address: address, host: host)
    }

    /// The `Host` that nginx sends: that of `proxy_pass` unless it is set; nil for the client's.
    private func hostField(_ scope: NginxScope, _ address: String) -> String? {
        let own = String(address.split(separator: "/", maxSplits: 2).last ?? "")
        let proxyHost = own.hasPrefix("unix:") ? "localhost" : own
        guard let set = scope.list("proxy_set_header").last(where: { $0[0].lowercased() == "host" }) else { return proxyHost }
        if ["$proxy_host", "${proxy_host}"].contains(set[1]) { return proxyHost }
        return set[1].contains("$") ? nil : set[1]
    }

    /// `rewrite ^/app/(.*)$ /$1 break;`
    private static func strippedPrefix(_ directive: NginxDirective) -> String? {
        guard directive[1] == "/$1", ["break", "last"].contains(directive[2]), directive[0].hasPrefix("^/"),
            let tail = ["/(.*)$", "/(.*)", "/?(.*)$"].first(where: { directive[0].hasSuffix($0) })
        else { return nil }
        let prefix = String(directive[0].dropFirst().dropLast(tail.count))
        return prefix.contains { "()[]\\.*+?|".contains($0) } || prefix.isEmpty ? nil : prefix
    }

    private static func isRedirect(_ directive: NginxDirective) -> Bool {
        ["permanent", "redirect"].contains(directive[2]) || directive[1].hasPrefix("http://")
            || directive[1].hasPrefix("https://")
    }

    private mutating func rewrite(_ directive: NginxDirective, _ scope: NginxScope) -> ImportDraft.Route? {
        if Self.strippedPrefix(directive) != nil { return nil }
        guard Self.isRedirect(directive) else {
            draft.note("\(directive.text): the path is not changed on its way, but for `strip_prefix`", at: directive.place)
            return nil
        }
        var variables = scope.variables
        if directive[0].hasPrefix("^/(") { variables.captures[1] = "{path.rest}" }
        if directive[0].hasPrefix("^(") { variables.captures[1] = "{path}" }
        if directive[0].contains("(.*)") || directive[0].contains("(.+)") {
            variables.captures[1] = variables.captures[1] ?? "{path.rest}"
        }
        var target = directive[1]
        let keepsQuery = !target.hasSuffix("?") && !target.contains("$args") && !target.contains("$request_uri")
        if target.hasSuffix("?") { target.removeLast() }
        do throws(NginxVariables.Unknown) {
            guard var paths = NginxValues.paths(expression: directive[0]) else {
                draft.note("\(directive.text): no path pattern says that", at: directive.place)
                return nil
            }
            // What `**` stands for is what the group took.
            if directive[0].hasPrefix("^/("), paths.isEmpty { paths = ["/**"] }
            var to = try variables.template(target)
            if keepsQuery, !to.contains("?") { to += "?{query}" }
            let status = directive[2] == "permanent" ? 301 : 302
            var route = ImportDraft.Route(action: .redirect(to: to, status: status), origin: directive.place)
            route.paths = paths.map {
                $0.hasSuffix("*/**") && directive[0].hasSuffix("/(.*)$") ? $0.replacing("*/**", with: "/**") : $0
            }
            return route
        } catch {
            draft.note("\(directive.text): nothing here stands for $\(error.name)", at: directive.place)
            return nil
        }
    }

    private mutating func returned(_ directive: NginxDirective, _ scope: NginxScope) -> ImportDraft.Route.Action? {
        let code = Int(directive[0]) ?? 302
        let text = Int(directive[0]) == nil ? directive[0] : directive[1]
        do throws(NginxVariables.Unknown) {
            if [301, 302, 303, 307, 308].contains(code) {
                return .redirect(to: try scope.variables.template(text), status: code)
            }
            guard (200...599).contains(code), code != 444, code != 499 else {
                draft.note("\(directive.text): a connection is not closed without an answer; 403 is sent", at: directive.place)
                return .respond(status: 403, type: nil, body: nil)
            }
            guard !text.isEmpty else { return .respond(status: code, type: nil, body: nil) }
            guard !text.contains("$") else {
                draft.note("\(directive.text): the text of a response has no variables", at: directive.place)
                return .respond(status: code, type: nil, body: nil)
            }
            return .respond(status: code, type: scope.single("default_type")?[0] ?? "text/plain", body: text)
        } catch {
            draft.note("\(directive.text): nothing here stands for $\(error.name)", at: directive.place)
            return nil
        }
    }

    /// A directive in a server or location that is said once for all here.
    private mutating func setting(of directive: NginxDirective) {
        let global = ["keepalive_timeout", "keepalive_requests", "send_timeout", "client_header_timeout", "client_body_timeout"]
        if global.contains(directive.name) {
            draft.note(
                "\(directive.text): timeouts of clients and limits of connections are for all hosts and paths",
                at: directive.place)
        } else if directive.name == "set_real_ip_from" {
            draft.note("\(directive.text): `trusted_proxies` is for all hosts and paths", at: directive.place)
        } else {
            explain(directive)
        }
    }
}
