import Testing

@testable import ProxyTransport

@Suite struct DeadlineListTests {
    @Test func returnsEachThatIsDueOnceAndDisarmed() {
        var list = DeadlineList()
        let members = (0..<5).map { _ in Timed() }
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
        var list = DeadlineList()
        let members = (0..<4).map { _ in Timed() }
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
        list.remove(members[0])
        list.remove(members[2])
        #expect(list.isEmpty)
    }

    @Test(arguments: [(0, Int.max), (-5, Int.max), (10, 110)])
    func noTimeoutIsNoDeadline(timeout: Int, deadline: Int) {
        #expect(Timed.deadline(now: 100, after: timeout) == deadline)
    }
}

@Suite struct PrefaceTests {
    @Test(arguments: [
        ("", Preface.Match.prefix), ("P", .prefix), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", .prefix),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .whole), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0", .whole),
        ("POST / HTTP/1.1", .different), ("GET", .different), ("PRI * HTTP/2.0\r\n\r\nXX", .different),
    ])
    func compares(bytes: String, expected: Preface.Match) {
        let match = Preface.compare(bytes.utf8.span)
        #expect(match == expected)
    }
}
