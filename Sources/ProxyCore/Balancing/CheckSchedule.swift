/// When each server is to be checked. A server is never checked twice at once.
package struct CheckSchedule: Sendable {
    private enum Turn: Sendable, Hashable {
        case at(Int)
        /// Since then.
        case running(Int)
    }

    private let check: HealthCheck
    private var turns: [ServerIdentity: Turn] = [:]

    package init(_ check: HealthCheck) { self.check = check }

    /// These are the servers from now on. New ones are checked at once.
    package mutating func replace(_ identities: [ServerIdentity], now: Int) {
        var kept: [ServerIdentity: Turn] = [:]
        for identity in identities { kept[identity] = turns[identity] ?? .at(now) }
        turns = kept
    }

    /// The servers whose turn it is: their checks begin now.
    package mutating func begin(now: Int) -> [ServerIdentity] {
        var due: [ServerIdentity] = []
        for (identity, turn) in turns {
            guard case .at(let moment) = turn, moment <= now else { continue }
            turns[identity] = .running(now)
            due.append(identity)
        }
        return due
    }

    /// A check has ended: the next one is an interval after its beginning, or a little earlier.
    package mutating func ended(_ identity: ServerIdentity, now: Int, random: inout some RandomNumberGenerator) {
        guard case .running(let began) = turns[identity] else { return }
        let early = check.interval * check.jitter / 100
        turns[identity] = .at(max(now, began &+ check.interval &- Int.random(in: 0...max(0, early), using: &random)))
    }

    /// When `begin` has something to do.
    package var nextMoment: Int? {
        turns.values.compactMap { if case .at(let moment) = $0 { moment } else { nil } }.min()
    }
}
