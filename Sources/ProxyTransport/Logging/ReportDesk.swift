import EventLoop
package import HTTPModel
package import ProxyCore
import Synchronization

/// Collects the reports of all event loops, so that they share one set of limits, one log and one count.
package final class ReportDesk: ReportTaker {
    private struct State {
        /// The limiters, keyed by the label of the route.
        var limiters: [[UInt8]: ReportLimiter] = [:]
        var counts = ReportCounts()
        var violations = ViolationTable()
    }

    private let sink: LogSink?
    private let state = Mutex(State())

    init(sink: LogSink?) { self.sink = sink }

    /// The counts since the start.
    package var counts: ReportCounts { state.withLock { $0.counts } }

    /// The reported violations of policies.
    package var violations: ViolationTable { state.withLock { $0.violations } }

    /// Forgets the limits of routes that are no longer configured.
    func keepLimits(of configuration: CompiledConfiguration) {
        let labels = Set(configuration.routes.map(\.label))
        state.withLock { state in state.limiters = state.limiters.filter { labels.contains($0.key) } }
    }

    /// Whether a client may send one more request now.
    package func take(_ client: IPAddress, of collector: ReportCollector, on route: [UInt8], now: UInt64)
        -> ReportLimiter.Decision
    {
        state.withLock { $0.limiters[route, default: ReportLimiter()].take(client, of: collector, now: now) }
    }

    /// Takes the reports of one request, and their lines. `dropped`: how many more there were.
    package func log(_ lines: [UInt8], of reports: ArraySlice<Report>, dropped: Int) {
        state.withLock { state in
            for report in reports { state.violations.add(report) }
            state.counts.logged &+= reports.count
            state.counts.dropped &+= dropped
        }
        if !lines.isEmpty { sink?.write(lines) }
    }

    package func refused(_ reason: Reason) {
        state.withLock { $0.counts.refused[reason.rawValue, default: 0] &+= 1 }
    }
}
