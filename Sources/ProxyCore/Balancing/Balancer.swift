import HTTPModel

/// Chooses a server for a request. Without I/O, clock and chance of its own: the same questions get the same answers.
///
/// The servers stand in ranks: those that are up, then those that are not checked yet, then backups of both kinds, then ejected
/// ones, which are better than none. A request goes to the best rank that has a server it has not been to.
package struct Balancer: Sendable {
    struct Candidate: Sendable {
        /// Its place in the roster.
        let place: Int
        let weight: Int
        let risenAt: Int?
        let hash: UInt64
        /// How far it is behind its share.
        var credit = 0
    }

    package let balance: Balance
    private let slowStart: Int
    private var ranks: [[Candidate]] = []

    /// Weights are counted in hundredths, for the share of a server that has come back grows from a tenth.
    private static let unit = 100

    /// - Parameter slowStart: milliseconds.
    package init(_ balance: Balance, slowStart: Int = 0) {
        self.balance = balance
        self.slowStart = slowStart
    }

    /// There is no server that could get a request.
    package var isEmpty: Bool { ranks.isEmpty }

    /// These are the servers from now on; `pick` gives places in this list. Each proxy begins somewhere else.
    package mutating func replace(_ roster: [RosterMember], random: inout some RandomNumberGenerator) {
        var ranks: [[Candidate]] = [[], [], [], [], [], []]
        for (place, member) in roster.enumerated() where member.weight > 0 {
            let rank: Int
            switch (member.standing, member.isBackup) {
            case (.up, false): rank = 0
            case (.unchecked, false): rank = 1
            case (.up, true): rank = 2
            case (.unchecked, true): rank = 3
            case (.ejected, false): rank = 4
            case (.ejected, true): rank = 5
            case (.down, _): continue
            }
            ranks[rank].append(
                Candidate(
                    place: place, weight: member.weight, risenAt: member.risenAt,
                    hash: ConsistentHash.of("\(member.identity)".utf8.span),
                    credit: Int.random(in: 0..<member.weight &* Self.unit, using: &random)))
        }
        self.ranks = ranks.filter { !$0.isEmpty }
    }

    /// The place of a server, or nil where there is none (left).
    ///
    /// - Parameters:
    ///   - key: of the request, where `balance` goes by one and the request has it.
    ///   - tried: places of servers that the request has been to.
    ///   - now: milliseconds of the monotonic clock.
    ///   - load: how many requests the server at a place has.
    package mutating func pick(
        key: UInt64? = nil, tried: [Int] = [], now: Int, random: inout some RandomNumberGenerator, load: (Int) -> Int
    ) -> Int? {
        for rank in ranks.indices {
            let untried: (Candidate) -> Bool = { !tried.contains($0.place) }
            guard tried.isEmpty || ranks[rank].contains(where: untried) else { continue }
            return pick(rank, key, tried, now, &random, load)
        }
        return nil
    }

    private mutating func pick(
        _ rank: Int, _ key: UInt64?, _ tried: [Int], _ now: Int, _ random: inout some RandomNumberGenerator,
        _ load: (Int) -> Int
    ) -> Int? {
        switch balance {
        case .roundRobin: return next(rank, now) { place, _ in !tried.contains(place) }
        case .leastRequests:
            guard let least = least(rank, tried, now, load) else { return nil }
            return next(rank, now) { !tried.contains($0) && load($0) &* least.weight == least.load &* $1 }
        case .twoChoices: return betterOfTwo(rank, tried, now, &random, load)
        case .hash:
            guard let key else { return next(rank, now) { place, _ in !tried.contains(place) } }
            return nearest(rank, key, tried)
        }
    }

    /// The weight of a server, less while it has not long been back.
    private func share(_ candidate: Candidate, _ now: Int) -> Int {
        let whole = candidate.weight &* Self.unit
        guard slowStart > 0, let risenAt = candidate.risenAt, case let age = max(0, now &- risenAt), age < slowStart else {
            return whole
        }
        return max(whole / 10, Int(Double(whole) * Double(age) / Double(slowStart)), 1)
    }

    /// Smooth weighted round robin, as nginx has it: everybody earns their weight, the richest pays for all.
    /// `isWanted` is asked with a server's place and its share.
    private mutating func next(_ rank: Int, _ now: Int, where isWanted: (Int, Int) -> Bool) -> Int? {
        var total = 0
        var best: Int?
        for index in ranks[rank].indices {
            let share = share(ranks[rank][index], now)
            guard isWanted(ranks[rank][index].place, share) else { continue }
            total &+= share
            ranks[rank][index].credit &+= share
            if best.map({ ranks[rank][index].credit > ranks[rank][$0].credit }) ?? true { best = index }
        }
        guard let best else { return nil }
        ranks[rank][best].credit &-= total
        return ranks[rank][best].place
    }

    private func least(_ rank: Int, _ tried: [Int], _ now: Int, _ load: (Int) -> Int) -> (load: Int, weight: Int)? {
        var least: (load: Int, weight: Int)?
        for candidate in ranks[rank] where !tried.contains(candidate.place) {
            let (load, weight) = (load(candidate.place), share(candidate, now))
            if least.map({ load &* $0.weight < $0.load &* weight }) ?? true { least = (load, weight) }
        }
        return least
    }

    private func betterOfTwo(
        _ rank: Int, _ tried: [Int], _ now: Int, _ random: inout some RandomNumberGenerator, _ load: (Int) -> Int
    ) -> Int? {
        guard let first = draw(rank, now, &random, where: { !tried.contains($0) }) else { return nil }
        guard let second = draw(rank, now, &random, where: { $0 != first.place && !tried.contains($0) }) else {
            return first.place
        }
        let isSecondBetter = load(second.place) &* share(first, now) < load(first.place) &* share(second, now)
        return isSecondBetter ? second.place : first.place
    }

    private func draw(
        _ rank: Int, _ now: Int, _ random: inout some RandomNumberGenerator, where isWanted: (Int) -> Bool
    ) -> Candidate? {
        var total = 0
        for candidate in ranks[rank] where isWanted(candidate.place) { total &+= share(candidate, now) }
        guard total > 0 else { return nil }
        var rest = Int.random(in: 0..<total, using: &random)
        for candidate in ranks[rank] where isWanted(candidate.place) {
            rest &-= share(candidate, now)
            if rest < 0 { return candidate }
        }
        return nil
    }

    /// A server's share of the keys does not grow slowly: keys would move twice.
    private func nearest(_ rank: Int, _ key: UInt64, _ tried: [Int]) -> Int? {
        var best: (place: Int, distance: Double)?
        for candidate in ranks[rank] where !tried.contains(candidate.place) {
            let distance = ConsistentHash.distance(from: key, to: candidate.hash, weight: candidate.weight)
            if best.map({ distance < $0.distance }) ?? true { best = (candidate.place, distance) }
        }
        return best?.place
    }
}
