import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

extension Linter {
    /// Warns of a `cors` that no preflight meets, because its condition asks for what only the page's own request or the app's
    /// answer has.
    mutating func checkPreflights(_ condition: Condition, on route: Route) {
        let ofPages = condition.conjuncts.lazy.compactMap { test -> SourceLocation? in
            guard case .requestHeader(let test) = test else { return nil }
            if case .absent = test.test { return nil }
            return Self.preflightFields.contains(test.name.value.lowercased()) ? nil : test.name.location
        }.first
        let isOfApp =
            condition.asked(.source).contains { $0.value == "upstream" }
            && !condition.asked(.source).contains { $0.value == "proxy" }
        let ofAnswers =
            condition.asked(.contentType).first?.location ?? (isOfApp ? condition.asked(.source).first?.location : nil)
            ?? (condition.holds(forStatus: 204) == false ? condition.asked(.status).first?.location : nil)
        let ofFields = condition.conjuncts.compactMap { test -> SourceLocation? in
            guard case .responseHeader(let test) = test, !writes(test.name.value, on: route) else { return nil }
            if case .absent = test.test { return nil }
            return test.name.location
        }
        guard let place = ofPages ?? ofAnswers ?? ofFields.first else { return }
        warn(
            .impossibleCondition,
            "no preflight meets this, so that `cors` answers none: it has none of the page's headers, and no answer of the app",
            at: place, "choose by path, host or method")
    }

    /// Warns of a `cors` for OPTIONS alone, by its own condition or that of its route.
    mutating func checkPreflightMethod(_ methods: [Located<String>], _ help: String) {
        guard let method = methods.first, methods.allSatisfy({ $0.value == "OPTIONS" }) else { return }
        warn(
            .impossibleCondition,
            "a preflight is matched by the method that it asks for: those for GET, PUT and all others but OPTIONS are refused",
            at: method.location, help)
    }

    /// Whether some rule gives responses a field, those to preflights perhaps included.
    private func writes(_ name: String, on route: Route) -> Bool {
        let rules = configuration.responseHeaders + configuration.listeners.flatMap(\.responseHeaders) + route.responseHeaders
        return rules.contains { rule in
            rule.action.effects.contains { effect in
                if case .removed = effect.kind { return false }
                return effect.name.value.lowercased() == name.lowercased()
            }
        }
    }

    /// The fields that browsers, or proxies on the way, put into a preflight.
    private static let preflightFields: Set = [
        "host", "origin", "access-control-request-method", "access-control-request-headers",
        "access-control-request-private-network", "user-agent",
        "accept", "accept-encoding", "accept-language", "referer", "connection", "cache-control", "pragma", "priority",
        "sec-fetch-mode",
        "sec-fetch-site", "sec-fetch-dest", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via",
    ]
}
