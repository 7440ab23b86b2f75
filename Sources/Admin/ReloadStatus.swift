import Synchronization

/// What came of reloads so far: for `/readyz?verbose` and `/metrics`.
package final class ReloadStatus: Sendable {
    package struct Report: Sendable, Hashable {
        package var succeeded = 0
        package var failed = 0
        /// Seconds since 1970 of the moment since when the configuration in force is.
        package var since = 0
        /// Why the last one failed, a line for each reason; empty where it did not.
        package var problems: [String] = []
        /// What is configured and does not hold yet, in words.
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
