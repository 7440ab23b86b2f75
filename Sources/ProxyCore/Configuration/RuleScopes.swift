public import HeaderPolicy

/// The level of the configuration where a rule is written.
public enum RuleScope: String, Sendable, Hashable {
    case global, listener, route
}

extension CompiledConfiguration {
    /// Returns the stage of a listener and a route; without a route, that of messages that none matched.
    public func policy(listener: Int, route: Int?) -> CompiledPolicy {
        if let route { listeners[listener].routed[route] } else { listeners[listener].unrouted }
    }

    /// Returns the same stage in the form that traces its effects. It compiles the rules anew, so it is only for single
    /// exchanges.
    public func tracedPolicy(listener: Int, route: Int?) throws(PolicyErrors) -> TracedPolicy {
        let own = source.listeners[listener]
        let policy = policy(listener: listener, route: route)
        let route = route.map { source.routes[$0] }
        return try TracedPolicy(
            requestRules: source.requestHeaders + own.requestHeaders + (route?.requestHeaders ?? []),
            responseRules: source.responseHeaders + own.responseHeaders + (route?.responseHeaders ?? []), names: names,
            dependence: source.dependence(of: own), countingAs: policy)
    }

    /// Returns the scope of the rule with that number in `tracedPolicy`.
    public func scope(ofRequestRule number: Int, listener: Int) -> RuleScope {
        scope(number, source.requestHeaders.count, source.listeners[listener].requestHeaders.count)
    }

    public func scope(ofResponseRule number: Int, listener: Int) -> RuleScope {
        scope(number, source.responseHeaders.count, source.listeners[listener].responseHeaders.count)
    }

    private func scope(_ number: Int, _ global: Int, _ listener: Int) -> RuleScope {
        number < global ? .global : number < global + listener ? .listener : .route
    }
}
