import HTTPModel
import HeaderPolicy

/// Which routes a request has to be tried against: by host pattern, and under each by what their paths start with.
struct RouteIndex: Sendable {
    /// A route, and the place in `patterns` of what the path has still to match; nil where the look-up has settled it.
    struct Candidate: Sendable {
        var route: Int
        var pattern: Int?
    }

    /// The scope of routes for any host.
    static let anyHost = 0

    /// Scopes by host name, hashed backwards; the name of a wildcard begins with a dot.
    let hosts: RouteTable
    /// The first route of each scope: the others need not be looked at once an earlier one matches.
    let firstRoutes: [Int]
    /// Places in `buckets`, by scope and whole path, and by scope and the segments that a path starts with.
    let exact: RouteTable
    let prefixes: RouteTable
    /// Of each scope, the place in `buckets` of routes without a path.
    let anyPath: [Int]
    /// Where in `candidates` those stand that are to be tried together, in the order of their routes.
    let buckets: [Range<Int>]
    let candidates: [Candidate]
    let patterns: [PathPattern]

    init(_ routes: [RouteTests]) {
        var scopes: [[UInt8]: Int] = [[]: Self.anyHost]
        var firstRoutes = [Int.max]
        var anyPath: [[Candidate]] = [[]]
        var exact: [RouteTable.Key: [Candidate]] = [:]
        var prefixes: [RouteTable.Key: [Candidate]] = [:]
        var patterns: [PathPattern] = []
        for (route, tests) in routes.enumerated() {
            for name in tests.hosts.isEmpty ? [[]] : tests.hosts.map(\.name) {
                let scope = scopes[name] ?? firstRoutes.count
                if scope == firstRoutes.count {
                    scopes[name] = scope
                    firstRoutes.append(route)
                    anyPath.append([])
                }
                firstRoutes[scope] = min(firstRoutes[scope], route)
                if tests.paths.isEmpty { anyPath[scope].append(Candidate(route: route)) }
                for pattern in tests.paths {
                    let key = RouteTable.Key(scope: scope, text: pattern.literalPrefix)
                    if pattern.isExact {
                        exact[key, default: []].append(Candidate(route: route))
                    } else if pattern.text.utf8.elementsEqual(key.text + Array("/**".utf8)) {
                        prefixes[key, default: []].append(Candidate(route: route))
                    } else {
                        prefixes[key, default: []].append(Candidate(route: route, pattern: patterns.count))
                        patterns.append(pattern)
                    }
                }
            }
        }
        scopes[[]] = nil
        var buckets: [Range<Int>] = []
        var candidates: [Candidate] = []
        func bucket(_ members: [Candidate]) -> Int {
            buckets.append(candidates.count..<candidates.count + members.count)
            candidates += members
            return buckets.count - 1
        }
        let names = scopes.map { (RouteTable.Key(scope: Self.anyHost, text: $0.key), $0.value) }
        hosts = RouteTable(Dictionary(uniqueKeysWithValues: names), backwards: true)
        self.exact = RouteTable(exact.mapValues(bucket))
        self.prefixes = RouteTable(prefixes.mapValues(bucket))
        self.anyPath = anyPath.map(bucket)
        self.firstRoutes = firstRoutes
        self.buckets = buckets
        self.candidates = candidates
        self.patterns = patterns
    }
}
