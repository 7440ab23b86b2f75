/// The counts of reports since the start, for metrics.
package struct ReportCounts: Sendable, Hashable {
    /// The reports with a line in the log.
    package var logged = 0
    /// The reports beyond `ReportCollector.reportLimit` in their request.
    package var dropped = 0
    /// The requests that were refused, by the reason in the access log.
    package var refused: [String: Int] = [:]

    package init() {}
}
