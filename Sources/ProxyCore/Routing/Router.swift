public import HTTPModel
public import HeaderPolicy

/// Finds the route of a request: the first, in the order of the configuration, whose tests all hold.
///
/// A thousand routes cost what ten cost. They are found by hash, by their host and by literal text of their path pattern,
/// wherever it is in the pattern, and those with expressions all together. Only routes that differ in nothing but methods,
/// listeners and `when` are tried one after another.
public struct Router: ~Copyable, Sendable {
    private let tests: [RouteMatcher]
    private let index: RouteIndex
    /// The methods that are in common use, and those that routes name.
    let knownMethods: [[UInt8]]

    static let ordinaryMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map { Array($0.utf8) }

    /// - Throws: the errors in hosts, paths and methods, each with the place where it was written.
    ///
    /// - Parameters:
    ///   - listeners: the listeners whose names routes may use.
    ///   - names: the names of the fields that routes look at are added to it.
    public init(routes: [Route], listeners: [Listener], names: inout FieldNames) throws(PolicyErrors) {
        var errors: [PolicyError] = []
        var tests: [RouteMatcher] = []
        for route in routes { tests.append(RouteMatcher(route, listeners: listeners, names: &names, errors: &errors)) }
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

    /// Returns the number of the route of a request, counted from 0; nil when none matches.
    ///
    /// - Parameters:
    ///   - listener: the number of the listener on which the request came.
    ///   - method: the request's method; for a CORS preflight, the one that it asks for.
    public func match(_ facts: borrowing ExchangeFacts, listener: Int, method: Span<UInt8>) -> Int? {
        // Nearly always it is the request's own method, which is known by number.
        let isOwn = method.equals(facts.request.methodToken)
        let bit = RouteMatcher.bit(isOwn ? facts.request.method : Method(token: method))
        let arrival = Arrival(listener: listener, methodBit: bit, asksOfPreflight: !isOwn)
        var best = Int.max
        search(RouteIndex.anyHost, facts, arrival, method, &best)
        index.hosts.visit(facts.request.hostname) { search($0, facts, arrival, method, &best) }
        return best == .max ? nil : best
    }

    /// The values that are the same for all routes that a request is tried against.
    private struct Arrival {
        var listener: Int
        var methodBit: UInt16
        var asksOfPreflight: Bool
    }

    /// Returns the range that `**` stands for in the first of the route's path patterns that matches a path, without the leading
    /// slash; empty if that pattern has none, nil if the route has no path pattern that matches. An expression is taken to match
    /// if nothing else does, since it was the reason for which the route was chosen.
    public func rest(route: Int, path: Span<UInt8>) -> Range<Int>? {
        guard tests.indices.contains(route) else { return nil }
        let none = path.count..<path.count
        for place in tests[route].paths.indices where !tests[route].paths[place].isExpression {
            guard let rest = tests[route].paths[place].rest(of: path) else { continue }
            // Searching for an expression again costs much more, and is seldom needed.
            return tests[route].paths[..<place].contains { $0.isExpression && $0.matches(path) } ? none : rest
        }
        return tests[route].paths.contains { $0.isExpression } ? none : nil
    }

    private func search(
        _ scope: Int, _ facts: borrowing ExchangeFacts, _ arrival: Arrival, _ method: Span<UInt8>, _ best: inout Int
    ) {
        guard index.firstRoutes[scope] < best else { return }
        for place in index.anyPath[scope].indices {
            let route = index.anyPath[scope][place]
            guard route < best else { break }
            if holds(route, facts, arrival, method) { best = route }
        }
        index.paths.visit(facts.request.path, in: scope) { consider($0, facts, arrival, method, &best) }
    }

    private func consider(
        _ bucket: Int, _ facts: borrowing ExchangeFacts, _ arrival: Arrival, _ method: Span<UInt8>, _ best: inout Int
    ) {
        for place in index.paths.buckets[bucket] {
            let candidate = index.paths.candidates[place]
            guard candidate.member < best else { return }
            if let pattern = candidate.pattern, !index.paths.patterns[pattern].matches(facts.request.path) { continue }
            guard holds(candidate.member, facts, arrival, method) else { continue }
            best = candidate.member
            return
        }
    }

    /// Whether the tests of a route hold besides host and path.
    private func holds(_ route: Int, _ facts: borrowing ExchangeFacts, _ arrival: Arrival, _ method: Span<UInt8>) -> Bool {
        tests[route].allowMethod(arrival.methodBit, method)
            && tests[route].hold(facts, listener: arrival.listener, asksOfPreflight: arrival.asksOfPreflight)
    }
}
