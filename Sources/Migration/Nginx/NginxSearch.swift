/// The locations of a server, or of a location, in the order in which nginx searches them. It looks for the longest prefix, then
/// inside of it, and tries the expressions beside it only if no exact path and no expression was found there.
struct NginxSearch {
    /// Exact paths, and what ends the search inside of prefixes.
    private var found: [NginxSpot] = []
    /// Prefixes with `^~`, beside which no expression is tried, and what is inside of them.
    private var stops: [NginxSpot] = []
    private var expressions: [NginxSpot] = []
    private var prefixes: [NginxSpot] = []

    /// The locations, so that the first that takes a path is the one that nginx chooses.
    var ordered: [NginxSpot] { found + stops + expressions + prefixes }

    init(_ content: [NginxDirective], _ scope: NginxScope, _ when: NginxCondition) {
        let spots = content.named("location").filter { !$0[0].hasPrefix("@") }.map { location in
            var spot = NginxSpot(location, scope.nested(location.block ?? []))
            spot.when = when
            return spot
        }
        found = spots.filter { $0.location[0] == "=" }
        let around = spots.enumerated().filter { $0.element.prefix != nil && $0.element.location[0] != "=" }
            .sorted { (-$0.element.length, $0.offset) < (-$1.element.length, $1.offset) }.map(\.element)
        for spot in around { add(spot, among: around) }
        for spot in spots where spot.prefix == nil {
            let inner = NginxSearch(spot.content, spot.inside, spot.takes.flatMap { when.and($0) } ?? when)
            expressions += inner.ordered + [spot]
        }
    }

    private mutating func add(_ spot: NginxSpot, among around: [NginxSpot]) {
        let inner = NginxSearch(spot.content, spot.inside, spot.when)
        // Most prefixes end no search, and need not know the longer ones.
        func longer() -> [NginxSpot] {
            around.filter { $0.length > spot.length && $0.prefix?.hasPrefix(spot.prefix ?? "") == true }
        }
        guard spot.location[0] != "^~" else {
            // Longer ones with `^~` stand before it.
            let others = longer().filter { $0.location[0] != "^~" }
            stops += Self.inside(spot, inner.ordered + [spot]).map { Self.except(others, $0) }
            return
        }
        let expressions = inner.expressions.map { Self.except(inner.stops, $0) }
        let ends = Self.inside(spot, inner.found + expressions)
        if !ends.isEmpty {
            let longer = longer()
            found += ends.map { Self.except(longer, $0) }
        }
        prefixes += Self.inside(spot, inner.stops + inner.prefixes) + [spot]
    }

    /// Restricts expressions inside of a prefix to its paths; what has a path of its own needs no test.
    private static func inside(_ outer: NginxSpot, _ spots: [NginxSpot]) -> [NginxSpot] {
        guard outer.length > 1, let test = outer.takes else { return spots }
        return spots.map { spot in
            var spot = spot
            if spot.prefix == nil { spot.when = spot.when.and(test) ?? spot.when }
            return spot
        }
    }

    /// Excludes the paths of other prefixes from a location, because nginx finds those instead.
    private static func except(_ others: [NginxSpot], _ spot: NginxSpot) -> NginxSpot {
        var spot = spot
        for other in others {
            guard let path = other.prefix, let test = other.takes else { continue }
            if let own = spot.prefix {
                guard path.hasPrefix(own) && spot.location[0] != "=" || own.hasPrefix(path) else { continue }
            }
            spot.when = spot.when.and(test.negated) ?? spot.when
        }
        return spot
    }
}

extension NginxSpot {
    /// How much of a path its prefix takes.
    fileprivate var length: Int { (prefix ?? "").utf8.count }

    /// The test for the paths that it takes; nil if no test expresses that.
    fileprivate var takes: NginxTest? {
        guard let paths = NginxValues.paths(location, takesBare: false) else { return nil }
        if paths.count == 1, let path = paths.first { return NginxTest(subject: .path(path)) }
        return NginxTest(subject: .path("regex:^\(NginxExpression.escaped(prefix ?? ""))"))
    }
}
