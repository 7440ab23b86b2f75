import HTTPModel
import Testing

@testable import ProxyCore

/// Connections and exchanges that share them, both numbers here: what happens, and what the pool says to it.
@Suite struct MultiplexedPoolTests {
    typealias Pool = MultiplexedPool<Int, Int>

    /// A pool with an owner that does what it says; connections are numbered in the order in which they are asked for.
    struct Stand {
        var pool: Pool
        var keys: [Pool.Key] = []
        var tickets: [Int: Pool.Ticket] = [:]
        var said: [String] = []
        var now = 0

        init(_ change: (inout Pool.Limits) -> Void) {
            var limits = Pool.Limits()
            change(&limits)
            pool = Pool(limits)
        }

        mutating func proceed() {
            while true {
                switch pool.next(now: now) {
                case .nothing: return
                case .serve(let waiter, _, let connection, let used):
                    said.append("\(waiter) on \(connection)\(used ? " again" : "")")
                case .connect(let key, let waiter):
                    keys.append(key)
                    said.append("connect \(keys.count - 1) for \(waiter)")
                }
            }
        }

        mutating func run(_ step: Step) {
            switch step {
            case .lease(let waiter):
                switch pool.lease(for: waiter, now: now) {
                case .use(_, let connection, let used): said.append("\(waiter) on \(connection)\(used ? " again" : "")")
                case .wait(let ticket): tickets[waiter] = ticket
                case .full: said.append("\(waiter) full")
                }
            case .connected(let number, let capacity):
                pool.connected(keys[number], number, now: now)
                pool.allows(keys[number], capacity)
            case .failed(let number):
                for waiter in pool.connectFailed(keys[number], now: now) { said.append("\(waiter) failed") }
            case .ended(let number):
                if let connection = pool.ended(keys[number], now: now) { said.append("close \(connection)") }
            case .allows(let number, let capacity): pool.allows(keys[number], capacity)
            case .leave(let number): if let connection = pool.leave(keys[number]) { said.append("close \(connection)") }
            case .closed(let number): pool.closed(keys[number])
            case .cancel(let waiter): if let ticket = tickets[waiter] { pool.cancel(ticket) }
            case .time(let time):
                now = time
                let (closing, timedOut) = pool.expire(now: now)
                said += closing.map { "close \($0)" } + timedOut.map { "\($0) timed out" }
            case .retire: said += pool.retire().map { "close \($0)" }
            }
            proceed()
        }
    }

    enum Step: Sendable {
        case lease(Int), connected(Int, Int), failed(Int), ended(Int), allows(Int, Int), leave(Int), closed(Int), cancel(Int)
        case time(Int), retire
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var limits: @Sendable (inout Pool.Limits) -> Void = { _ in }
        var steps: [Step]
        var said: [String]
        var left = 0

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "one connection for all who come while it is made",
            steps: [.lease(1), .lease(2), .connected(0, 100), .lease(3)],
            said: ["connect 0 for 1", "1 on 0", "2 on 0 again", "3 on 0 again"], left: 1),
        Case(
            name: "another one when the peer's limit is reached",
            steps: [.lease(1), .connected(0, 2), .lease(2), .lease(3), .connected(1, 2), .ended(0), .lease(4)],
            said: ["connect 0 for 1", "1 on 0", "2 on 0 again", "connect 1 for 3", "3 on 1", "4 on 1 again"], left: 2),
        Case(
            name: "another one when the configured limit is reached", limits: { $0.streams = 1 },
            steps: [.lease(1), .lease(2), .connected(0, 100), .connected(1, 100)],
            said: ["connect 0 for 1", "connect 1 for 1", "1 on 0", "2 on 1"], left: 2),
        Case(
            name: "no more than the limit: the third waits",
            limits: {
                $0.streams = 1
                $0.connections = 2
            },
            steps: [.lease(1), .lease(2), .lease(3), .connected(0, 9), .connected(1, 9), .ended(1)],
            said: ["connect 0 for 1", "connect 1 for 1", "1 on 0", "2 on 1", "3 on 1 again"], left: 2),
        Case(
            name: "the queue has an end",
            limits: {
                $0.connections = 1
                $0.waiting = 1
            },
            steps: [.lease(1), .lease(2)], said: ["connect 0 for 1", "2 full"], left: 1),
        Case(
            name: "settings that allow more serve those who wait", limits: { $0.connections = 1 },
            steps: [.lease(1), .connected(0, 1), .lease(2), .lease(3), .allows(0, 2), .allows(0, 50)],
            said: ["connect 0 for 1", "1 on 0", "2 on 0 again", "3 on 0 again"], left: 1),
        Case(
            name: "settings that allow less stop new ones", limits: { $0.connections = 1 },
            steps: [.lease(1), .connected(0, 5), .lease(2), .allows(0, 1), .lease(3), .ended(0), .ended(0)],
            said: ["connect 0 for 1", "1 on 0", "2 on 0 again", "3 on 0 again"], left: 1),
        Case(
            name: "GOAWAY: what is open goes on, what comes goes elsewhere, then it is closed", limits: { $0.connections = 1 },
            steps: [.lease(1), .connected(0, 5), .leave(0), .lease(2), .connected(1, 5), .ended(0), .ended(0)],
            said: ["connect 0 for 1", "1 on 0", "connect 1 for 2", "2 on 1", "close 0"], left: 1),
        Case(
            name: "a failed attempt fails those who wait", steps: [.lease(1), .lease(2), .failed(0), .failed(0), .lease(3)],
            said: ["connect 0 for 1", "1 failed", "2 failed", "connect 1 for 3"], left: 1),
        Case(
            name: "a failed attempt beside another one fails nobody", limits: { $0.streams = 1 },
            steps: [.lease(1), .lease(2), .failed(0), .connected(1, 9)],
            said: ["connect 0 for 1", "connect 1 for 1", "connect 2 for 1", "1 on 1"], left: 2),
        Case(
            name: "a lost connection is replaced for those who wait", limits: { $0.connections = 1 },
            steps: [.lease(1), .connected(0, 1), .lease(2), .closed(0), .ended(0), .connected(1, 1)],
            said: ["connect 0 for 1", "1 on 0", "connect 1 for 2", "2 on 1"], left: 1),
        Case(
            name: "who has gone is not served", steps: [.lease(1), .lease(2), .cancel(1), .cancel(1), .connected(0, 9)],
            said: ["connect 0 for 1", "2 on 0"], left: 1),
        Case(
            name: "waiting ends",
            limits: {
                $0.connections = 1
                $0.waitingTime = 100
            },
            steps: [.lease(1), .connected(0, 1), .lease(2), .time(50), .lease(3), .time(99), .time(100), .time(150)],
            said: ["connect 0 for 1", "1 on 0", "2 timed out", "3 timed out"], left: 1),
        Case(
            name: "idle connections are closed, busy ones are not", limits: { $0.idleTime = 100 },
            steps: [.lease(1), .connected(0, 9), .time(500), .ended(0), .time(599), .time(600), .lease(2)],
            said: ["connect 0 for 1", "1 on 0", "close 0", "connect 1 for 2"], left: 1),
        Case(
            name: "a peer that allows none keeps nobody for ever", limits: { $0.idleTime = 100 },
            steps: [.lease(1), .cancel(1), .connected(0, 0), .time(100)], said: ["connect 0 for 1", "close 0"]),
        Case(
            name: "the fullest drains last: with less work one connection is left",
            limits: {
                $0.streams = 2
                $0.idleTime = 10
            },
            steps: [
                .lease(1), .connected(0, 9), .lease(2), .lease(3), .connected(1, 9), .ended(0), .ended(0), .lease(4), .time(20),
            ],
            said: ["connect 0 for 1", "1 on 0", "2 on 0 again", "connect 1 for 3", "3 on 1", "4 on 1 again", "close 0"], left: 1),
        Case(
            name: "retired", steps: [.lease(1), .connected(0, 1), .lease(2), .connected(1, 1), .ended(1), .retire, .ended(0)],
            said: ["connect 0 for 1", "1 on 0", "connect 1 for 2", "2 on 1", "close 1", "close 0"]),
        Case(
            name: "retired while one waits for a place", limits: { $0.connections = 1 },
            steps: [.lease(1), .connected(0, 1), .lease(2), .retire, .ended(0), .ended(0)],
            said: ["connect 0 for 1", "1 on 0", "2 on 0 again", "close 0"]),
        Case(
            name: "retired while a connection is made", steps: [.lease(1), .retire, .connected(0, 1), .ended(0)],
            said: ["connect 0 for 1", "1 on 0", "close 0"]),
        Case(
            name: "retired, and one comes back to be repeated",
            steps: [.lease(1), .connected(0, 1), .retire, .closed(0), .lease(2), .connected(1, 1), .ended(1)],
            said: ["connect 0 for 1", "1 on 0", "connect 1 for 2", "2 on 1", "close 1"]),
        Case(
            name: "retired, and who waited has gone", steps: [.lease(1), .retire, .cancel(1), .connected(0, 1), .time(1)],
            said: ["connect 0 for 1", "close 0"]),
        Case(
            name: "GOAWAY without an exchange", steps: [.lease(1), .connected(0, 1), .ended(0), .leave(0)],
            said: ["connect 0 for 1", "1 on 0", "close 0"]),
    ]

    @Test(arguments: cases)
    func table(_ test: Case) {
        var stand = Stand(test.limits)
        for step in test.steps { stand.run(step) }
        #expect(stand.said == test.said)
        #expect(stand.pool.count == test.left)
    }

    /// Whatever happens, in any order: no connection has more exchanges than it allows, and nobody is served twice or forgotten.
    @Test(arguments: 0..<50)
    func anything(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var stand = Stand {
            $0.streams = 3
            $0.connections = 4
            $0.waitingTime = 50
        }
        for waiter in 0..<400 {
            let number = stand.keys.isEmpty ? 0 : Int.random(in: 0..<stand.keys.count, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0...3: stand.run(.lease(waiter))
            case 4 where !stand.keys.isEmpty: stand.run(.connected(number, Int.random(in: 0...5, using: &random)))
            case 5 where !stand.keys.isEmpty: stand.run(.ended(number))
            case 6 where !stand.keys.isEmpty: stand.run(Bool.random(using: &random) ? .leave(number) : .closed(number))
            case 7 where !stand.keys.isEmpty: stand.run(.failed(number))
            case 8: stand.run(.cancel(waiter - 3))
            default: stand.run(.time(stand.now + 20))
            }
        }
        stand.run(.time(stand.now + 1_000))
        #expect(stand.pool.waitingCount == 0)
        let served = stand.said.compactMap { $0.contains(" on ") ? $0.split(separator: " ")[0] : nil }
        #expect(Set(served).count == served.count)
        for number in stand.keys.indices { stand.run(.closed(number)) }
        #expect(stand.pool.isEmpty)
    }
}
