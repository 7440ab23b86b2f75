/// A histogram of durations, with a count for each of a few limits. It has plain numbers of one event loop, and observing takes a
/// handful of comparisons.
public struct Histogram: Sendable {
    /// The upper limits in microseconds; durations above the last one are in one more bucket.
    public static let limits = [
        500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
    ]
    /// The same limits in seconds, as Prometheus writes them.
    public static let bounds = [
        "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10",
    ]

    /// The counts of the buckets, not cumulated.
    public private(set) var buckets: InlineArray<15, Int> = InlineArray(repeating: 0)
    public private(set) var count = 0
    public private(set) var nanoseconds = 0

    public init() {}

    public mutating func observe(nanoseconds duration: UInt64) {
        let microseconds = Int(truncatingIfNeeded: duration / 1_000)
        buckets[Self.bucket(microseconds)] &+= 1
        count &+= 1
        nanoseconds &+= Int(truncatingIfNeeded: duration)
    }

    /// Returns the bucket of a duration, whose limit belongs to it. The lower half is tested first, because most durations are
    /// below 10 ms.
    private static func bucket(_ microseconds: Int) -> Int {
        if microseconds <= 10_000 {
            if microseconds <= 1_000 { return microseconds <= 500 ? 0 : 1 }
            return microseconds <= 2_500 ? 2 : microseconds <= 5_000 ? 3 : 4
        }
        if microseconds <= 250_000 {
            if microseconds <= 50_000 { return microseconds <= 25_000 ? 5 : 6 }
            return microseconds <= 100_000 ? 7 : 8
        }
        if microseconds <= 2_500_000 {
            if microseconds <= 500_000 { return 9 }
            return microseconds <= 1_000_000 ? 10 : 11
        }
        return microseconds <= 5_000_000 ? 12 : microseconds <= 10_000_000 ? 13 : 14
    }

    public mutating func add(_ other: Histogram) {
        for index in buckets.indices { buckets[index] &+= other.buckets[index] }
        count &+= other.count
        nanoseconds &+= other.nanoseconds
    }
}
