import HeaderPolicy
import ProxyCore

/// Finds the first route that takes all requests of another one. Each route is compared only with those that name a path above
/// one of its own, for its host, method and listener.
struct RouteCover {
    /// The requests that one route asks for.
    private struct Reach: Hashable {
        var hosts: Set<String>
        var methods: Set<String>
        var listeners: Set<String>
        var paths: [String]

        init(_ route: Route) {
            hosts = Set(route.hosts.map { $0.value.lowercased() })
            methods = Set(route.methods.map(\.value))
            listeners = Set(route.listeners.map(\.value))
            paths = route.paths.map(\.value)
        }
    }

    /// A key for looking up routes. Nil stands for a route that does not restrict that property.
    private struct Key: Hashable {
        var path: PathKey
        var host: String?
        var method: String?
        var listener: String?
    }

    private enum PathKey: Hashable {
        case same(String)
        /// The paths of `/x/**`, by the text before the last slash.
        case under(String)
    }

    private var places: [Key: [Int]] = [:]
    private var reaches: [Reach] = []
    private var known: Set<Reach> = []
    /// The number of pairs of routes that were compared, which tests of linear time check.
    private(set) var comparisons = 0

    /// The largest number of keys under which one route is filed; with more, it is filed under keys with paths alone.
    private static let keyLimit = 1_024

    /// Returns the number, from 0, of the first earlier route that covers this one; nil when none does.
    mutating func cover(of route: Route) -> Int? {
        let reach = Reach(route)
        let cover = firstCover(of: reach)
        // Among equal routes the first one covers what the others do. Routes with a `when` cover nothing, because it is not known
        // what passes.
        if route.condition == nil, known.insert(reach).inserted { add(reach, reaches.count) }
        reaches.append(reach)
        return cover
    }

    private mutating func firstCover(of reach: Reach) -> Int? {
        var best: Int?
        for candidates in fewestCandidates(for: reach) {
            for candidate in candidates {
                if let best, candidate >= best { break }
                comparisons += 1
                if Self.covers(reaches[candidate], reach) { best = candidate }
            }
        }
        return best
    }

    /// Returns the shortest lists of candidates. A route that covers this one takes each of its paths and asks for all of its
    /// hosts, or for none, so any one of them finds it, and the one that fewest others ask for finds it soonest.
    private func fewestCandidates(for reach: Reach) -> [[Int]] {
        var fewest: [[Int]] = []
        var least = Int.max
        for path in reach.paths.prefix(Self.triedNames) {
            for host in reach.hosts.isEmpty ? [nil] : reach.hosts.prefix(Self.triedNames).map(Optional.some) {
                let lists = candidates(path: path, host: host, reach)
                let count = lists.reduce(0) { $0 + $1.count }
                if count < least { (fewest, least) = (lists, count) }
            }
        }
        return fewest
    }

    private static let triedNames = 8

    private func candidates(path: String, host: String?, _ reach: Reach) -> [[Int]] {
        func choices(_ value: String?) -> [String?] { value.map { [nil, $0] } ?? [nil] }
        var asked: [PathKey] = [.same(path), .under(path)]
        for index in path.indices where path[index] == "/" { asked.append(.under(String(path[..<index]))) }
        var lists: [[Int]] = []
        for path in asked {
            for host in choices(host) {
                for method in choices(reach.methods.first) {
                    for listener in choices(reach.listeners.first) {
                        let key = Key(path: path, host: host, method: method, listener: listener)
                        if let found = places[key] { lists.append(found) }
                    }
                }
            }
        }
        return lists
    }

    private mutating func add(_ reach: Reach, _ place: Int) {
        // Numbers of this type do not overflow, however long the lists are.
        let counts = [reach.hosts.count, reach.methods.count, reach.listeners.count, reach.paths.count]
        let isShort = counts.reduce(1.0) { $0 * Double(max(1, $1)) } <= Double(Self.keyLimit)
        func choices(_ values: Set<String>) -> [String?] { values.isEmpty || !isShort ? [nil] : values.map { $0 } }
        for path in Set(reach.paths.map(Self.key)) {
            for host in choices(reach.hosts) {
                for method in choices(reach.methods) {
                    for listener in choices(reach.listeners) {
                        places[Key(path: path, host: host, method: method, listener: listener), default: []].append(place)
                    }
                }
            }
        }
    }

    private static func key(_ path: String) -> PathKey {
        guard path.hasSuffix("/**"), path != "/**", !path.dropLast(3).contains("*") else { return .same(path) }
        return .under(String(path.dropLast(3)))
    }

    /// Whether the first route takes every request that the second takes, by different paths (equal ones are found by the
    /// loader).
    private static func covers(_ first: Reach, _ second: Reach) -> Bool {
        guard takesAll(of: second.listeners, first.listeners), !first.paths.isEmpty, first.paths != second.paths,
            takesAll(of: second.hosts, first.hosts), takesAll(of: second.methods, first.methods)
        else { return false }
        return second.paths.allSatisfy { path in
            first.paths.contains { wide in
                guard case .under(let start) = key(wide) else { return wide == path }
                return path == start || path.hasPrefix(start + "/")
            }
        }
    }

    /// Whether the first names include all of the second. An empty set stands for all names.
    private static func takesAll(of second: Set<String>, _ first: Set<String>) -> Bool {
        first.isEmpty || (!second.isEmpty && first.isSuperset(of: second))
    }
}
