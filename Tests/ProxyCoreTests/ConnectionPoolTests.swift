import HTTPModel
import ProxyCore
import Testing

/// Connections and waiters are numbers here.
typealias Pool = ConnectionPool<Int, Int>

@Suite struct ConnectionPoolTests {
    static func pool(_ change: (inout Pool.Limits) -> Void = { _ in }) -> Pool {
        var limits = Pool.Limits()
        change(&limits)
        return Pool(limits)
    }

    /// A connection that was made for an exchange.
    static func connect(_ pool: inout Pool, _ connection: Int, now: Int = 0) -> Pool.Key? {
        guard case .connect(let key, closing: nil) = pool.lease(for: 0, fresh: true, now: now) else {
            Issue.record("no room for \(connection)")
            return nil
        }
        pool.connected(key, connection)
        return key
    }

    static func isNothing(_ next: Pool.Next) -> Bool {
        if case .nothing = next { true } else { false }
    }

    @Test func reusesTheOneUsedLast() throws {
        var pool = Self.pool()
        let keys = try (0..<3).map { try #require(Self.connect(&pool, $0)) }
        for (now, key) in keys.enumerated() {
            let result = pool.release(key, reusable: true, now: now)
            #expect(result.closing == nil)
        }
        #expect(pool.count == 3 && pool.idleCount == 3)
        for expected in [2, 1, 0] {
            guard case .reuse(_, let connection) = pool.lease(for: 0, now: 10) else { throw Unexpected(what: "nothing to reuse") }
            #expect(connection == expected)
        }
        guard case .connect(_, closing: nil) = pool.lease(for: 0, now: 10) else { throw Unexpected(what: "no new one") }
        #expect(pool.count == 4 && pool.idleCount == 0)
    }

    @Test func doesNotKeepWhatIsNotReusable() throws {
        var pool = Self.pool()
        let key = try #require(Self.connect(&pool, 7))
        let result = pool.release(key, reusable: false, now: 0)
        #expect(result.closing == 7 && Self.isNothing(result.next))
        #expect(pool.isEmpty)
        // What comes late means nothing.
        #expect(pool.release(key, reusable: true, now: 0).closing == nil)
        #expect(Self.isNothing(pool.closed(key)) && pool.isEmpty)
    }

    @Test func releasesOnce() throws {
        var pool = Self.pool()
        let key = try #require(Self.connect(&pool, 7))
        for _ in 0..<3 { _ = pool.release(key, reusable: true, now: 0) }
        #expect(pool.count == 1 && pool.idleCount == 1)
    }

    @Test(arguments: [(0, [0, 1, 2]), (1, [0, 1]), (2, [0]), (3, [])])
    func keepsSoManyIdleOnes(_ limit: Int, _ expected: [Int]) throws {
        var pool = Self.pool { $0.idle = limit }
        let keys = try (0..<3).map { try #require(Self.connect(&pool, $0)) }
        let closed = keys.compactMap { pool.release($0, reusable: true, now: 0).closing }
        #expect(closed == expected)
        #expect(pool.count == limit)
    }

    /// Uses so many connections at once and releases them all.
    static func use(_ count: Int, of pool: inout Pool, now: Int) throws {
        var keys: [Pool.Key] = []
        for number in 0..<count {
            switch pool.lease(for: 0, now: now) {
            case .reuse(let key, _): keys.append(key)
            case .connect(let key, closing: nil):
                pool.connected(key, number)
                keys.append(key)
            default: throw Unexpected(what: "no connection")
            }
        }
        for key in keys { _ = pool.release(key, reusable: true, now: now) }
    }

    struct Use: Sendable {
        var now: Int
        var atOnce: Int
        /// How many stay idle.
        var stay: Int
    }

    /// What stays idle follows what is in use: beyond what always stays, as many as at the peak of the last ten to twenty seconds.
    @Test(arguments: [
        [Use(now: 0, atOnce: 200, stay: 200), Use(now: 9_999, atOnce: 1, stay: 200), Use(now: 10_000, atOnce: 150, stay: 200)],
        [Use(now: 0, atOnce: 200, stay: 200), Use(now: 10_000, atOnce: 150, stay: 200), Use(now: 20_000, atOnce: 1, stay: 150)],
        [Use(now: 0, atOnce: 200, stay: 200), Use(now: 30_000, atOnce: 1, stay: 64)],
        [Use(now: 0, atOnce: 64, stay: 64), Use(now: 50_000, atOnce: 1, stay: 64)],
        [Use(now: 0, atOnce: 500, stay: 300), Use(now: 1_000, atOnce: 300, stay: 300)],
    ])
    func keepsWhatIsUsed(_ uses: [Use]) throws {
        var pool = Self.pool {
            $0.idle = 300
            $0.idleTime = 0
        }
        for use in uses {
            try Self.use(use.atOnce, of: &pool, now: use.now)
            var turns = 0
            while !pool.expire(now: use.now).closing.isEmpty { turns += 1 }
            #expect(pool.idleCount == use.stay, "at \(use.now)")
            #expect(turns <= 1 + 300 / 16)
        }
    }

    @Test func closesFewInOneTurn() throws {
        var pool = Self.pool { $0.idleTime = 0 }
        try Self.use(500, of: &pool, now: 0)
        #expect(pool.idleCount == 500)
        #expect(pool.expire(now: 60_000).closing.count == 16 && pool.idleCount == 484)
    }

    @Test func doesNotReuseWhatWasIdleForTooLong() throws {
        var pool = Self.pool { $0.idleTime = 100 }
        let keys = try (0..<2).map { try #require(Self.connect(&pool, $0)) }
        _ = pool.release(keys[0], reusable: true, now: 0)
        _ = pool.release(keys[1], reusable: true, now: 50)
        #expect(pool.expire(now: 99).closing.isEmpty)
        guard case .connect = pool.lease(for: 0, now: 150) else { throw Unexpected(what: "reused an old one") }
        #expect(pool.expire(now: 100).closing == [0])
        #expect(pool.expire(now: 150).closing == [1])
        #expect(pool.count == 1)
    }

    @Test func makesRoomForAFreshOne() throws {
        var pool = Self.pool { $0.connections = 2 }
        let keys = try (0..<2).map { try #require(Self.connect(&pool, $0)) }
        for key in keys { _ = pool.release(key, reusable: true, now: 0) }
        guard case .connect(let key, closing: 0) = pool.lease(for: 0, fresh: true, now: 0) else {
            throw Unexpected(what: "no room")
        }
        #expect(pool.count == 2)
        #expect(Self.isNothing(pool.connectFailed(key)) && pool.count == 1)
    }

    @Test func servesThoseWhoWaitInOrder() throws {
        var pool = Self.pool {
            $0.connections = 1
            $0.waiting = 3
        }
        let key = try #require(Self.connect(&pool, 7))
        var tickets: [Pool.Ticket] = []
        for waiter in 1...3 {
            guard case .wait(let ticket) = pool.lease(for: waiter, now: 0) else { throw Unexpected(what: "does not wait") }
            tickets.append(ticket)
        }
        guard case .full = pool.lease(for: 4, now: 0) else { throw Unexpected(what: "the queue has no end") }
        pool.cancel(tickets[1])
        pool.cancel(tickets[1])
        #expect(pool.waitingCount == 2)
        guard case .serve(1, key, 7) = pool.release(key, reusable: true, now: 0).next else {
            throw Unexpected(what: "1 not served")
        }
        // The connection is lost: the next one gets a new one.
        guard case .connect(3, let second) = pool.closed(key) else { throw Unexpected(what: "3 not served") }
        #expect(second != key && pool.waitingCount == 0)
        pool.connected(second, 8)
        let result = pool.release(second, reusable: false, now: 0)
        #expect(result.closing == 8 && Self.isNothing(result.next) && pool.isEmpty)
    }

    @Test func failedConnectsPassTheirPlaceOn() throws {
        var pool = Self.pool { $0.connections = 1 }
        guard case .connect(let key, closing: nil) = pool.lease(for: 1, now: 0), case .wait = pool.lease(for: 2, now: 0) else {
            throw Unexpected(what: "no connection, no queue")
        }
        guard case .connect(2, let next) = pool.connectFailed(key) else { throw Unexpected(what: "2 was forgotten") }
        #expect(Self.isNothing(pool.connectFailed(key)))
        #expect(Self.isNothing(pool.connectFailed(next)) && pool.isEmpty)
    }

    @Test func waitingEnds() throws {
        var pool = Self.pool {
            $0.connections = 1
            $0.waitingTime = 100
        }
        _ = Self.connect(&pool, 7)
        for (waiter, now) in [(1, 0), (2, 50)] { _ = pool.lease(for: waiter, now: now) }
        #expect(pool.expire(now: 99).timedOut.isEmpty)
        #expect(pool.expire(now: 100).timedOut == [1])
        #expect(pool.expire(now: 1_000).timedOut == [2])
        #expect(pool.waitingCount == 0)
    }

    @Test func retiredPoolKeepsNothing() throws {
        var pool = Self.pool()
        let keys = try (0..<3).map { try #require(Self.connect(&pool, $0)) }
        for key in keys.dropLast() { _ = pool.release(key, reusable: true, now: 0) }
        #expect(pool.retire() == [0, 1])
        #expect(pool.count == 1)
        #expect(pool.release(keys[2], reusable: true, now: 0).closing == 2)
        let late = try #require(Self.connect(&pool, 9))
        #expect(pool.release(late, reusable: true, now: 0).closing == 9 && pool.isEmpty)
    }

    /// A thousand connections, and everything that can happen to them in any order: the pool's counts are those of a
    /// plain model, no connection has two exchanges, nobody waits while there is room, and nobody is forgotten.
    @Test(arguments: [(1, 0), (2, 1_000), (3, 7), (4, 1), (5, 1_000)] as [(UInt64, Int)])
    func keepsItsPromisesWhateverHappens(_ seed: UInt64, _ limit: Int) {
        var model = Model(seed: seed, limit: limit)
        for _ in 0..<40_000 { model.step() }
        model.end()
    }
}

/// The pool among random events, with what its owner knows.
struct Model {
    var random: SplitMix64
    let limits: Pool.Limits
    var pool: Pool
    var now = 0
    var nextConnection = 0
    var nextWaiter = 0
    var connecting: [Pool.Key] = []
    var leased: [(key: Pool.Key, connection: Int)] = []
    var idle: [Int: Pool.Key] = [:]
    var waiting: [(waiter: Int, ticket: Pool.Ticket)] = []

    init(seed: UInt64, limit: Int) {
        random = SplitMix64(seed: seed)
        var limits = Pool.Limits()
        limits.connections = limit
        limits.idle = 300
        limits.waiting = 50
        limits.idleTime = 500
        limits.waitingTime = 200
        self.limits = limits
        pool = Pool(limits)
    }

    mutating func step() {
        // Long phases of growing and of shrinking, so that the limits are reached.
        let grows = now / 3_000 % 2 == 0
        switch Int.random(in: 0..<100, using: &random) {
        case ..<(grows ? 45 : 15): lease()
        case ..<60: finishConnecting()
        case ..<92: release()
        case ..<95: lose()
        case ..<97: cancel()
        default: expire()
        }
        now += Int.random(in: 0...2, using: &random)
        check()
    }

    /// Everything ends, and nothing is left.
    mutating func end() {
        for connection in pool.retire() { #expect(idle.removeValue(forKey: connection) != nil) }
        while !connecting.isEmpty || !leased.isEmpty {
            finishConnecting()
            release()
            check()
        }
        #expect(pool.isEmpty && waiting.isEmpty && idle.isEmpty)
    }

    private mutating func lease() {
        nextWaiter += 1
        let fresh = Int.random(in: 0..<20, using: &random) == 0
        switch pool.lease(for: nextWaiter, fresh: fresh, now: now) {
        case .reuse(let key, let connection):
            #expect(idle.removeValue(forKey: connection) == key)
            leased.append((key, connection))
        case .connect(let key, let closing):
            if let closing { #expect(idle.removeValue(forKey: closing) != nil) }
            connecting.append(key)
        case .wait(let ticket):
            #expect(pool.count == limits.connections && idle.isEmpty)
            waiting.append((nextWaiter, ticket))
        case .full:
            #expect(waiting.count == limits.waiting)
        }
    }

    private mutating func finishConnecting() {
        guard let place = connecting.indices.randomElement(using: &random) else { return }
        let key = connecting.remove(at: place)
        if Int.random(in: 0..<4, using: &random) == 0 {
            follow(pool.connectFailed(key))
        } else {
            nextConnection += 1
            pool.connected(key, nextConnection)
            leased.append((key, nextConnection))
        }
    }

    private mutating func release() {
        guard let place = leased.indices.randomElement(using: &random) else { return }
        let (key, connection) = leased.remove(at: place)
        let isReusable = Int.random(in: 0..<4, using: &random) != 0
        let result = pool.release(key, reusable: isReusable, now: now)
        if result.closing != connection, !isServed(result.next) { idle[connection] = key }
        if let closing = result.closing, closing != connection { #expect(idle.removeValue(forKey: closing) != nil) }
        follow(result.next)
    }

    private func isServed(_ next: Pool.Next) -> Bool {
        if case .serve = next { true } else { false }
    }

    /// A connection breaks, idle or not.
    private mutating func lose() {
        if Bool.random(using: &random), let (connection, key) = idle.min(by: { $0.key < $1.key }) {
            idle[connection] = nil
            follow(pool.closed(key))
        } else if let place = leased.indices.randomElement(using: &random) {
            follow(pool.closed(leased.remove(at: place).key))
        }
    }

    private mutating func cancel() {
        guard let place = waiting.indices.randomElement(using: &random) else { return }
        pool.cancel(waiting.remove(at: place).ticket)
    }

    private mutating func expire() {
        let result = pool.expire(now: now)
        for connection in result.closing { #expect(idle.removeValue(forKey: connection) != nil) }
        for waiter in result.timedOut {
            #expect(waiting.first?.waiter == waiter)
            waiting.removeFirst()
        }
    }

    private mutating func follow(_ next: Pool.Next) {
        switch next {
        case .nothing: return
        case .serve(let waiter, let key, let connection):
            takeFirst(waiter)
            leased.append((key, connection))
        case .connect(let waiter, let key):
            takeFirst(waiter)
            connecting.append(key)
        }
    }

    private mutating func takeFirst(_ waiter: Int) {
        #expect(waiting.first?.waiter == waiter)
        if !waiting.isEmpty { waiting.removeFirst() }
    }

    private func check() {
        let isRight =
            pool.count == connecting.count + leased.count + idle.count && pool.idleCount == idle.count
            && pool.waitingCount == waiting.count && idle.count <= limits.idle
            && (limits.connections == 0 || pool.count <= limits.connections)
            && (waiting.isEmpty || pool.count == limits.connections && idle.isEmpty)
        if !isRight { Issue.record("at \(now): \(pool.count) \(pool.idleCount) \(pool.waitingCount)") }
    }
}
