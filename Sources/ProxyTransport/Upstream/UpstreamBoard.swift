import ProxyCore
import Synchronization

/// The state of an upstream for operators and metrics, to which the event loops and the monitor report from time to time.
/// Requests never touch it.
final class UpstreamBoard: Sendable {
    /// The report of one event loop.
    struct Report: Sendable, Hashable {
        var loads: [ServerIdentity: ServerLoad] = [:]
        var unserved = 0
        var retriesRefused = 0

        static func += (left: inout Self, right: Self) {
            for (identity, load) in right.loads { left.loads[identity, default: ServerLoad()] += load }
            left.unserved &+= right.unserved
            left.retriesRefused &+= right.retriesRefused
        }
    }

    private struct State: Sendable {
        var balance = Balance.roundRobin
        var roster: [RosterMember] = []
        /// The reports, by pool. An event loop has several while pools of an earlier configuration still have requests.
        var reports: [ObjectIdentifier: Report] = [:]
        /// The sum of the reports of pools that are gone.
        var past = Report()
        var records: [ServerIdentity: ServerRecord] = [:]
    }

    private let name: String
    private let state = Mutex(State())

    init(_ upstream: Upstream) { name = upstream.name }

    func post(_ balance: Balance) { state.withLock { $0.balance = balance } }

    /// Stores a pool's report. `isLast`: the pool is gone.
    func post(_ report: Report, of pool: ObjectIdentifier, isLast: Bool) {
        state.withLock { state in
            if isLast {
                state.reports[pool] = nil
                state.past += report
            } else {
                state.reports[pool] = report
            }
        }
    }

    func post(_ roster: [RosterMember]) {
        state.withLock { state in
            state.roster = roster
            let identities = Set(roster.map(\.identity))
            state.records = state.records.filter { identities.contains($0.key) }
            state.past.loads = state.past.loads.filter { identities.contains($0.key) }
        }
    }

    /// Notes a check: why it failed, or nil if it passed.
    func post(checkFailure failure: String?, of identity: ServerIdentity) {
        state.withLock { state in
            var record = state.records[identity] ?? ServerRecord()
            if failure == nil { record.checksPassed &+= 1 } else { record.checksFailed &+= 1 }
            record.checkFailure = failure
            state.records[identity] = record
        }
    }

    func post(ejectionOf identity: ServerIdentity) {
        state.withLock { $0.records[identity, default: .init()].ejections &+= 1 }
    }

    var snapshot: UpstreamSnapshot {
        let state = state.withLock { $0 }
        var snapshot = UpstreamSnapshot(name: name, balance: state.balance)
        let reports = state.reports.values + [state.past]
        for report in reports {
            snapshot.unserved &+= report.unserved
            snapshot.retriesRefused &+= report.retriesRefused
        }
        snapshot.servers = state.roster.map { member in
            var server = ServerSnapshot(member)
            for report in reports {
                if let load = report.loads[member.identity] { server.load += load }
            }
            if let record = state.records[member.identity] { server.record = record }
            return server
        }
        return snapshot
    }
}
