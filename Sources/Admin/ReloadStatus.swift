import Synchronization

/// The results of reloads so far, for `/readyz?verbose` and `/metrics`.
package final class ReloadStatus: Sendable {
    package struct Report: Sendable, Hashable {
        package var succeeded = 0
        package var failed = 0
        /// The time, in seconds since 1970, at which the current configuration came into force.
        package var since = 0
        /// Why the last reload failed, one line per reason; empty if it succeeded.
        package var problems: [String] = []
        /// The configured changes that have not taken effect yet, in words.
        package var pending: [String] = []

        package init() {}
    }

    private let current: Mutex<Report>

    /// - Parameter now: seconds since 1970.
    package init(now: Int) {
        var report = Report()
        report.since = now
        current = Mutex(report)
    }

    package var report: Report { current.withLock { $0 } }

    package func succeeded(pending: [String], now: Int) {
        current.withLock {
            $0.succeeded += 1
            $0.since = now
            $0.problems = []
            $0.pending = pending
        }
    }

    package func failed(_ problems: [String]) {
        current.withLock {
            $0.failed += 1
            $0.problems = problems
        }
    }
}
