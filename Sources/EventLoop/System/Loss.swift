/// The lines lost since the last report.
struct Loss {
    private var lines = 0
    private var last: ContinuousClock.Instant?

    /// How long nothing may be lost before the trouble is over: a disk on which a line finds room now and then is still full.
    static let pause = Duration.seconds(1)

    /// Counts lost lines. Returns the trouble to report if they are the first.
    mutating func add(_ count: Int, _ cause: String, now: ContinuousClock.Instant) -> LogSink.Trouble? {
        defer {
            lines += max(1, count)
            last = now
        }
        return last == nil ? .began(cause: cause) : nil
    }

    /// Ends the count; returns how many lost lines were not reported.
    mutating func end() -> Int {
        defer { self = Loss() }
        return lines
    }

    /// Notes that lines were written. Returns the trouble to report if that ends a loss.
    mutating func written(now: ContinuousClock.Instant) -> LogSink.Trouble? {
        guard let last, now - last >= Self.pause else { return nil }
        defer { self = Loss() }
        return .ended(lines: lines)
    }
}
