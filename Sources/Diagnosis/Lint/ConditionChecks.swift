import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// Finds conditions that no message meets.
extension Linter {
    /// Finds tests of response fields whose result is always the same, because of the rules above.
    mutating func checkFieldTests(of rule: Rule, _ order: RuleOrder) {
        for case .responseHeader(let test) in rule.condition?.conjuncts ?? [] {
            let isAbsent = if case .absent = test.test { true } else { false }
            guard let earlier = isAbsent ? order.writer(of: test.name.value) : order.remover(of: test.name.value) else {
                continue
            }
            let line = earlier.place(earlier.location, beside: rule).line
            warn(
                .impossibleCondition,
                "\(test.name.value) is never \(isAbsent ? "absent" : "present") here: line \(line) \(isAbsent ? "writes" : "removes") it",
                at: rule.place(test.name.location, beside: earlier), "leave this out, or put it above")
        }
    }

    mutating func checkCondition(_ rule: Rule, on route: Route) {
        guard let condition = rule.condition, !rule.isFromPreset else { return }
        checkScheme(condition)
        if rule.uses.isEmpty { checkContradiction(condition) }
        if let policy = rule.action as? CORSPolicy {
            if policy.preflight != .forward { checkPreflights(condition, on: route) }
            checkPreflightMethod(
                condition.asked(.method), "leave out the test of `method`: `cors` answers preflights by itself")
        }
        checkNames(condition)
        for status in condition.asked(.status) where status.value.hasPrefix("1") && status.value != "101" {
            warn(
                .impossibleCondition, "interim responses (1xx) do not pass the stage", at: status.location,
                "leave it out; 101 does")
        }
        if rule.uses.isEmpty, route.responseHeaders.contains(where: { $0.location == rule.location }) {
            checkHosts(condition, of: route)
        }
        let routeStarts = route.paths.map { Self.literalStart($0.value) }
        for path in condition.asked(.path)
        where !routeStarts.isEmpty && route.responseHeaders.contains(where: { $0.location == rule.location }) {
            let start = Self.literalStart(path.value)
            if !routeStarts.contains(where: { $0.hasPrefix(start) || start.hasPrefix($0) }) {
                warn(
                    .pathOutsideRoute,
                    "no request of this route has such a path: it takes those on line \(route.paths.first?.location.line ?? 0)",
                    at: path.location, "`when: path` sees the whole path, with what `strip_prefix` takes off")
            }
        }
    }

    mutating func checkCondition(of route: Route) {
        guard let condition = route.condition else { return }
        checkScheme(condition)
        checkNames(condition)
        checkContradiction(condition)
        checkHosts(condition, of: route)
    }

    private mutating func checkNames(_ condition: Condition) {
        for case .requestHeader(let test) in condition.conjuncts where test.name.value.utf8.contains(0x5F) {
            warn(
                .impossibleCondition, "no rule sees \(test.name.value): fields of requests with `_` are taken off before",
                at: test.name.location, "write \(test.name.value.replacing("_", by: "-"))")
        }
    }

    private mutating func checkScheme(_ condition: Condition) {
        guard condition.isHTTPSOnly, !mayBeHTTPS, let scheme = condition.asked(.scheme).first else { return }
        warn(
            .impossibleCondition, "no request is https here: no listener speaks TLS, and no trusted proxy says so",
            at: scheme.location, "name the balancer that ends TLS in `trusted_proxies`")
    }

    private mutating func checkContradiction(_ condition: Condition) {
        guard condition.excludes(condition) else { return }
        warn(
            .impossibleCondition, "no message meets this: one test excludes what another asks for", at: condition.location,
            "leave one of them out")
    }

    private mutating func checkHosts(_ condition: Condition, of route: Route) {
        let own = Condition(location: route.location, [.any(.host, route.hosts)])
        guard let host = route.hosts.first, own.excludes(condition) || condition.excludes(own) else { return }
        warn(
            .impossibleCondition, "no request of this route has such a host: it takes those on line \(host.location.line)",
            at: condition.asked(.host).first?.location ?? condition.location, "leave it out, or write a route for that host")
    }
}
