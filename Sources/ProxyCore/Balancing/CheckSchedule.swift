/// The times at which servers are to be checked. A server never has two checks at once.
public struct CheckSchedule: Sendable {
    private enum Turn: Sendable, Hashable {
        case at(Int)
        /// A check has been running since that time.
        case running(Int)
    }

    private let check: HealthCheck
    private var turns: [ServerIdentity: Turn] = [:]

    public init(_ check: HealthCheck) { self.check = check }

    /// Replaces the servers. New ones are checked at once.
    public mutating func replace(_ identities: [ServerIdentity], now: Int) {
        var kept: [ServerIdentity: Turn] = [:]
        for identity in identities { kept[identity] = turns[identity] ?? .at(now) }
        turns = kept
    }

    /// Returns the servers whose checks are due; their checks begin now.
    public mutating func begin(now: Int) -> [ServerIdentity] {
        var due: [ServerIdentity] = []
        for (identity, turn) in turns {
            guard case .at(let moment) = turn, moment <= now else { continue }
            turns[identity] = .running(now)
            due.append(identity)
        }
        return due
    }

    /// Notes that a check has ended. The next one begins an interval after the beginning of this one, or a little earlier.
    public mutating func ended(_ identity: ServerIdentity, now: Int, random: inout some RandomNumberGenerator) {
        guard case .running(let began) = turns[identity] else { return }
        let early = check.interval * check.jitter / 100
        turns[identity] = .at(max(now, began &+ check.interval &- Int.random(in: 0...max(0, early), using: &random)))
    }

    /// The next time when `begin` has something to do; nil for never.
    public var nextMoment: Int? {
        turns.values.compactMap { if case .at(let moment) = $0 { moment } else { nil } }.min()
    }
}
