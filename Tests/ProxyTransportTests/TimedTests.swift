import Testing

@testable import ProxyTransport

@Suite struct DeadlineListTests {
    @Test func returnsEachThatIsDueOnceAndDisarmed() {
        let list = DeadlineList()
        let members = (0..<5).map { _ in Timed() }
        defer { for member in members { list.remove(member) } }
        for (index, member) in members.enumerated() {
            list.insert(member)
            member.deadline = index * 10
        }
        #expect(list.due(now: 20).count == 3)
        #expect(list.due(now: 20).isEmpty)
        members[0].deadline = 25
        #expect(list.due(now: 30).count == 2)
        #expect(members.allSatisfy { $0.deadline == .max || $0 === members[4] })
    }

    @Test func removingKeepsTheOthers() {
        let list = DeadlineList()
        let members = (0..<4).map { _ in Timed() }
        defer { for member in members { list.remove(member) } }
        for member in members {
            list.insert(member)
            list.insert(member)
            member.deadline = 1
        }
        list.remove(members[1])
        list.remove(members[1])
        list.remove(members[3])
        let due = list.due(now: 1)
        #expect(due.count == 2)
        #expect(due.contains { $0 === members[0] } && due.contains { $0 === members[2] })
    }

    @Test("A deadline that moves is met where it is, not where it was") func moves() {
        let list = DeadlineList()
        let member = Timed()
        defer { list.remove(member) }
        list.insert(member)
        member.deadline = 100
        member.deadline = 300
        #expect(list.due(now: 200).isEmpty)
        member.deadline = 250
        #expect(list.due(now: 249).isEmpty)
        #expect(list.due(now: 250).count == 1)
        #expect(list.due(now: 1_000).isEmpty)
        member.deadline = 2_000
        member.deadline = .max
        #expect(list.due(now: 3_000).isEmpty)
    }

    @Test("Who comes and goes, and who puts it off again and again, leaves little behind") func staysSmall() {
        let list = DeadlineList()
        let idle = (0..<100).map { _ in Timed() }
        defer { for member in idle { list.remove(member) } }
        for member in idle {
            list.insert(member)
            member.deadline = 75_000
        }
        for round in 0..<50_000 {
            let member = Timed()
            list.insert(member)
            member.deadline = 60_000 + round
            list.remove(member)
            idle[round % 100].deadline = 75_000 + round
            idle[round % 100].deadline = 10_000
        }
        #expect(list.noteCount <= 4 * 101 + 64)
        #expect(list.due(now: 10_000).count == 100)
    }

    /// The same as looking at every one of them.
    @Test(arguments: 1...20) func agreesWithASearch(seed: UInt64) {
        var random = Numbers(state: seed)
        let list = DeadlineList()
        var members: [Timed] = []
        defer { for member in members { list.remove(member) } }
        var now = 0
        for _ in 0..<2_000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                members.append(Timed())
                list.insert(members[members.count - 1])
            case 1 where !members.isEmpty: list.remove(members.remove(at: Int.random(in: members.indices, using: &random)))
            case 2:
                now += Int.random(in: 0..<50, using: &random)
                let expected = Set(members.filter { $0.deadline <= now }.map(ObjectIdentifier.init))
                let due = list.due(now: now)
                #expect(due.count == expected.count && Set(due.map(ObjectIdentifier.init)) == expected)
            default:
                guard let member = members.randomElement(using: &random) else { continue }
                member.deadline = Bool.random(using: &random) ? now + Int.random(in: 0..<300, using: &random) : .max
            }
        }
    }

    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &*= 6_364_136_223_846_793_005
            state &+= 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    @Test(arguments: [(0, Int.max), (-5, Int.max), (10, 110)])
    func noTimeoutIsNoDeadline(timeout: Int, deadline: Int) {
        #expect(Timed.deadline(now: 100, after: timeout) == deadline)
    }
}
