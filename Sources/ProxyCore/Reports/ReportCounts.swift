/// What became of reports since the start, for metrics.
public struct ReportCounts: Sendable, Hashable {
    /// Reports with a line in the log.
    public var logged = 0
    /// Reports beyond `ReportCollector.reportLimit` in their request.
    public var dropped = 0
    /// Requests that were refused, by the reason in the access log.
    public var refused: [String: Int] = [:]

    public init() {}
}
