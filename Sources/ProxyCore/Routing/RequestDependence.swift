import HTTPModel
import HeaderPolicy

extension Configuration {
    /// The fields of the request on which responses depend, beside those that rules speak of.
    func dependence(of listener: Listener) -> Dependence {
        var dependence = Dependence(believesPeers: believesPeers)
        if let debug, debug.secret != nil { dependence.always.append(debug.header) }
        // What a trusted peer says of the scheme decides between the app and the redirect.
        if listener.redirectToHTTPS != nil, believesPeers { dependence.always += ["X-Forwarded-Proto", "Forwarded"] }
        dependence.routes = routes.compactMap(\.fieldCondition)
        return dependence
    }

    var believesPeers: Bool { !trustedProxies.isEmpty }
}

extension Route {
    /// What it asks of the request beside host and path, and where.
    fileprivate var fieldCondition: Condition? {
        guard var condition else { return nil }
        if condition[.host].isEmpty { condition[.host] = hosts }
        if condition[.path].isEmpty { condition[.path] = paths }
        return condition
    }
}
