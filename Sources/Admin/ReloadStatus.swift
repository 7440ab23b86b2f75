import Synchronization

/// What came of reloads so far: for `/readyz?verbose` and `/metrics`.
public final class ReloadStatus: Sendable {
    public struct Report: Sendable, Hashable {
        public var succeeded = 0
        public var failed = 0
        /// Seconds since 1970 of the moment since when the configuration in force is.
        public var since = 0
        /// Why the last one failed, a line for each reason; empty where it did not.
        public var problems: [String] = []
        /// What is configured and does not hold yet, in words.
        public var pending: [String] = []

        public init() {}
    }

    private let current: Mutex<Report>

    /// - Parameter now: seconds since 1970.
    public init(now: Int) {
        var report = Report()
        report.since = now
        current = Mutex(report)
    }

    public var report: Report { current.withLock { $0 } }

    public func succeeded(pending: [String], now: Int) {
        current.withLock {
            $0.succeeded += 1
            $0.since = now
            $0.problems = []
            $0.pending = pending
        }
    }

    public func failed(_ problems: [String]) {
        current.withLock {
            $0.failed += 1
            $0.problems = problems
        }
    }
}
