/// Chooses the differences that are logged: the first of each kind, and of all others one in a while. It has no clock of its own.
public struct ShadowSampler: Sendable {
    /// The kind of a difference on a route.
    public struct Kind: Sendable, Hashable {
        public var route: [UInt8]
        public var kind: ShadowKind

        public init(route: [UInt8], _ kind: ShadowKind) {
            self.route = route
            self.kind = kind
        }
    }

    /// The time in nanoseconds between two lines of kinds that have been logged before.
    public static let interval: UInt64 = 1_000_000_000
    /// The number of kinds whose first difference is logged at once; reloads bring new ones.
    static let kindLimit = 4_096

    private var seen: Set<Kind> = []
    private var nextAt: UInt64 = 0
    private var leftOut = 0

    public init() {}

    /// Returns how many differences were left out since the last line; nil when this one is left out, too.
    ///
    /// - Parameter now: the time in nanoseconds of a monotonic clock.
    public mutating func take(_ kind: Kind, now: UInt64) -> Int? {
        let isFirst = seen.count < Self.kindLimit && seen.insert(kind).inserted
        guard isFirst || now >= nextAt else {
            leftOut &+= 1
            return nil
        }
        nextAt = now &+ Self.interval
        defer { leftOut = 0 }
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
    /// Returns how many differences were left out since the last line; nil when this one is left out, too.
    func take(_ kind: ShadowSampler.Kind, now: UInt64) -> Int?
    func log(_ line: ShadowLine)
}
