/// The connections of one event loop to one server that carry many exchanges each. It decides which exchange goes on which, who
/// waits, when another connection is made, and what is closed.
///
/// It has no I/O and no clock, like `ConnectionPool`. The owner reports what happened, and asks `next` what to do until it says
/// `nothing`. An exchange counts on its connection from the moment it gets it until `ended`.
public struct MultiplexedPool<Connection, Waiter> {
    /// The limits, of which 0 means no limit, except for waiters.
    public struct Limits: Sendable, Hashable {
        /// The number of connections at once, including those being made; those that take no more exchanges do not count.
        public var connections = 0
        /// The number of exchanges at once on one connection; the peer may allow fewer.
        public var streams = 100
        /// The number of exchanges that a peer is assumed to allow before it has stated one.
        public var guess = 100
        /// The number of exchanges that may wait for a connection; beyond it they are turned away.
        public var waiting = 1_024
        /// The time that a connection without an exchange is kept.
        public var idleTime = 60_000
        /// The time that an exchange may wait.
        public var waitingTime = 0

        public init() {}
    }

    public typealias Key = SlotKey
    public typealias Ticket = SlotKey

    public enum Lease {
        /// Use this connection, which served an exchange before if it is `used`.
        case use(Key, Connection, used: Bool)
        /// The exchange is in the queue until `next` names it, `connectFailed` or `expire` returns it, or `cancel` removes it.
        case wait(Ticket)
        /// There is no connection, and the queue is full.
        case full
    }

    public enum Next {
        case nothing
        /// Give this connection to the exchange that has waited longest.
        case serve(Waiter, Key, Connection, used: Bool)
        /// Make a connection, then call `connected` or `connectFailed`. The exchange is the one that has waited longest, and
        /// continues to wait.
        case connect(Key, for: Waiter)
    }

    struct Member {
        /// The connection; nil while it is being made.
        var connection: Connection?
        var capacity = 0
        var open = 0
        var isUsed = false
        /// Whether the connection takes no more exchanges.
        var isLeaving = false
        var idleSince = 0
    }

    struct Pending {
        var waiter: Waiter
        var deadline: Int
    }

    private let limits: Limits
    /// All connections, of which those that can take an exchange now are linked.
    private var members = LinkedSlots<Member>()
    private var queue = LinkedSlots<Pending>()
    private var connecting = 0
    private var leaving = 0
    /// The number of exchanges that have a connection.
    public private(set) var openCount = 0
    /// The number of exchanges that the peer allowed last, which is assumed for a new connection.
    private var usual: Int
    private var isRetired = false

    public init(_ limits: Limits) {
        self.limits = limits
        usual = limits.streams == 0 ? limits.guess : min(limits.streams, limits.guess)
    }

    /// The number of connections, including those being made and those that take no more exchanges.
    public var count: Int { members.count }
    public var waitingCount: Int { queue.count }
    public var isEmpty: Bool { members.count == 0 && queue.count == 0 }

    /// Requests a connection for an exchange. After `wait`, the owner asks `next`.
    public mutating func lease(for waiter: @autoclosure () -> Waiter, now: Int) -> Lease {
        if queue.count == 0, let (key, connection, used) = take() { return .use(key, connection, used: used) }
        guard queue.count < limits.waiting else { return .full }
        let ticket = queue.insert(Pending(waiter: waiter(), deadline: Self.after(limits.waitingTime, from: now)))
        queue.link(ticket)
        return .wait(ticket)
    }

    /// Returns what to do for the waiting exchanges.
    public mutating func next(now: Int) -> Next {
        guard let longest = queue.first, let pending = queue[longest] else { return .nothing }
        if wantsAnother {
            connecting += 1
            return .connect(members.insert(Member()), for: pending.waiter)
        }
        guard let (key, connection, used) = take() else { return .nothing }
        queue.remove(longest)
        return .serve(pending.waiter, key, connection, used: used)
    }

    /// Notes that the connection was made.
    public mutating func connected(_ key: Key, _ connection: Connection, now: Int) {
        guard var member = members[key], member.connection == nil else { return }
        connecting -= 1
        member.connection = connection
        member.capacity = usual
        member.idleSince = now
        members[key] = member
        place(key)
    }

    /// Notes that the connection could not be made. Returns the waiters for whom there is no other connection.
    public mutating func connectFailed(_ key: Key, now: Int) -> [Waiter] {
        guard members.remove(key) != nil else { return [] }
        connecting -= 1
        guard members.count - leaving == 0 else { return [] }
        var failed: [Waiter] = []
        while let longest = queue.first, let pending = queue.remove(longest) { failed.append(pending.waiter) }
        return failed
    }

    /// Sets the number of exchanges that the peer allows at once from now on.
    public mutating func allows(_ key: Key, _ capacity: Int) {
        let capacity = max(0, limits.streams == 0 ? capacity : min(capacity, limits.streams))
        members[key]?.capacity = capacity
        usual = max(1, capacity)
        place(key)
    }

    /// Stops giving exchanges to the connection, because the peer said so or can no longer be trusted. Returns the connection when
    /// it is to be closed.
    public mutating func leave(_ key: Key) -> Connection? {
        guard let member = members[key], !member.isLeaving, let connection = member.connection else { return nil }
        guard member.open > 0 else {
            remove(key)
            return connection
        }
        members[key]?.isLeaving = true
        leaving += 1
        members.unlink(key)
        return nil
    }

    /// Notes that an exchange is done with its connection. Returns the connection when it is to be closed.
    public mutating func ended(_ key: Key, now: Int) -> Connection? {
        guard let member = members[key], member.open > 0 else { return nil }
        members[key]?.open -= 1
        openCount -= 1
        members[key]?.idleSince = now
        guard member.open == 1, member.isLeaving || isOver else {
            place(key)
            return nil
        }
        remove(key)
        return member.connection
    }

    /// Notes that a connection is gone, whatever it was doing.
    public mutating func closed(_ key: Key) { remove(key) }

    /// Removes an exchange from the queue.
    public mutating func cancel(_ ticket: Ticket) { queue.remove(ticket) }

    /// Removes what has timed out: the connections that had no exchange for too long, to be closed, and the exchanges that have
    /// waited for too long, to be answered.
    public mutating func expire(now: Int) -> (closing: [Connection], timedOut: [Waiter]) {
        var closing: [Connection] = []
        if limits.idleTime > 0 || isOver {
            for key in members.keys {
                guard let member = members[key], member.open == 0, let connection = member.connection,
                    isOver || now &- member.idleSince >= limits.idleTime
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

    /// Makes the pool keep nothing from now on. Returns the connections without an exchange, to be closed; `ended` and `expire`
    /// return the others. Exchanges that wait, or come back to be repeated, are still served.
    public mutating func retire() -> [Connection] {
        isRetired = true
        var closing: [Connection] = []
        for key in members.keys {
            guard isOver, let member = members[key], member.open == 0, let connection = member.connection else { continue }
            remove(key)
            closing.append(connection)
        }
        return closing
    }

    // MARK: Inside

    /// Whether a connection without an exchange is of no more use.
    private var isOver: Bool { isRetired && queue.count == 0 }

    /// Takes a place on the connection that has had room for longest.
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

    /// Links a connection if it can take an exchange, and unlinks it otherwise.
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

    /// Whether the waiting exchanges need more connections than there are.
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
