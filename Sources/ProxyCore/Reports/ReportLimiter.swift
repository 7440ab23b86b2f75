public import HTTPModel

/// Limits how often a collector accepts reports, by a token bucket for each client and one for all. It has no clock of its own.
///
/// A bucket is stored as the time at which it will be full again. The bucket of a client that has been quiet for long enough is
/// full and can be dropped, so the table has only the clients of the last seconds.
public struct ReportLimiter: Sendable {
    public enum Decision: Sendable, Hashable {
        case pass
        /// The request is refused. The bucket has room again after the given seconds, at least one.
        case refuse(retryAfter: Int)
    }

    /// How many seconds' worth of requests may come at once, because a page reports all its violations as it loads.
    public static let burst = 5
    /// The number of clients that are remembered at once; further ones are refused.
    static let clientLimit = 8_192

    /// The times in nanoseconds, by address; for IPv6, by the /64 network that one client has.
    private var clients: [IPAddress: UInt64] = [:]
    private var all: UInt64 = 0
    private var sweptAt: UInt64 = 0

    public init() {}

    /// Takes a token for a request, if there is one.
    ///
    /// - Parameter now: the time in nanoseconds of a monotonic clock.
    public mutating func take(_ client: IPAddress, of collector: ReportCollector, now: UInt64) -> Decision {
        let key = client.isV4 ? client : IPAddress(high: client.high, low: 0)
        let own = Bucket(rate: collector.rate)
        let total = Bucket(rate: collector.totalRate)
        let fullAt = clients[key] ?? 0
        if let wait = own.wait(fullAt, now) ?? total.wait(all, now) { return .refuse(retryAfter: wait) }
        if clients[key] == nil, clients.count >= Self.clientLimit {
            sweep(now)
            guard clients.count < Self.clientLimit else { return .refuse(retryAfter: Self.burst) }
        }
        clients[key] = own.filled(fullAt, now)
        all = total.filled(all, now)
        return .pass
    }

    /// Drops the clients whose buckets are full, at most once a second.
    private mutating func sweep(_ now: UInt64) {
        guard now >= sweptAt &+ 1_000_000_000 || sweptAt == 0 else { return }
        sweptAt = now
        clients = clients.filter { $0.value > now }
    }

    private struct Bucket {
        /// The time in nanoseconds in which one token comes back.
        let interval: UInt64
        /// How far ahead of now the time of a full bucket may be.
        let room: UInt64

        init(rate: Int) {
            let rate = UInt64(min(max(1, rate), 1_000_000))
            interval = 1_000_000_000 / rate
            room = interval * (rate * UInt64(ReportLimiter.burst) - 1)
        }

        /// Returns nil when there is a token, or else the seconds until there is one.
        func wait(_ fullAt: UInt64, _ now: UInt64) -> Int? {
            guard fullAt > now, fullAt - now > room else { return nil }
            return Int(truncatingIfNeeded: (fullAt - now - room - 1) / 1_000_000_000) + 1
        }

        func filled(_ fullAt: UInt64, _ now: UInt64) -> UInt64 { max(fullAt, now) &+ interval }
    }
}
