import HTTPModel
import HeaderPolicy

/// Finds the routes that a request has to be tried against, by host pattern and then by the literal text of their paths.
struct RouteIndex: Sendable {
    /// The scope of routes for any host.
    static let anyHost = 0

    /// The scopes by host name.
    let hosts: HostIndex
    /// The first route of each scope. A scope need not be searched once an earlier route matches.
    let firstRoutes: [Int]
    /// The routes by their paths, in the order of the routes.
    let paths: PathIndex
    /// The routes without a path in each scope, in order.
    let anyPath: [[Int]]

    init(_ routes: [RouteMatcher]) {
        var scopes: [[UInt8]: Int] = [[]: Self.anyHost]
        var firstRoutes = [Int.max]
        var anyPath: [[Int]] = [[]]
        var patterns: [(scope: Int, pattern: PathPattern, member: Int)] = []
        for (route, tests) in routes.enumerated() {
            for name in tests.hosts.isEmpty ? [[]] : tests.hosts.map(\.name) {
                let scope = scopes[name] ?? firstRoutes.count
                if scope == firstRoutes.count {
                    scopes[name] = scope
                    firstRoutes.append(route)
                    anyPath.append([])
                }
                firstRoutes[scope] = min(firstRoutes[scope], route)
                if tests.paths.isEmpty { anyPath[scope].append(route) }
                patterns += tests.paths.map { (scope, $0, route) }
            }
        }
        scopes[[]] = nil
        hosts = HostIndex(scopes)
        paths = PathIndex(patterns)
        self.anyPath = anyPath
        self.firstRoutes = firstRoutes
    }
}
