/// The counts of all event loops at one moment, by the names that people know.
public struct MetricsSnapshot: Sendable {
    public var loops = LoopCounts()
    /// The counts of routes by their labels; "" is for requests without a route.
    public var routes: [String: RouteCounts] = [:]
    public var upstreams: [String: UpstreamCounts] = [:]
    /// The counts of rules by their names or places.
    public var rules: [String: Int] = [:]
    /// The counts of exchanges with rules in shadow, by the labels of routes.
    public var shadow: [String: ShadowCounts] = [:]
    public var droppedFields = 0
    public var workers = 0
    public var reports = ReportCounts()
    /// The numbers of bytes that connections keep, and may keep; a limit of 0 is none.
    public var memory = 0
    public var memoryLimit = 0
    /// The number of blocks of access log lines that lost some of their lines.
    public var droppedLogBlocks = 0
    /// The certificates of listeners, with names and the time of expiry in seconds.
    public var certificates: [(listener: String, name: String, notAfter: Int)] = []

    public init() {}

    /// Adds the counts of one event loop under a configuration.
    public mutating func add(_ counts: TrafficCounts, of configuration: CompiledConfiguration) {
        droppedFields &+= counts.droppedFields
        for (index, route) in counts.routes.enumerated() where !route.answers.isEmpty {
            routes[configuration.label(ofRoute: index), default: RouteCounts()].add(route)
        }
        for (index, counts) in counts.shadow { shadow[configuration.label(ofRoute: index), default: ShadowCounts()].add(counts) }
        for (upstream, counts) in zip(configuration.source.upstreams, counts.upstreams) {
            upstreams[upstream.name, default: UpstreamCounts()].add(counts)
        }
        for (slot, hits) in counts.rules.enumerated() {
            for label in configuration.countedRules[slot] { rules[label, default: 0] &+= hits }
        }
    }

    /// Adds named counts of another event loop or another time.
    public mutating func add(_ other: MetricsSnapshot) {
        loops.add(other.loops)
        droppedFields &+= other.droppedFields
        for (label, counts) in other.routes { routes[label, default: RouteCounts()].add(counts) }
        for (label, counts) in other.upstreams { upstreams[label, default: UpstreamCounts()].add(counts) }
        for (label, hits) in other.rules { rules[label, default: 0] &+= hits }
        for (label, counts) in other.shadow { shadow[label, default: ShadowCounts()].add(counts) }
    }

    /// Drops the counts whose names a configuration does not have. Names come and go with configurations, and memory must not
    /// grow with them.
    public mutating func keepNames(of configuration: CompiledConfiguration) {
        let labels = Set(configuration.routes.map { String(decoding: $0.label, as: UTF8.self) } + [""])
        routes = routes.filter { labels.contains($0.key) }
        let names = Set(configuration.source.upstreams.map(\.name))
        upstreams = upstreams.filter { names.contains($0.key) }
        let known = Set(configuration.countedRules.joined())
        rules = rules.filter { known.contains($0.key) }
        // Where nothing is in shadow any more, a later trial counts from the beginning.
        shadow = configuration.shadowLabels.isEmpty ? [:] : shadow.filter { labels.contains($0.key) }
        for label in shadow.keys { shadow[label]?.keepNames(of: configuration.shadowLabels) }
    }
}

extension CompiledConfiguration {
    /// The label of a route; "" behind the last one, for requests without a route.
    fileprivate func label(ofRoute index: Int) -> String {
        index < routes.count ? String(decoding: routes[index].label, as: UTF8.self) : ""
    }
}

extension TrafficCounts {
    /// Makes empty counts for a configuration.
    public init(of configuration: CompiledConfiguration) {
        self.init(routes: configuration.routes.count, upstreams: configuration.source.upstreams.count)
    }
}
