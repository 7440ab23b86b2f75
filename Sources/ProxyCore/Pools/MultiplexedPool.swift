/// The connections of one event loop to one server that carry many exchanges each: which exchange goes on which, who waits,
/// when another connection is made, and what is closed.
///
/// Without I/O and without a clock, as `ConnectionPool` is. The owner reports what happened, and asks `next` what to do until
/// it says `nothing`. An exchange counts on its connection from the moment it gets it until `ended`.
package struct MultiplexedPool<Connection, Waiter> {
    /// 0 is no limit, except for waiters.
    package struct Limits: Sendable, Hashable {
        /// Connections at once, those being made included; those that take no more exchanges do not count.
        package var connections = 0
        /// Exchanges at once on one connection; the peer may allow fewer.
        package var streams = 100
        /// How many a peer is thought to allow before it has said so.
        package var guess = 100
        /// Exchanges that may wait for a connection; beyond it they are turned away.
        package var waiting = 1_024
        /// How long a connection without an exchange is kept.
        package var idleTime = 60_000
        /// How long an exchange may wait.
        package var waitingTime = 0

        package init() {}
    }

    package typealias Key = SlotKey
    package typealias Ticket = SlotKey

    package enum Lease {
        /// This connection, which served an exchange before if it is `used`.
        case use(Key, Connection, used: Bool)
        /// The exchange is in the queue, until `next` names it, `connectFailed` or `expire` returns it, or `cancel` takes it
        /// out.
        case wait(Ticket)
        /// The queue is full too.
        case full
    }

    package enum Next {
        case nothing
        /// This connection takes the exchange that waited longest.
        case serve(Waiter, Key, Connection, used: Bool)
        /// Make a connection; then `connected` or `connectFailed`. The exchange is the one that waits longest, and goes on
        /// waiting.
        case connect(Key, for: Waiter)
    }

    struct Member {
        /// Nil while it is being made.
        var connection: Connection?
        var capacity = 0
        var open = 0
        var isUsed = false
        /// It takes no more exchanges.
        var isLeaving = false
        var idleSince = 0
    }

    struct Pending {
        var waiter: Waiter
        var deadline: Int
    }

    private let limits: Limits
    /// Linked are those that take an exchange now.
    private var members = LinkedSlots<Member>()
    private var queue = LinkedSlots<Pending>()
    private var connecting = 0
    private var leaving = 0
    /// Exchanges that have a connection.
    package private(set) var openCount = 0
    /// What the peer allowed last: the guess for a connection that has not said it yet.
    private var usual: Int
    private var isRetired = false

    package init(_ limits: Limits) {
        self.limits = limits
        usual = limits.streams == 0 ? limits.guess : min(limits.streams, limits.guess)
    }

    /// Connections, those being made and those that take no more included.
    package var count: Int { members.count }
    package var waitingCount: Int { queue.count }
    package var isEmpty: Bool { members.count == 0 && queue.count == 0 }

    /// An exchange needs a connection. On `wait`, ask `next`.
    package mutating func lease(for waiter: @autoclosure () -> Waiter, now: Int) -> Lease {
        if queue.count == 0, let (key, connection, used) = take() { return .use(key, connection, used: used) }
        guard queue.count < limits.waiting else { return .full }
        let ticket = queue.insert(Pending(waiter: waiter(), deadline: Self.after(limits.waitingTime, from: now)))
        queue.link(ticket)
        return .wait(ticket)
    }

    /// What to do for those who wait.
    package mutating func next(now: Int) -> Next {
        guard let longest = queue.first, let pending = queue[longest] else { return .nothing }
        if wantsAnother {
            connecting += 1
            return .connect(members.insert(Member()), for: pending.waiter)
        }
        guard let (key, connection, used) = take() else { return .nothing }
        queue.remove(longest)
        return .serve(pending.waiter, key, connection, used: used)
    }

    /// The connection was made.
    package mutating func connected(_ key: Key, _ connection: Connection, now: Int) {
        guard var member = members[key], member.connection == nil else { return }
        connecting -= 1
        member.connection = connection
        member.capacity = usual
        member.idleSince = now
        members[key] = member
        if isRetired { leave(key) } else { place(key) }
    }

    /// The connection could not be made. Returns those who waited for it and for whom there is no other.
    package mutating func connectFailed(_ key: Key, now: Int) -> [Waiter] {
        guard members.remove(key) != nil else { return [] }
        connecting -= 1
        guard members.count - leaving == 0 else { return [] }
        var failed: [Waiter] = []
        while let longest = queue.first, let pending = queue.remove(longest) { failed.append(pending.waiter) }
        return failed
    }

    /// The peer allows so many exchanges at once from now on.
    package mutating func allows(_ key: Key, _ capacity: Int) {
        let capacity = max(0, limits.streams == 0 ? capacity : min(capacity, limits.streams))
        members[key]?.capacity = capacity
        usual = max(1, capacity)
        place(key)
    }

    /// The connection takes no more exchanges: the peer said so, or what it says is not to be trusted.
    package mutating func leave(_ key: Key) {
        guard let member = members[key], !member.isLeaving, member.connection != nil else { return }
        members[key]?.isLeaving = true
        leaving += 1
        members.unlink(key)
    }

    /// An exchange is done with its connection. Returns the connection when it is to be closed.
    package mutating func ended(_ key: Key, now: Int) -> Connection? {
        guard let member = members[key], member.open > 0 else { return nil }
        members[key]?.open -= 1
        openCount -= 1
        members[key]?.idleSince = now
        guard member.isLeaving else {
            place(key)
            return nil
        }
        guard member.open == 1 else { return nil }
        remove(key)
        return member.connection
    }

    /// A connection is gone, whatever it was doing.
    package mutating func closed(_ key: Key) { remove(key) }

    /// An exchange waits no longer.
    package mutating func cancel(_ ticket: Ticket) { queue.remove(ticket) }

    /// Time has passed: takes out the connections that had no exchange for too long, to be closed, and the exchanges that have
    /// waited for too long, to be answered.
    package mutating func expire(now: Int) -> (closing: [Connection], timedOut: [Waiter]) {
        var closing: [Connection] = []
        if limits.idleTime > 0 {
            for key in members.keys {
                guard let member = members[key], member.open == 0, let connection = member.connection,
                    now &- member.idleSince >= limits.idleTime
                else { continue }
                remove(key)
                closing.append(connection)
            }
        }
        var timedOut: [Waiter] = []
        while let longest = queue.first, let pending = queue[longest], pending.deadline <= now {
            queue.remove(longest)
            timedOut.append(pending.waiter)
        }
        return (closing, timedOut)
    }

    /// Keeps nothing from now on. Returns the connections without an exchange, to be closed; `ended` returns the others.
    package mutating func retire() -> [Connection] {
        isRetired = true
        var closing: [Connection] = []
        for key in members.keys {
            guard let member = members[key], let connection = member.connection else { continue }
            if member.open == 0 {
                remove(key)
                closing.append(connection)
            } else {
                leave(key)
            }
        }
        return closing
    }

    // MARK: Inside

    /// The connection that had room first.
    private mutating func take() -> (Key, Connection, used: Bool)? {
        guard let key = members.first, var member = members[key], let connection = member.connection else { return nil }
        let used = member.isUsed
        member.open += 1
        openCount += 1
        member.isUsed = true
        members[key] = member
        if member.open >= member.capacity { members.unlink(key) }
        place(key)
        return (key, connection, used)
    }

    /// Links a connection that takes an exchange, and no other.
    private mutating func place(_ key: Key) {
        guard let member = members[key] else { return }
        if member.connection != nil, !member.isLeaving, member.open < member.capacity {
            members.link(key)
        } else {
            members.unlink(key)
        }
    }

    private mutating func remove(_ key: Key) {
        guard let member = members.remove(key) else { return }
        openCount -= member.open
        if member.connection == nil { connecting -= 1 }
        if member.isLeaving { leaving -= 1 }
    }

    private var hasRoom: Bool { limits.connections == 0 || members.count - leaving < limits.connections }

    /// Those who wait need more connections than there are.
    private var wantsAnother: Bool {
        let expected = connecting.multipliedReportingOverflow(by: usual)
        return hasRoom && members.linkedCount == 0 && !expected.overflow && queue.count > expected.partialValue
    }

    private static func after(_ duration: Int, from now: Int) -> Int {
        guard duration > 0 else { return .max }
        let (sum, overflow) = now.addingReportingOverflow(duration)
        return overflow ? .max : sum
    }
}
