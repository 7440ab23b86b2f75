public import HTTPModel
public import HeaderPolicy

/// Finds the route of a request: the first, in the order of the configuration, whose tests all hold.
///
/// A thousand routes cost what ten cost: they are found by hash, by their host and by what their path pattern starts with,
/// segment by segment. Only routes that share host, beginning and a star after it are tried one after the other.
public struct Router: ~Copyable, Sendable {
    private let tests: [RouteTests]
    private let index: RouteIndex
    /// Those that people use, and those that routes name.
    let knownMethods: [[UInt8]]

    static let ordinaryMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map { Array($0.utf8) }

    /// - Throws: what is wrong with hosts, paths and methods, each with the place where it was written.
    ///
    /// - Parameters:
    ///   - listeners: those whose names routes may name.
    ///   - names: of the fields that routes look at, added to.
    public init(routes: [Route], listeners: [Listener], names: inout FieldNames) throws(PolicyErrors) {
        var errors: [PolicyError] = []
        var tests: [RouteTests] = []
        for route in routes { tests.append(RouteTests(route, listeners: listeners, names: &names, errors: &errors)) }
        self.tests = tests
        guard errors.isEmpty else { throw PolicyErrors(errors) }
        index = RouteIndex(tests)
        var methods = Self.ordinaryMethods
        for method in routes.flatMap(\.methods) where method.value != "CONNECT" {
            let token = Array(method.value.utf8)
            if !methods.contains(token) { methods.append(token) }
        }
        knownMethods = methods
    }

    /// The number of the route of a request, counted from 0; nil where none matches.
    ///
    /// - Parameters:
    ///   - listener: the number of the one that it came by.
    ///   - method: the request's; of a CORS preflight, the one that it asks for.
    public func match(_ facts: borrowing ExchangeFacts, listener: Int, method: Span<UInt8>) -> Int? {
        // Nearly always it is the request's own, which is known by number.
        let isOwn = method.equals(facts.request.methodToken)
        let bit = RouteTests.bit(isOwn ? facts.request.method : Method(token: method))
        let arrival = Arrival(listener: listener, methodBit: bit, asksOfPreflight: !isOwn)
        var best = Int.max
        search(RouteIndex.anyHost, facts, arrival, method, &best)
        if !index.hosts.isEmpty { searchHosts(facts, arrival, method, &best) }
        return best == .max ? nil : best
    }

    /// What is the same for all routes that a request is tried against.
    private struct Arrival {
        var listener: Int
        var methodBit: UInt16
        var asksOfPreflight: Bool
    }

    /// What `**` in the route's path pattern stands for in a path that matched it, without the leading slash; empty where
    /// the pattern has none, nil where the route has no path pattern that matches.
    public func rest(route: Int, path: Span<UInt8>) -> Range<Int>? {
        guard tests.indices.contains(route) else { return nil }
        for pattern in tests[route].paths {
            if let rest = pattern.rest(of: path) { return rest }
        }
        return nil
    }

    /// The exact name, and the wildcards that it is under: one pass from the end of the name.
    private func searchHosts(
        _ facts: borrowing ExchangeFacts, _ arrival: Arrival, _ method: Span<UInt8>, _ best: inout Int
    ) {
        let host = facts.request.hostname
        let end = Authority.withoutClosingDot(host).count
        var hash = RouteTable.seed(RouteIndex.anyHost)
        var start = end
        while start > 0 {
            start &-= 1
            let byte = Octet.lowercased(host[start])
            hash = RouteTable.step(hash, byte)
            guard start == 0 || byte == 0x2E else { continue }
            // A name that is but a dot and what follows is under no wildcard.
            if start == 0, byte == 0x2E { return }
            let name = host.extracting(start..<end)
            if let scope = index.hosts.value(hash: hash, of: name, in: RouteIndex.anyHost, ignoringCase: true) {
                search(scope, facts, arrival, method, &best)
            }
        }
    }

    private func search(
        _ scope: Int, _ facts: borrowing ExchangeFacts, _ arrival: Arrival, _ method: Span<UInt8>, _ best: inout Int
    ) {
        guard index.firstRoutes[scope] < best else { return }
        let path = facts.request.path
        consider(index.anyPath[scope], facts, arrival, method, &best)
        guard path.isEmpty || path[0] == 0x2F else { return }
        var hash = RouteTable.seed(scope)
        for end in path.indices {
            if path[end] == 0x2F, let bucket = index.prefixes.value(hash: hash, of: path.extracting(0..<end), in: scope) {
                consider(bucket, facts, arrival, method, &best)
            }
            hash = RouteTable.step(hash, path[end])
        }
        if let bucket = index.prefixes.value(hash: hash, of: path, in: scope) { consider(bucket, facts, arrival, method, &best) }
        if let bucket = index.exact.value(hash: hash, of: path, in: scope) { consider(bucket, facts, arrival, method, &best) }
    }

    private func consider(
        _ bucket: Int, _ facts: borrowing ExchangeFacts, _ arrival: Arrival, _ method: Span<UInt8>, _ best: inout Int
    ) {
        for place in index.buckets[bucket] {
            let candidate = index.candidates[place]
            guard candidate.route < best else { return }
            guard tests[candidate.route].allowMethod(arrival.methodBit, method) else { continue }
            if let pattern = candidate.pattern, !index.patterns[pattern].matches(facts.request.path) { continue }
            guard
                tests[candidate.route].hold(facts, listener: arrival.listener, asksOfPreflight: arrival.asksOfPreflight)
            else { continue }
            best = candidate.route
            return
        }
    }
}
