/// What became of reports since the start, for metrics.
package struct ReportCounts: Sendable, Hashable {
    /// Reports with a line in the log.
    package var logged = 0
    /// Reports beyond `ReportCollector.reportLimit` in their request.
    package var dropped = 0
    /// Requests that were refused, by the reason in the access log.
    package var refused: [String: Int] = [:]

    package init() {}
}
