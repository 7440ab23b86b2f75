/// Chooses the exchanges whose differences are logged: those with a difference of a new kind, and of all others one in a while. It has no
/// clock of its own.
public struct ShadowSampler: Sendable {
    /// The time in nanoseconds between two exchanges without anything new.
    public static let interval: UInt64 = 1_000_000_000
    /// The most differences of one exchange that are logged.
    public static let lineLimit = 32
    /// The number of kinds that are remembered; from then on none is new.
    static let kindLimit = 4_096

    /// The kind of a difference on a route.
    private struct Kind: Hashable {
        var route: [UInt8]
        var kind: ShadowKind
    }

    private var seen: Set<Kind> = []
    private var nextAt: UInt64 = 0
    private var leftOut = 0

    public init() {}

    /// Returns how many differences were left out since the last line; nil when those of this exchange are left out, too.
    ///
    /// - Parameter now: the time in nanoseconds of a monotonic clock.
    public mutating func take(_ kinds: [ShadowKind], on route: [UInt8], now: UInt64) -> Int? {
        var isNew = false
        for kind in kinds where seen.count < Self.kindLimit && seen.insert(Kind(route: route, kind: kind)).inserted {
            isNew = true
        }
        guard isNew || now >= nextAt else {
            leftOut &+= kinds.count
            return nil
        }
        nextAt = now &+ Self.interval
        defer { leftOut = max(0, kinds.count - Self.lineLimit) }
        return leftOut
    }
}

/// A difference as it is logged. It contains no secrets.
public struct ShadowLine: Sendable {
    public var requestID: String
    public var route: String
    public var method: String
    public var target: String
    public var difference: ShadowDifference
    /// How many differences were not logged since the line before.
    public var leftOut: Int
}

/// Takes the differences that rules in shadow would make, from all event loops.
public protocol ShadowTaker: AnyObject, Sendable {
    /// Returns how many differences were left out since the last line; nil when those of this exchange are left out, too.
    func take(_ kinds: [ShadowKind], on route: [UInt8], now: UInt64) -> Int?
    func log(_ line: ShadowLine)
}
