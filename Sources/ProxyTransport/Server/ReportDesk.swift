public import HTTPModel
public import ProxyCore
import Synchronization

/// Where the reports of all event loops come together: one set of limits, one log, one count.
public final class ReportDesk: ReportTaker {
    private struct State {
        /// By the label of the route.
        var limiters: [[UInt8]: ReportLimiter] = [:]
        var counts = ReportCounts()
    }

    private let sink: LogSink?
    private let state = Mutex(State())

    init(sink: LogSink?) { self.sink = sink }

    /// What has happened since the start.
    public var counts: ReportCounts { state.withLock { $0.counts } }

    /// Whether a client may send one more request now.
    public func take(_ client: IPAddress, of collector: ReportCollector, on route: [UInt8], now: UInt64) -> ReportLimiter.Decision
    {
        state.withLock { $0.limiters[route, default: ReportLimiter()].take(client, of: collector, now: now) }
    }

    /// Takes the lines of the reports of one request. `dropped`: how many more there were.
    public func log(_ lines: [UInt8], reports: Int, dropped: Int) {
        state.withLock { state in
            state.counts.logged &+= reports
            state.counts.dropped &+= dropped
        }
        if !lines.isEmpty { sink?.write(lines) }
    }

    public func refused(_ reason: String) {
        state.withLock { $0.counts.refused[reason, default: 0] &+= 1 }
    }
}
