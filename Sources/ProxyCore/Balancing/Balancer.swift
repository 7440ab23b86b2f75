import HTTPModel

/// Chooses a server for a request. It has no I/O, clock or randomness of its own, so the same questions get the same answers.
///
/// The servers are ranked: first those that are up, then those that are not checked yet, then backups of both kinds, then ejected
/// ones, which are better than none. A request goes to the best rank that has a server it has not been to.
public struct Balancer: Sendable {
    struct Candidate: Sendable {
        /// The server's index in the roster.
        let place: Int
        let weight: Int
        let risenAt: Int?
        let hash: UInt64
        /// The part of its share that the server has not got yet.
        var credit = 0
    }

    public let balance: Balance
    private let slowStart: Int
    private var ranks: [[Candidate]] = []

    /// The unit of weights, which are counted in hundredths because the share of a server that has come back grows from a tenth.
    private static let unit = 100

    /// - Parameter slowStart: the time in milliseconds in which the share of a new server grows.
    public init(_ balance: Balance, slowStart: Int = 0) {
        self.balance = balance
        self.slowStart = slowStart
    }

    /// Whether there is no server that could get a request.
    public var isEmpty: Bool { ranks.isEmpty }

    /// Replaces the servers; `pick` returns indexes in this list. Each proxy begins at a different one.
    public mutating func replace(_ roster: [RosterMember], random: inout some RandomNumberGenerator) {
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

    /// Returns the index of a server, or nil when none is left.
    ///
    /// - Parameters:
    ///   - key: the key of the request, if `balance` uses one and the request has it.
    ///   - tried: the indexes of servers that the request has been to.
    ///   - now: the time in milliseconds of the monotonic clock.
    ///   - load: returns how many requests the server at an index has.
    public mutating func pick(
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

    /// Returns the weight of a server, reduced while it has only recently come back.
    private func share(_ candidate: Candidate, _ now: Int) -> Int {
        let whole = candidate.weight &* Self.unit
        guard slowStart > 0, let risenAt = candidate.risenAt, case let age = max(0, now &- risenAt), age < slowStart else {
            return whole
        }
        return max(whole / 10, Int(Double(whole) * Double(age) / Double(slowStart)), 1)
    }

    /// Smooth weighted round robin, as in nginx: every server earns its weight, and the one with the most pays for all.
    /// `isWanted` gets a server's index and its share.
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

    /// Returns the server nearest to a key. The share of keys does not grow slowly, because keys would then move twice.
    private func nearest(_ rank: Int, _ key: UInt64, _ tried: [Int]) -> Int? {
        var best: (place: Int, distance: Double)?
        for candidate in ranks[rank] where !tried.contains(candidate.place) {
            let distance = ConsistentHash.distance(from: key, to: candidate.hash, weight: candidate.weight)
            if best.map({ distance < $0.distance }) ?? true { best = (candidate.place, distance) }
        }
        return best?.place
    }
}
