import EventLoop

/// Milliseconds of a clock that only goes forward, read once for each turn of the loop rather than once per question.
struct LoopClock {
    private(set) var now = 0
    /// Nanoseconds of the same moment, for durations in logs.
    private(set) var nanoseconds: UInt64 = 0

    mutating func refresh() {
        nanoseconds = Loop.nanoseconds()
        now = Int(truncatingIfNeeded: nanoseconds / 1_000_000)
    }
}
