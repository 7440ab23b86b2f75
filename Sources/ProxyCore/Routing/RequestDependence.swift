import HTTPModel
import HeaderPolicy

extension Configuration {
    /// The request fields on which responses depend, besides those that rules use.
    func dependence(of listener: Listener) -> Dependence {
        var dependence = Dependence(believesPeers: believesPeers)
        // `debug` is not among them: what it writes is kept out of caches, and all others get what they would without it.
        // The scheme that a trusted peer states decides between the app and the redirect.
        if listener.redirectToHTTPS != nil { dependence.always += dependence.peerFields }
        dependence.routes = routes.compactMap(\.fieldCondition)
        return dependence
    }

    var believesPeers: Bool { !trustedProxies.isEmpty }
}

extension Route {
    /// The conditions of the route besides host and path, restricted to the host and path where they apply.
    fileprivate var fieldCondition: Condition? {
        guard var condition else { return nil }
        if condition[.host].isEmpty { condition[.host] = hosts }
        if condition[.path].isEmpty { condition[.path] = paths }
        return condition
    }
}
