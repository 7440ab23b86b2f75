/// The counts of all event loops at one moment, by the names that people know.
package struct MetricsSnapshot: Sendable {
    package var loops = LoopCounts()
    /// By the label of the route; "" is no route.
    package var routes: [String: RouteCounts] = [:]
    package var upstreams: [String: UpstreamCounts] = [:]
    /// By the rule's name, or its place.
    package var rules: [String: Int] = [:]
    package var droppedFields = 0
    package var workers = 0
    package var reports = ReportCounts()
    /// Bytes that connections keep, and may keep; a limit of 0 is none.
    package var memory = 0
    package var memoryLimit = 0
    /// Blocks of access log lines of which some were dropped.
    package var droppedLogBlocks = 0
    /// Certificates of listeners: names, and the second in which they expire.
    package var certificates: [(listener: String, name: String, notAfter: Int)] = []

    package init() {}

    /// Adds what one event loop counted under a configuration.
    package mutating func add(_ counts: TrafficCounts, of configuration: CompiledConfiguration) {
        droppedFields &+= counts.droppedFields
        for (index, route) in counts.routes.enumerated() where !route.answers.isEmpty {
            let label =
                index < configuration.routes.count ? String(decoding: configuration.routes[index].label, as: UTF8.self) : ""
            routes[label, default: RouteCounts()].add(route)
        }
        for (upstream, counts) in zip(configuration.source.upstreams, counts.upstreams) {
            upstreams[upstream.name, default: UpstreamCounts()].add(counts)
        }
        for (slot, hits) in counts.rules.enumerated() {
            for label in configuration.countedRules[slot] { rules[label, default: 0] &+= hits }
        }
    }

    /// Adds what was counted under names, of another event loop or another time.
    package mutating func add(_ other: MetricsSnapshot) {
        loops.add(other.loops)
        droppedFields &+= other.droppedFields
        for (label, counts) in other.routes { routes[label, default: RouteCounts()].add(counts) }
        for (label, counts) in other.upstreams { upstreams[label, default: UpstreamCounts()].add(counts) }
        for (label, hits) in other.rules { rules[label, default: 0] &+= hits }
    }

    /// Forgets what a configuration has no name for: names come and go with configurations, and memory must not grow with them.
    package mutating func keepNames(of configuration: CompiledConfiguration) {
        let labels = Set(configuration.routes.map { String(decoding: $0.label, as: UTF8.self) } + [""])
        routes = routes.filter { labels.contains($0.key) }
        let names = Set(configuration.source.upstreams.map(\.name))
        upstreams = upstreams.filter { names.contains($0.key) }
        let known = Set(configuration.countedRules.joined())
        rules = rules.filter { known.contains($0.key) }
    }
}

extension TrafficCounts {
    /// Nothing yet, under a configuration.
    package init(of configuration: CompiledConfiguration) {
        self.init(routes: configuration.routes.count, upstreams: configuration.source.upstreams.count)
    }
}
