/// The connections of one event loop to one server: which exchange gets which, who waits, and what is closed.
///
/// Without I/O and without a clock: each call says what happened, and its result says what to do. `Connection` and `Waiter`
/// are what the owner knows them by, objects or numbers. Times are milliseconds of any clock that does not go back.
/// Leasing and releasing are O(1) and allocate nothing once the pool has seen its largest number of connections.
public struct ConnectionPool<Connection, Waiter> {
    /// 0 is no limit, except for idle connections, of which 0 keeps none, and for waiters.
    public struct Limits: Sendable, Hashable {
        /// Connections at once, those being made and idle ones included.
        public var connections = 0
        /// Idle ones at the most. Up to `idleAlways` stay until they are too old; beyond it there are as many as were in use at once
        /// in the last `peakTime`.
        public var idle = 1_024
        public var idleAlways = 64
        public var peakTime = 10_000
        /// Exchanges that may wait for a connection; beyond it they are turned away.
        public var waiting = 1_024
        /// How long a connection may be idle; an older one is not used again.
        public var idleTime = 60_000
        /// How long an exchange may wait.
        public var waitingTime = 0

        public init() {}
    }

    /// A connection's place in the pool, from the decision to make it until it is released for good or closed.
    public typealias Key = SlotKey
    /// An exchange's place in the queue.
    public typealias Ticket = SlotKey

    public enum Lease {
        /// An idle connection: the one that was used last.
        case reuse(Key, Connection)
        /// Make a connection; then `connected` or `connectFailed`. An idle one may have to be closed to make room.
        case connect(Key, closing: Connection?)
        /// The exchange is in the queue, until a `Next` names it, `expire` returns it, or it is taken out by `cancel`.
        case wait(Ticket)
        /// The queue is full too.
        case full
    }

    /// What a change means for an exchange that waits.
    public enum Next {
        case nothing
        /// This connection is its from now on.
        case serve(Waiter, Key, Connection)
        /// Make a connection for it.
        case connect(Waiter, Key)
    }

    @usableFromInline
    struct Member {
        /// Nil while it is being made.
        @usableFromInline var connection: Connection?
        @usableFromInline var idleSince = 0

        @inlinable
        init() {}
    }

    @usableFromInline
    struct Pending {
        @usableFromInline var waiter: Waiter
        @usableFromInline var deadline: Int

        @inlinable
        init(waiter: Waiter, deadline: Int) {
            self.waiter = waiter
            self.deadline = deadline
        }
    }

    @usableFromInline let limits: Limits
    /// All connections; those that are idle are linked, the one that was used last at the end.
    @usableFromInline var members = LinkedSlots<Member>()
    /// All linked, the one that waits longest first.
    @usableFromInline var queue = LinkedSlots<Pending>()
    @usableFromInline var isRetired = false
    /// The most connections that were in use at once, in this span of time and in the one before.
    @usableFromInline var peak = 0
    @usableFromInline var formerPeak = 0
    @usableFromInline var peakSince = 0

    /// Idle connections that are closed in one turn because fewer are needed: none of them holds up the others.
    @usableFromInline static var closedAtOnce: Int { 16 }

    @inlinable
    public init(_ limits: Limits) { self.limits = limits }

    /// Connections, those being made included.
    @inlinable public var count: Int { members.count }
    @inlinable public var idleCount: Int { members.linkedCount }
    @inlinable public var waitingCount: Int { queue.count }
    /// There is nothing left to look after.
    @inlinable public var isEmpty: Bool { members.count == 0 && queue.count == 0 }

    /// An exchange needs a connection; a `fresh` one when an idle one has just turned out to be closed.
    @inlinable
    public mutating func lease(for waiter: @autoclosure () -> Waiter, fresh: Bool = false, now: Int) -> Lease {
        if !fresh, let newest = members.last, let member = members[newest], let connection = member.connection,
            !hasExpired(member, now: now)
        {
            members.unlink(newest)
            notePeak(now: now)
            return .reuse(newest, connection)
        }
        if hasRoom {
            let key = members.insert(Member())
            notePeak(now: now)
            return .connect(key, closing: nil)
        }
        if let oldest = members.first {
            let removed = members.remove(oldest)
            let key = members.insert(Member())
            notePeak(now: now)
            return .connect(key, closing: removed?.connection)
        }
        guard queue.count < limits.waiting else { return .full }
        let ticket = queue.insert(Pending(waiter: waiter(), deadline: Self.after(limits.waitingTime, from: now)))
        queue.link(ticket)
        return .wait(ticket)
    }

    /// The connection was made; it belongs to the exchange that asked for it.
    @inlinable
    public mutating func connected(_ key: Key, _ connection: Connection) {
        members[key]?.connection = connection
    }

    /// The connection could not be made, or its exchange has gone before it was.
    @inlinable
    public mutating func connectFailed(_ key: Key) -> Next { closed(key) }

    /// An exchange is done with its connection. `reusable`: the last response was cleanly framed and neither side wants to
    /// close. Returns a connection to be closed, perhaps another one, and what becomes of the exchange that waits longest.
    @inlinable
    public mutating func release(_ key: Key, reusable: Bool, now: Int) -> (closing: Connection?, next: Next) {
        guard let connection = members[key]?.connection, !members.isLinked(key) else { return (nil, .nothing) }
        guard reusable, !isRetired else {
            members.remove(key)
            return (connection, replacement())
        }
        if let longest = queue.first, let pending = queue.remove(longest) {
            return (nil, .serve(pending.waiter, key, connection))
        }
        members[key]?.idleSince = now
        members.link(key)
        guard members.linkedCount > keptIdle, let oldest = members.first else { return (nil, .nothing) }
        return (members.remove(oldest)?.connection, .nothing)
    }

    /// A connection is gone, whatever it was doing.
    @inlinable
    public mutating func closed(_ key: Key) -> Next {
        members.remove(key) == nil ? .nothing : replacement()
    }

    /// An exchange waits no longer.
    @inlinable
    public mutating func cancel(_ ticket: Ticket) { queue.remove(ticket) }

    /// Time has passed: takes out the connections that were idle for too long or are no longer needed, to be closed, and the
    /// exchanges that have waited for too long, to be answered.
    @inlinable
    public mutating func expire(now: Int) -> (closing: [Connection], timedOut: [Waiter]) {
        var closing: [Connection] = []
        while let oldest = members.first, let member = members[oldest], hasExpired(member, now: now) {
            members.remove(oldest)
            if let connection = member.connection { closing.append(connection) }
        }
        notePeak(now: now)
        let surplus = min(members.linkedCount - keptIdle, Self.closedAtOnce - closing.count)
        for _ in 0..<max(0, surplus) {
            guard let oldest = members.first else { break }
            if let connection = members.remove(oldest)?.connection { closing.append(connection) }
        }
        var timedOut: [Waiter] = []
        while let longest = queue.first, let pending = queue[longest], pending.deadline <= now {
            queue.remove(longest)
            timedOut.append(pending.waiter)
        }
        return (closing, timedOut)
    }

    /// Keeps nothing from now on, because the process drains or the configuration has changed. Returns the idle
    /// connections, to be closed; the others are when they are released. Exchanges of old may still lease.
    @inlinable
    public mutating func retire() -> [Connection] {
        isRetired = true
        let idle = members.linked.compactMap(\.connection)
        while let oldest = members.first { members.remove(oldest) }
        return idle
    }

    /// How many idle connections stay.
    @inlinable var keptIdle: Int { min(limits.idle, max(limits.idleAlways, peak, formerPeak)) }

    @inlinable
    mutating func notePeak(now: Int) {
        let used = members.count &- members.linkedCount
        if now &- peakSince >= limits.peakTime {
            // After a pause the former peak is long past.
            formerPeak = now &- peakSince >= 2 &* limits.peakTime ? used : peak
            (peak, peakSince) = (used, now)
        } else if used > peak {
            peak = used
        }
    }

    @inlinable var hasRoom: Bool { limits.connections == 0 || members.count < limits.connections }

    @inlinable
    func hasExpired(_ member: Member, now: Int) -> Bool {
        limits.idleTime > 0 && now &- member.idleSince >= limits.idleTime
    }

    /// There is room for another connection: for the exchange that waits longest.
    @inlinable
    mutating func replacement() -> Next {
        guard hasRoom, let longest = queue.first, let pending = queue.remove(longest) else { return .nothing }
        return .connect(pending.waiter, members.insert(Member()))
    }

    @inlinable
    static func after(_ duration: Int, from now: Int) -> Int {
        guard duration > 0 else { return .max }
        let (sum, overflow) = now.addingReportingOverflow(duration)
        return overflow ? .max : sum
    }
}
