import HTTPModel
import Testing

@testable import ProxyCore

func server(_ number: Int, weight: Int = 1, backup: Bool = false, _ standing: Standing = .up, risenAt: Int? = nil)
    -> RosterMember
{
    var member = RosterMember(
        ServerIdentity(.tcp(host: "10.0.0.\(number)", port: 80)), weight: weight, isBackup: backup)
    member.standing = standing
    member.risenAt = risenAt
    return member
}

/// Who gets how much. Chance is seeded: the numbers are the same at every run.
@Suite struct BalancerTests {
    private var random = SplitMix64(seed: 7)

    /// How many of `count` picks each place got. `load` gives a server's requests; a pick adds one to it for ever.
    private func picks(
        _ balancer: inout Balancer, _ count: Int, places: Int, now: Int = 0, keys: Bool = false, loads: [Int]? = nil
    ) -> [Int] {
        var random = SplitMix64(seed: 99)
        var result = [Int](repeating: 0, count: places)
        for number in 0..<count {
            let key = keys ? ConsistentHash.of("user-\(number)".utf8.span) : nil
            let current = loads ?? [Int](repeating: 0, count: places)
            if let place = balancer.pick(key: key, now: now, random: &random, load: { current[$0] }) { result[place] += 1 }
        }
        return result
    }

    private func balancer(_ balance: Balance, _ roster: [RosterMember], slowStart: Int = 0) -> Balancer {
        var balancer = Balancer(balance, slowStart: slowStart)
        var random = SplitMix64(seed: 1)
        balancer.replace(roster, random: &random)
        return balancer
    }

    static let weights: [[Int]] = [[1], [1, 1], [1, 1, 1], [5, 1, 1], [3, 2, 1, 0], [1000, 1], [7, 7, 7, 7, 7, 7, 7, 7]]

    /// In proportion to the weights: to the request in turn, closely by chance.
    @Test(arguments: weights, [Balance.roundRobin, .leastRequests, .twoChoices, .hash(.clientIP)])
    func sharesFollowWeights(_ weights: [Int], _ balance: Balance) {
        var balancer = balancer(balance, weights.enumerated().map { server($0 + 1, weight: $1) })
        let total = weights.reduce(0, +)
        let count = total * 200 > 20_000 ? 20_020 : 20_000 / total * total
        let result = picks(&balancer, count, places: weights.count, keys: balance == .hash(.clientIP))
        #expect(result.reduce(0, +) == count)
        for (weight, got) in zip(weights, result) {
            let expected = Double(count) * Double(weight) / Double(total)
            let isExact = balance == .roundRobin || balance == .leastRequests
            // Chance: five standard deviations. Two choices without load are one choice.
            let slack = isExact ? 2 : 5 * expected.squareRoot() + 1
            #expect(abs(Double(got) - expected) <= slack, "\(weights) \(balance): \(result)")
            if weight == 0 { #expect(got == 0) }
        }
    }

    /// No server gets two requests in a row that another one is waiting for.
    @Test func turnsAreSmooth() {
        var balancer = balancer(.roundRobin, [server(1, weight: 5), server(2), server(3)])
        var longest = 0
        var run = 0
        var random = SplitMix64(seed: 3)
        for _ in 0..<700 {
            let place = balancer.pick(now: 0, random: &random, load: { _ in 0 })
            run = place == 0 ? run + 1 : 0
            longest = max(longest, run)
        }
        #expect(longest <= 3)
    }

    @Test(arguments: [
        ([4, 2, 9], [1, 1, 1], 1), ([4, 2, 9], [1, 1, 10], 2), ([0, 0, 5], [1, 3, 1], nil), ([6, 3, 2], [3, 1, 1], nil),
    ])
    func leastRequestsGoesByLoadForItsWeight(_ loads: [Int], _ weights: [Int], _ expected: Int?) {
        var balancer = balancer(.leastRequests, weights.enumerated().map { server($0 + 1, weight: $1) })
        let result = picks(&balancer, 1_200, places: 3, loads: loads)
        if let expected {
            #expect(result[expected] == 1_200)
        } else if loads == [0, 0, 5] {
            #expect(abs(result[0] - 300) <= 2 && abs(result[1] - 900) <= 2 && result[2] == 0, "equals in turn, by weight")
        } else {
            #expect(abs(result[0] - 900) <= 2 && result[1] == 0 && abs(result[2] - 300) <= 2)
        }
    }

    /// The worst of n servers is chosen only when it is drawn twice, which it cannot be.
    @Test func twoChoicesAvoidsTheBusiest() {
        var balancer = balancer(.twoChoices, (1...4).map { server($0) })
        let result = picks(&balancer, 10_000, places: 4, loads: [0, 1, 2, 50])
        #expect(result[3] == 0)
        // Pairs in which the first is the best, of six: 3, 2, 1, 0.
        for (got, share) in zip(result, [3.0, 2, 1, 0]) { #expect(abs(Double(got) - share / 6 * 10_000) < 250, "\(result)") }
    }

    /// Keys of the servers that stay do not move, those of one that goes are spread over all others, and they come back with it.
    @Test(arguments: [[1, 1, 1, 1, 1], [1, 2, 3, 4, 5]], 0..<5)
    func onlyTheKeysOfAServerMove(_ weights: [Int], _ gone: Int) {
        let roster = weights.enumerated().map { server($0 + 1, weight: $1) }
        var less = roster
        less.remove(at: gone)
        var down = roster
        down[gone].standing = .down
        var (before, after, without) = (
            balancer(.hash(.clientIP), roster), balancer(.hash(.clientIP), less), balancer(.hash(.clientIP), down)
        )
        var random = SplitMix64(seed: 5)
        var moved = [Int](repeating: 0, count: weights.count)
        for number in 0..<5_000 {
            let key = ConsistentHash.of("key \(number)".utf8.span)
            guard let first = before.pick(key: key, now: 0, random: &random, load: { _ in 0 }),
                let second = after.pick(key: key, now: 0, random: &random, load: { _ in 0 }),
                let third = without.pick(key: key, now: 0, random: &random, load: { _ in 0 }),
                let retried = before.pick(key: key, tried: [gone], now: 0, random: &random, load: { _ in 0 })
            else { return #expect(Bool(false)) }
            let place = second >= gone ? second + 1 : second
            if first == gone { moved[place] += 1 } else { #expect(place == first) }
            #expect(third == place && retried == place, "whether it is gone, down, or has just failed")
        }
        let total = Double(moved.reduce(0, +))
        let others = Double(weights.reduce(0, +) - weights[gone])
        for (place, count) in moved.enumerated() where place != gone {
            let expected = total * Double(weights[place]) / others
            #expect(abs(Double(count) - expected) < 5 * expected.squareRoot() + 1, "\(moved)")
        }
    }

    /// The best that there is: up before unchecked before backups before ejected; never what is down or has no weight.
    @Test(arguments: [
        ([server(1, .down), server(2)], [1]),
        ([server(1, .unchecked), server(2)], [1]),
        ([server(1, .unchecked), server(2, .down), server(3, backup: true)], [0]),
        ([server(1, .down), server(2, .ejected), server(3, backup: true)], [2]),
        ([server(1, .down), server(2, .ejected), server(3, backup: true, .unchecked)], [2]),
        ([server(1, .down), server(2, .ejected), server(3, backup: true, .down)], [1]),
        ([server(1, .ejected), server(2, backup: true, .ejected)], [0]),
        ([server(1, .down), server(2, backup: true, .ejected)], [1]),
        ([server(1, weight: 0), server(2, .down), server(3, .ejected), server(4, .ejected)], [2, 3]),
        ([server(1, .down), server(2, .down)], []),
        ([server(1, weight: 0)], []),
        ([], []),
    ])
    func ranks(_ roster: [RosterMember], _ expected: [Int]) {
        var balancer = balancer(.roundRobin, roster)
        let result = picks(&balancer, 100, places: roster.count)
        #expect(result.indices.filter { result[$0] > 0 } == expected)
        #expect(balancer.isEmpty == expected.isEmpty)
    }

    /// A retry goes where the request has not been: to backups, and to ejected ones, rather than nowhere.
    @Test(arguments: [Balance.roundRobin, .leastRequests, .twoChoices, .hash(.clientIP)])
    func retriesGoElsewhere(_ balance: Balance) {
        var balancer = balancer(
            balance, [server(1), server(2), server(3, backup: true), server(4, .ejected), server(5, .down)])
        var random = SplitMix64(seed: 8)
        var tried: [Int] = []
        while let place = balancer.pick(key: 42, tried: tried, now: 0, random: &random, load: { _ in 0 }) { tried.append(place) }
        #expect(Set(tried.prefix(2)) == [0, 1] && tried.dropFirst(2) == [2, 3])
    }

    @Test(arguments: [Balance.roundRobin, .leastRequests, .twoChoices])
    func aServerThatIsBackStartsSlowly(_ balance: Balance) {
        var balancer = balancer(balance, [server(1), server(2, risenAt: 1_000)], slowStart: 10_000)
        // Moment: share of the second server, of both.
        for (now, share) in [(1_000, 0.1 / 1.1), (1_500, 0.1 / 1.1), (3_500, 0.25 / 1.25), (6_000, 0.5 / 1.5), (11_000, 0.5)] {
            let result = picks(&balancer, 4_000, places: 2, now: now)
            #expect(abs(Double(result[1]) / 4_000 - share) < 0.03, "at \(now): \(result)")
        }
    }

    /// Many proxies that start together do not all begin with the same server.
    @Test func beginsSomewhere() {
        var first = Set<Int>()
        for seed in 0..<50 {
            var random = SplitMix64(seed: UInt64(seed))
            var balancer = Balancer(.roundRobin)
            balancer.replace((1...4).map { server($0) }, random: &random)
            if let place = balancer.pick(now: 0, random: &random, load: { _ in 0 }) { first.insert(place) }
        }
        #expect(first == [0, 1, 2, 3])
    }

    @Test func binaryLogarithm() {
        for exponent in -52...0 {
            for part in 0..<64 {
                let number = Double(sign: .plus, exponent: exponent, significand: 1 + Double(part) / 64)
                // 2 to the result is the number again: by squaring, since there is no power here either.
                let result = ConsistentHash.binaryLogarithm(number)
                #expect(abs(Self.powerOfTwo(result) / number - 1) < 1e-5, "\(number)")
            }
        }
    }

    private static func powerOfTwo(_ exponent: Double) -> Double {
        let whole = exponent.rounded(.down)
        var (rest, factor, result) = (exponent - whole, 2.0.squareRoot(), 1.0)
        for _ in 0..<50 {
            rest *= 2
            if rest >= 1 {
                result *= factor
                rest -= 1
            }
            factor = factor.squareRoot()
        }
        return Double(sign: .plus, exponent: Int(whole), significand: result)
    }
}
