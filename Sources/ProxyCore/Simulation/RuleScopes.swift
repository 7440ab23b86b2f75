package import HeaderPolicy

/// Where a rule in the list of a listener and route is from.
package enum RuleScope: String, Sendable, Hashable {
    case global, listener, route
}

extension CompiledConfiguration {
    /// The stage of a listener and a route; without a route, that of messages that none matched.
    package func policy(listener: Int, route: Int?) -> CompiledPolicy {
        if let route { listeners[listener].routed[route] } else { listeners[listener].unrouted }
    }

    /// The same in the form that tells what it does. For single exchanges: it compiles the rules anew.
    package func tracedPolicy(listener: Int, route: Int?) throws(PolicyErrors) -> TracedPolicy {
        let own = source.listeners[listener]
        let route = route.map { source.routes[$0] }
        return try TracedPolicy(
            requestRules: source.requestHeaders + own.requestHeaders + (route?.requestHeaders ?? []),
            responseRules: source.responseHeaders + own.responseHeaders + (route?.responseHeaders ?? []), names: names,
            dependence: source.dependence(of: own))
    }

    /// The scope of the rule of that number in `tracedPolicy`.
    package func scope(ofRequestRule number: Int, listener: Int) -> RuleScope {
        scope(number, source.requestHeaders.count, source.listeners[listener].requestHeaders.count)
    }

    package func scope(ofResponseRule number: Int, listener: Int) -> RuleScope {
        scope(number, source.responseHeaders.count, source.listeners[listener].responseHeaders.count)
    }

    private func scope(_ number: Int, _ global: Int, _ listener: Int) -> RuleScope {
        number < global ? .global : number < global + listener ? .listener : .route
    }
}
