package import HTTPModel

/// How often a collector takes reports: a token bucket for each client and one for all, without a clock of its own.
///
/// A bucket is kept as the moment at which it will be full again. The one of a client that has been quiet for long enough is
/// as good as none, so that the table holds only those that were busy in the last seconds.
package struct ReportLimiter: Sendable {
    package enum Decision: Sendable, Hashable {
        case pass
        /// Not now; the bucket has room again after so many seconds, at least one.
        case refuse(retryAfter: Int)
    }

    /// Seconds' worth of requests that may come at once: a page reports all its violations as it loads.
    package static let burst = 5
    /// Clients that are remembered at once; more of them are refused.
    static let clientLimit = 8_192

    /// Nanoseconds; by address, and of IPv6 by the network of 64 bits that one client has.
    private var clients: [IPAddress: UInt64] = [:]
    private var all: UInt64 = 0
    private var sweptAt: UInt64 = 0

    package init() {}

    /// Takes a token for a request, if there is one.
    ///
    /// - Parameter now: nanoseconds of a monotonic clock.
    package mutating func take(_ client: IPAddress, of collector: ReportCollector, now: UInt64) -> Decision {
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

    /// Forgets the clients whose buckets are full, at most once a second.
    private mutating func sweep(_ now: UInt64) {
        guard now >= sweptAt &+ 1_000_000_000 || sweptAt == 0 else { return }
        sweptAt = now
        clients = clients.filter { $0.value > now }
    }

    private struct Bucket {
        /// Nanoseconds in which one token comes back.
        let interval: UInt64
        /// How far ahead of now a bucket may be filled again.
        let room: UInt64

        init(rate: Int) {
            let rate = UInt64(min(max(1, rate), 1_000_000))
            interval = 1_000_000_000 / rate
            room = interval * (rate * UInt64(ReportLimiter.burst) - 1)
        }

        /// Nil when there is a token; else seconds until there is one.
        func wait(_ fullAt: UInt64, _ now: UInt64) -> Int? {
            guard fullAt > now, fullAt - now > room else { return nil }
            return Int(truncatingIfNeeded: (fullAt - now - room - 1) / 1_000_000_000) + 1
        }

        func filled(_ fullAt: UInt64, _ now: UInt64) -> UInt64 { max(fullAt, now) &+ interval }
    }
}
