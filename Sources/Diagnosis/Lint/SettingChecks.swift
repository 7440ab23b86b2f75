import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

extension Linter {
    mutating func checkSettings() {
        for block in configuration.trustedProxies where block.value.isEverybody {
            warn(
                .trustsEverybody, "`trusted_proxies` believes everybody: any client can say that it is another",
                at: block.location, "name the balancer's addresses")
        }
        if let admin = configuration.admin, case .tcp(let host, _) = admin.value, ["0.0.0.0", "::", "*"].contains(host) {
            warn(
                .adminIsPublic, "the admin endpoints answer on every interface", at: admin.location,
                "write 127.0.0.1, or an inner address")
        }
        if let debug = configuration.debug, debug.secret == nil, debug.allowFrom.contains(where: \.isEverybody) {
            warn(
                .debugsEverybody, "`debug` tells every client which rules touched its response", at: debug.location,
                "give it a `secret`, or name the addresses of those who debug")
        }
        if configuration.limits.requestBody == 0, let place = configuration.places["limits.request_body"] {
            warn(.noLimit, "a request body of any size is taken", at: place, "give `limits: { request_body: … }` a size")
        }
        for (name, value) in [
            ("response", configuration.timeouts.response), ("request_head", configuration.timeouts.requestHead),
            ("idle", configuration.timeouts.idle), ("connect", configuration.timeouts.connect),
        ] where value == 0 {
            guard let place = configuration.places["timeouts.\(name)"] else { continue }
            warn(.noTimeout, "`timeouts: { \(name): 0 }` waits for ever", at: place, "give it a duration")
        }
    }

    mutating func checkRoutes() {
        var earlier = RouteCover()
        for (number, route) in configuration.routes.enumerated() {
            checkCondition(of: route)
            if route.responseHeaders.contains(where: { $0.action is CORSPolicy }) {
                checkPreflightMethod(
                    route.methods, "give `cors` to the routes of those methods, or to all: it answers their preflights by itself")
            }
            if let cover = earlier.cover(of: route) {
                warn(
                    .coveredRoute,
                    "no request reaches this route: the one on line \(configuration.routes[cover].location.line) takes every path that it names",
                    at: route.location, "first match wins: put this one above it")
            }
            if case .redirect(let redirect) = route.action { check(redirect, of: route, number) }
        }
        checkNames()
    }

    private mutating func check(_ redirect: Redirect, of route: Route, _ number: Int) {
        let to = redirect.to.value
        if !to.contains(text: "{query}"), !to.contains(text: "{uri}"), !to.contains("?") {
            let path = ["{path.rest}", "{path}"].first { to.contains(text: $0) }
            warn(
                .redirectDropsQuery,
                "the query of the request is lost: \(path.map { "`\($0)` is the path alone" } ?? "nothing in the target has it")",
                at: redirect.to.location,
                "write \(to)?{query} if it matters")
        }
        if Self.isLedByClient(to) {
            warn(
                .redirectToClientsHost, "a client decides where this leads: the host is what it sent", at: redirect.to.location,
                "write the host out")
        }
        guard to.hasPrefix("/"), !to.hasPrefix("//") else { return }
        let path = to.prefix { $0 != "?" }
        let start = String(path.prefix { $0 != "*" && $0 != "{" })
        let isWhole = start.count == path.count
        let loops =
            route.paths.isEmpty && route.methods.isEmpty && route.condition == nil
            || route.paths.contains { Self.takes($0.value, start, isWhole: isWhole) }
                && redirect.isTaken(by: route.methods) && redirect.holdsAgain(route.condition, isWhole ? start : start + "x")
        if loops, !configuration.routes[..<number].contains(where: { Self.mayTake($0, start, isWhole: isWhole) }) {
            warn(
                .redirectLoop, "this leads to itself: the route takes the path that it redirects to", at: redirect.to.location,
                "redirect to a path that another route takes")
        }
    }

    /// Whether a client chooses the server to which the target of a redirect leads. The proxy sees to it that anything else that a
    /// client sends stays in its place (`Template.renderReference`).
    private static func isLedByClient(_ target: String) -> Bool {
        let to = target.lowercased().replacing("{scheme}", by: "https")
        let sent = ["{request.header.", "{request.cookie."]
        guard let scheme = ["//", "http://", "https://"].first(where: to.hasPrefix) else {
            return sent.contains(where: to.hasPrefix)
        }
        // A client that chooses the end of a host name chooses the host.
        let host = to.dropFirst(scheme.count).prefix { !"/?#:".contains($0) }
        guard host.hasSuffix("}"), let last = host.lastIndex(of: "{") else { return false }
        return sent.contains { host[last...].hasPrefix($0) }
    }

    /// Whether a pattern takes a path surely. An expression takes only what is known as a whole.
    private static func takes(_ pattern: String, _ start: String, isWhole: Bool) -> Bool {
        guard isWhole else { return pattern.hasSuffix("/**") && start.hasPrefix(pattern.dropLast(2)) }
        return pattern.matches(path: start)
    }

    /// - Parameter isWhole: `start` is the whole path; else anything may follow.
    private static func mayTake(_ route: Route, _ start: String, isWhole: Bool) -> Bool {
        route.paths.isEmpty
            || route.paths.contains { path in
                let literal = literalStart(path.value)
                if literal == path.value { return isWhole ? start == literal : literal.hasPrefix(start) }
                return start.hasPrefix(literal) || start + "/" == literal || !isWhole && literal.hasPrefix(start)
            }
    }

    private mutating func checkNames() {
        var places: [String: SourceLocation] = [:]
        let scopes =
            [configuration.requestHeaders, configuration.responseHeaders] + configuration.listeners.map(\.responseHeaders)
            + configuration.routes.map(\.responseHeaders)
        for rule in scopes.joined() {
            guard let name = rule.name, rule.origin == .configuration else { continue }
            if let first = places[name], first != rule.location {
                warn(
                    .nameTwice, "two rules are called \"\(name)\"", at: rule.location, "the other is on line \(first.line)")
            } else {
                places[name] = rule.location
            }
        }
    }
}

extension CIDR {
    /// Whether it has all addresses of IPv4, or of IPv6.
    fileprivate var isEverybody: Bool { prefix == 0 || base.isV4 && prefix <= 96 }
}

extension Redirect {
    /// Whether the request that follows has one of the methods, as the one before had.
    fileprivate func isTaken(by methods: [Located<String>]) -> Bool {
        let names = methods.map(\.value)
        return names.isEmpty
            || names.contains { name in
                // Browsers make GET of the others for 303, and of POST for 301 and 302.
                let isChanged = status == 303 ? name != "HEAD" : name == "POST" && (status == 301 || status == 302)
                return names.contains(isChanged ? "GET" : name)
            }
    }

    /// Whether a condition that holds for the request before may hold for the one that follows, to that path.
    fileprivate func holdsAgain(_ condition: Condition?, _ path: String) -> Bool {
        condition?.holds { test in
            switch test {
            case .any(.path, let patterns): patterns.contains { $0.value.matches(path: path) }
            case .any(.method, let methods):
                status == 303 ? methods.contains { $0.value == "GET" } : isTaken(by: methods) ? nil : false
            default: nil
            }
        } != false
    }
}

extension String {
    /// Whether a pattern of paths matches.
    fileprivate func matches(path: String) -> Bool {
        (try? PathPattern(self, isIndexed: true))?.matches(path.utf8.span) ?? false
    }
}
