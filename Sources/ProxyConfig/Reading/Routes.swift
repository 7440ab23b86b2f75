import HTTPModel
import HeaderPolicy
import ProxyCore

extension Reading {
    /// `routes:`
    ///
    /// - Parameter upstreams: the existing names; nil when they are not known.
    func routes(_ node: Node, _ upstreams: [String]?) -> [Route] {
        items(node, for: "`routes`").compactMap { route($0, upstreams) }
    }

    private func route(_ node: Node, _ upstreams: [String]?) -> Route? {
        guard let table = Table<RouteKey>(node, self, for: "a route") else { return nil }
        let action = routeAction(node, table, upstreams)
        var route = Route(action ?? .upstream(""), location: location(node.place))
        route.name = table[.name].flatMap { text($0, for: "`name`")?.value }
        route.hosts = table[.host].map { texts($0, for: "`host`") } ?? []
        route.paths = table[.path].map { texts($0, for: "`path`") } ?? []
        route.methods = table[.method].map { texts($0, for: "`method`") } ?? []
        route.listeners = table[.listener].map { texts($0, for: "`listener`") } ?? []
        route.condition = table[.when].flatMap(condition)
        checkPatterns(route)
        for key in [RouteKey.host, .path, .method, .listener] where table[key]?.namesNothing == true {
            error("`\(key.rawValue)` names nothing", at: table.keyPlace(key), help: "leave it out to take any")
        }
        if let node = table[.stripPrefix] { route.stripPrefix = stripPrefix(node, table, route, action) }
        if let node = table[.timeouts], let timeouts = Table<RouteTimeoutKey>(node, self, for: "`timeouts`") {
            route.timeouts.connect = timeouts[.connect].flatMap { duration($0, for: "`connect`")?.value }
            route.timeouts.response = timeouts[.response].flatMap { duration($0, for: "`response`")?.value }
            route.timeouts.eventStream = timeouts[.eventStream].flatMap { duration($0, for: "`event_stream`")?.value }
        }
        if let node = table[.limits], let limits = Table<RouteLimitKey>(node, self, for: "`limits`") {
            route.requestBody = limits[.requestBody].flatMap { size($0, for: "`request_body`") }
        }
        route.requestHeaders = table[.requestHeaders].map { rules($0, for: "`request_headers`", .request) } ?? []
        route.responseHeaders = table[.responseHeaders].map { rules($0, for: "`response_headers`", .response) } ?? []
        let methods = route.methods.map(\.value)
        for index in route.responseHeaders.indices { route.responseHeaders[index].narrowOpenMethods(to: methods) }
        return action == nil ? nil : route
    }

    private func routeAction(_ node: Node, _ table: Table<RouteKey>, _ upstreams: [String]?) -> Route.Action? {
        let actions = table.keys.filter(RouteKey.actions.contains)
        guard let action = actions.first, let value = table[action] else {
            guard !table.hasUnknownKeys else { return nil }
            error("this route leads nowhere", at: node.place, help: "write one of `upstream`, `respond`, `redirect` or `reports`")
            return nil
        }
        if actions.count > 1 {
            error(
                "a route has one of `upstream`, `respond`, `redirect` and `reports`: `\(action.rawValue)` is there already",
                at: table.keyPlace(actions[1]), help: "write a route for each")
        }
        switch action {
        case .respond: return response(value).map(Route.Action.respond)
        case .redirect: return redirect(value).map(Route.Action.redirect)
        case .reports: return reportCollector(value).map(Route.Action.reports)
        default: return upstreamName(value, upstreams).map(Route.Action.upstream)
        }
    }

    private func upstreamName(_ node: Node, _ upstreams: [String]?) -> String? {
        guard let name = text(node, for: "`upstream`")?.value else { return nil }
        guard let names = upstreams, !names.contains(name) else { return name }
        let help =
            if name.contains(text: "://") || name.hasPrefix("unix:") {
                "give it a name: `upstreams: { app: \(name.abbreviated) }`, then `upstream: app`"
            } else if let near = closest(to: name, among: names) {
                "did you mean `\(near)`?"
            } else {
                names.isEmpty ? "define it under `upstreams`" : "known here: \(names.joined(separator: ", "))"
            }
        error("there is no upstream `\(name.abbreviated)`", at: node.place, help: help)
        return nil
    }

    /// `respond:` — a status, or a mapping.
    private func response(_ node: Node) -> FixedResponse? {
        guard case .table = node.content else {
            return integer(node, for: "a response's status", in: RespondKey.status.bounds).map {
                FixedResponse(status: Status(code: $0))
            }
        }
        guard let table = Table<RespondKey>(node, self, for: "`respond`") else { return nil }
        let code = table[.status].map { integer($0, for: "`status`", in: RespondKey.status.bounds) } ?? 200
        let contentType = table[.contentType].flatMap { text($0, for: "`content_type`") }
        let body = table[.body].flatMap { text($0, for: "`body`") }
        if let contentType, !contentType.value.utf8.allSatisfy(Octet.isFieldValue) || !contentType.value.contains("/") {
            error("`\(contentType.value.abbreviated)` is not a media type", at: contentType.location, help: "write `text/plain`")
            return nil
        }
        guard let code else { return nil }
        let status = Status(code: code)
        // A client would take the body of a 205 for the next response (RFC 9110 §15.3.6).
        if let body, status.forbidsBody || code == 205, !body.value.isEmpty {
            error("a response of status \(code) has no body", at: table.keyPlace(.body), help: "leave out `body`")
        }
        let content = Array((body?.value ?? "").utf8)
        // Without a type, browsers would guess one.
        let type = contentType?.value ?? (content.isEmpty ? nil : "text/plain; charset=utf-8")
        return FixedResponse(status: status, contentType: type, body: content)
    }

    /// `redirect:` — a target, or a mapping.
    private func redirect(_ node: Node) -> Redirect? {
        guard case .table = node.content else { return redirectTarget(node, for: "`redirect`").map { Redirect(to: $0) } }
        guard node.placeholder == nil, let table = Table<RedirectKey>(node, self, for: "`redirect`") else {
            _ = text(node, for: "`redirect`")
            return nil
        }
        let code = table[.status].map { integer($0, for: "`status`", in: 100...999) } ?? 308
        if let code, ![301, 302, 303, 307, 308].contains(code), let node = table[.status] {
            error(
                "a redirect's status is 301, 302, 303, 307 or 308, not \(code)", at: node.place,
                help: "308 is permanent, 307 is not; both keep the method")
        }
        guard let to = table[.to] else {
            error("a redirect needs `to`", at: node.place, help: "write `redirect: { to: \"/new/{path.rest}\" }`")
            return nil
        }
        guard let to = redirectTarget(to, for: "`to`"), let code else { return nil }
        return Redirect(to: to, status: Status(code: code))
    }

    /// Reads a reference to a URL, with placeholders.
    private func redirectTarget(_ node: Node, for what: String) -> Located<String>? {
        guard let to = template(node, for: what) else { return nil }
        guard !to.value.isEmpty else {
            error("\(what) leads nowhere: it is empty", at: node.place, help: "write `/` for the first page")
            return nil
        }
        var isPlaceholder = false
        // Doubled braces are characters, and begin no placeholder.
        for scalar in to.value.replacing("{{", by: "").replacing("}}", by: "").unicodeScalars {
            if scalar == "{" || scalar == "}" { isPlaceholder = scalar == "{" }
            guard !isPlaceholder, "\"<>\\^`".unicodeScalars.contains(scalar) || !(0x21...0x7E).contains(scalar.value) else {
                continue
            }
            let encoded = String(scalar).percentEncoded { _ in true }
            error(
                "\(what) is not a URL: `\(scalar)` cannot stand in one", at: node.place,
                help: scalar == "\\"
                    ? "write `/`"
                    : "write `\(encoded)` for it" + (scalar.value > 0x7E ? "; in a host, the name that begins with xn--" : ""))
            return nil
        }
        return to
    }

    private func checkPatterns(_ route: Route) {
        for host in route.hosts {
            do throws(PatternError) { _ = try HostPattern(host.value) } catch {
                self.error(error.message, at: host.location, help: error.suggestion)
            }
        }
        for path in route.paths {
            do throws(PatternError) { _ = try PathPattern(path.value, isIndexed: true) } catch {
                self.error(error.message, at: path.location, help: error.suggestion)
            }
        }
        for method in route.methods where method.value.isEmpty || !method.value.utf8.allSatisfy(Octet.isToken) {
            guard case .failure(let problem) = MethodName.check(method.value) else { continue }
            error("`\(method.value.abbreviated)` is not a method", at: method.location, help: problem.suggestion)
        }
        for method in route.methods where method.value != method.value.uppercased() {
            let upper = method.value.uppercased()
            guard Method.allCases.contains(where: { $0.token == upper }) else { continue }
            error("methods are case-sensitive: no request has `\(method.value)`", at: method.location, help: "write `\(upper)`")
        }
    }
}

extension Status {
    fileprivate init(code: Int) { self.init(rawValue: UInt16(clamping: code)) }
}
