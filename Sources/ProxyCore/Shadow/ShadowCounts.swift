/// The counts of one route's exchanges that were compared with what they would be if no rule were in shadow.
public struct ShadowCounts: Sendable {
    /// The number of exchanges without and with a difference.
    public private(set) var same = 0
    public private(set) var different = 0
    public private(set) var differences: [ShadowKind: Int] = [:]

    public init() {}

    mutating func count(_ kinds: [ShadowKind]) {
        if kinds.isEmpty { same &+= 1 } else { different &+= 1 }
        for kind in kinds { differences[kind, default: 0] &+= 1 }
    }

    mutating func add(_ other: ShadowCounts) {
        same &+= other.same
        different &+= other.different
        for (kind, count) in other.differences { differences[kind, default: 0] &+= count }
    }

    /// Drops the differences of fields that a configuration does not name.
    mutating func keepNames(of labels: ShadowLabels) {
        differences = differences.filter { labels.has($0.key.field) }
    }
}
