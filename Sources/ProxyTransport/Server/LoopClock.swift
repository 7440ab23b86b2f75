import NIOCore

/// Milliseconds of the monotonic clock, read once per batch of events rather than once per question.
struct LoopClock {
    private(set) var now: Int = 0
    /// Nanoseconds of the same moment, for durations in logs.
    private(set) var nanoseconds: UInt64 = 0

    mutating func refresh() {
        nanoseconds = NIODeadline.now().uptimeNanoseconds
        now = Int(nanoseconds / 1_000_000)
    }
}
