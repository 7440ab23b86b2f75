/// Limits how many requests may be sent a second time: a share of the recent ones, and a few in any case. When all servers fail,
/// retries would otherwise multiply the load on those that are about to come back.
public struct RetryBudget: Sendable {
    private let retries: Retries
    /// The number of requests in about the last two windows: it is halved at the end of each.
    private var requests = 0
    private var used = 0
    private var windowEnd = 0

    static let window = 5_000

    public init(_ retries: Retries) { self.retries = retries }

    /// Counts a request that has come. `now` is in milliseconds of the monotonic clock.
    public mutating func deposit(now: Int) {
        if now >= windowEnd { roll(now) }
        requests &+= 1
    }

    /// Whether a request may be sent again; if so, it is counted.
    public mutating func withdraw(now: Int) -> Bool {
        if now >= windowEnd { roll(now) }
        let allowed = requests / 100 &* retries.budget &+ requests % 100 &* retries.budget / 100
        guard used < allowed &+ retries.minPerSecond &* (Self.window / 1_000) else { return false }
        used &+= 1
        return true
    }

    private mutating func roll(_ now: Int) {
        let windows = now &- windowEnd >= 64 &* Self.window ? 64 : (now &- windowEnd) / Self.window + 1
        requests = windows > 62 ? 0 : requests >> windows
        used = windows > 62 ? 0 : used >> windows
        windowEnd = now &+ Self.window
    }
}
