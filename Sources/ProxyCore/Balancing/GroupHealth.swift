/// The health of an upstream's servers, as known from checks and failed requests.
///
/// All event loops share one. It has no I/O and no clock; times are milliseconds of the monotonic clock.
public struct GroupHealth: Sendable {
    /// The health of one server.
    struct Record: Sendable, Hashable {
        /// Whether the server's checks pass; nil before the first one.
        var isHealthy: Bool?
        /// The number of checks in a row that contradict `isHealthy`.
        var contrary = 0
        /// The number of requests in a row that failed.
        var failures = 0
        var ejectedUntil: Int?
        /// How often in a row the server was ejected, and when the last ejection was over.
        var ejections = 0
        var returnedAt = 0
        var risenAt: Int?
    }

    private let check: HealthCheck?
    private let ejection: Ejection?
    private var records: [ServerIdentity: Record] = [:]

    /// - Parameter check: the settings of the checks; nil when there are none. The same holds for `ejection`.
    public init(check: HealthCheck?, ejection: Ejection?) {
        self.check = check
        self.ejection = ejection
    }

    /// Replaces the servers. Those that were there before keep their records.
    ///
    /// - Parameters:
    ///   - isFirst: whether there were no servers before, so that none is a newcomer.
    ///   - former: the group that had these servers before a reload.
    public mutating func replace(_ identities: [ServerIdentity], isFirst: Bool, former: GroupHealth? = nil, now: Int) {
        var kept: [ServerIdentity: Record] = [:]
        for identity in identities {
            var fresh = Record()
            fresh.risenAt = isFirst ? nil : now
            var record = records[identity] ?? former?.records[identity] ?? fresh
            if check == nil { record.isHealthy = nil }
            if ejection == nil { record.ejectedUntil = nil }
            kept[identity] = record
        }
        records = kept
    }

    public func standing(of identity: ServerIdentity) -> Standing {
        guard let record = records[identity] else { return .down }
        if record.isHealthy == false { return .down }
        if record.ejectedUntil != nil { return .ejected }
        return check != nil && record.isHealthy == nil ? .unchecked : .up
    }

    public func risenAt(_ identity: ServerIdentity) -> Int? { records[identity]?.risenAt }

    /// Notes that a check has ended. Returns true when the standing of the server has changed.
    public mutating func checked(_ identity: ServerIdentity, passed: Bool, now: Int) -> Bool {
        guard let check, var record = records[identity] else { return false }
        let before = standing(of: identity)
        // A server that passes checks again is back, even if its earlier requests failed.
        if passed, record.ejectedUntil != nil, record.isHealthy != nil { letIn(&record, now) }
        if let isHealthy = record.isHealthy {
            record.contrary = passed == isHealthy ? 0 : record.contrary + 1
            if record.contrary >= (isHealthy ? check.unhealthyThreshold : check.healthyThreshold) {
                record.isHealthy = passed
                record.contrary = 0
                record.failures = 0
                if passed { record.risenAt = now }
            }
        } else {
            record.isHealthy = passed
        }
        records[identity] = record
        return standing(of: identity) != before
    }

    /// Notes that a request failed at the server. Returns true when the server is ejected for that.
    public mutating func failed(_ identity: ServerIdentity, now: Int) -> Bool {
        guard let ejection, var record = records[identity], record.ejectedUntil == nil else { return false }
        record.failures = min(record.failures + 1, ejection.failures)
        defer { records[identity] = record }
        guard record.failures >= ejection.failures, mayEject(ejection) else { return false }
        // A server that has been good for a long time is not charged with its earlier ejections.
        if record.ejections > 0, now &- record.returnedAt >= Self.length(of: record.ejections, ejection) { record.ejections = 0 }
        record.ejections += 1
        record.ejectedUntil = now &+ Self.length(of: record.ejections, ejection)
        return true
    }

    /// Notes that a request succeeded at the server after others had failed.
    public mutating func succeeded(_ identity: ServerIdentity) { records[identity]?.failures = 0 }

    /// Ends the ejections that are over, and returns the servers that are back.
    public mutating func advance(now: Int) -> [ServerIdentity] {
        var back: [ServerIdentity] = []
        for (identity, record) in records where record.ejectedUntil.map({ $0 <= now }) == true {
            var record = record
            letIn(&record, now)
            records[identity] = record
            back.append(identity)
        }
        return back
    }

    /// The next time when `advance` has something to do; nil for never.
    public var nextMoment: Int? { records.values.compactMap(\.ejectedUntil).min() }

    /// Ends an ejection. The server gets one chance: the next failure ejects it again.
    private func letIn(_ record: inout Record, _ now: Int) {
        record.ejectedUntil = nil
        record.returnedAt = now
        record.risenAt = now
        record.failures = max(0, (ejection?.failures ?? 1) - 1)
    }

    private func mayEject(_ ejection: Ejection) -> Bool {
        let out = records.values.count { $0.ejectedUntil != nil }
        let most = min(records.count - 1, max(1, records.count * ejection.maxEjected / 100))
        return out < most
    }

    private static func length(of ejections: Int, _ ejection: Ejection) -> Int {
        let factor = 1 << min(max(0, ejections - 1), 20)
        let (length, overflow) = ejection.duration.multipliedReportingOverflow(by: factor)
        return max(ejection.duration, overflow ? ejection.maxDuration : min(length, ejection.maxDuration))
    }
}
