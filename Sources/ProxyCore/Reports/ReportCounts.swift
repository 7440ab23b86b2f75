/// The counts of reports since the start, for metrics.
public struct ReportCounts: Sendable, Hashable {
    /// The reports with a line in the log.
    public var logged = 0
    /// The reports beyond `ReportCollector.reportLimit` in their request.
    public var dropped = 0
    /// The requests that were refused, by the reason in the access log.
    public var refused: [String: Int] = [:]

    public init() {}
}
