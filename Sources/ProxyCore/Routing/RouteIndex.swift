import HTTPModel
import HeaderPolicy

/// Which routes a request has to be tried against: by host pattern, and under each by what their paths are found by.
struct RouteIndex: Sendable {
    /// The scope of routes for any host.
    static let anyHost = 0

    /// Scopes by host name.
    let hosts: HostIndex
    /// The first route of each scope: the others need not be looked at once an earlier one matches.
    let firstRoutes: [Int]
    /// The routes by their paths, in the order of the routes.
    let paths: PathIndex
    /// Of each scope, the routes without a path, in order.
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
