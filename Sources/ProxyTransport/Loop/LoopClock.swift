import EventLoop

/// A monotonic clock in milliseconds that is read once per turn of the loop rather than at every use.
struct LoopClock {
    private(set) var now = 0
    /// The same time in nanoseconds, for durations in logs.
    private(set) var nanoseconds: UInt64 = 0

    mutating func refresh() {
        nanoseconds = Loop.nanoseconds()
        now = Int(truncatingIfNeeded: nanoseconds / 1_000_000)
    }
}
