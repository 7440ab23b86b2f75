/// The connections of one event loop to one server. It decides which exchange gets which, who waits, and what is closed.
///
/// It has no I/O and no clock: each call says what happened, and its result says what to do. `Connection` and `Waiter` are the
/// owner's handles for them, objects or numbers. Times are milliseconds of any clock that does not go back. Leasing and releasing
/// are O(1) and allocate nothing once the pool has seen its largest number of connections.
public struct ConnectionPool<Connection, Waiter> {
    /// The limits, of which 0 means no limit, except for idle connections, of which 0 keeps none, and for waiters.
    public struct Limits: Sendable, Hashable {
        /// The number of connections at once, including idle ones and those being made.
        public var connections = 0
        /// The largest number of idle connections. Up to `idleAlways` stay until they are too old; beyond that, as many stay as
        /// were in use at once in the last `peakTime`.
        public var idle = 1_024
        public var idleAlways = 64
        public var peakTime = 10_000
        /// The number of exchanges that may wait for a connection; beyond it they are turned away.
        public var waiting = 1_024
        /// The time that a connection may be idle; an older one is not used again.
        public var idleTime = 60_000
        /// The time that an exchange may wait.
        public var waitingTime = 0

        public init() {}
    }

    /// The handle of a connection, from the decision to make it until it is released for good or closed.
    public typealias Key = SlotKey
    /// The handle of a waiting exchange.
    public typealias Ticket = SlotKey

    public enum Lease {
        /// Use this idle connection, the one that was used last.
        case reuse(Key, Connection)
        /// Make a connection, then call `connected` or `connectFailed`. An idle one may have to be closed to make room.
        case connect(Key, closing: Connection?)
        /// The exchange is in the queue until a `Next` names it, `expire` returns it, or `cancel` removes it.
        case wait(Ticket)
        /// There is no connection, and the queue is full.
        case full
    }

    /// The consequence of a change for an exchange that waits.
    public enum Next {
        case nothing
        /// Give the waiting exchange this connection.
        case serve(Waiter, Key, Connection)
        /// Make a connection for the waiting exchange.
        case connect(Waiter, Key)
    }

    @usableFromInline
    struct Member {
        /// The connection; nil while it is being made.
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
    /// All connections. Idle ones are linked, with the one that was used last at the end.
    @usableFromInline var members = LinkedSlots<Member>()
    /// The waiting exchanges, all linked, with the one that has waited longest first.
    @usableFromInline var queue = LinkedSlots<Pending>()
    @usableFromInline var isRetired = false
    /// The largest numbers of connections that were in use at once, in the present span of time and in the one before.
    @usableFromInline var peak = 0
    @usableFromInline var formerPeak = 0
    @usableFromInline var peakSince = 0

    /// The number of surplus idle connections that are closed in one turn, limited so that they do not hold up the others.
    @usableFromInline static var closedAtOnce: Int { 16 }

    @inlinable
    public init(_ limits: Limits) { self.limits = limits }

    /// The number of connections, including those being made.
    @inlinable public var count: Int { members.count }
    @inlinable public var idleCount: Int { members.linkedCount }
    @inlinable public var waitingCount: Int { queue.count }
    /// Whether there are neither connections nor waiters.
    @inlinable public var isEmpty: Bool { members.count == 0 && queue.count == 0 }

    /// Requests a connection for an exchange; a `fresh` one when an idle one has just turned out to be closed.
    @inlinable
    public mutating func lease(for waiter: @autoclosure () -> Waiter, fresh: Bool = false, now: Int) -> Lease {
        if !fresh, let newest = members.last, !hasExpired(newest, now: now),
            let connection = members.read(newest, { $0.connection })
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

    /// Notes that the connection was made. It belongs to the exchange that asked for it.
    @inlinable
    public mutating func connected(_ key: Key, _ connection: Connection) {
        members[key]?.connection = connection
    }

    /// Notes that the connection could not be made, or is no longer made because its exchange has gone.
    @inlinable
    public mutating func connectFailed(_ key: Key) -> Next { closed(key) }

    /// Returns an exchange's connection to the pool. `reusable`: the last response was cleanly framed and neither side wants to
    /// close. The result is a connection to be closed, perhaps another one, and what becomes of the exchange that has waited
    /// longest.
    @inlinable
    public mutating func release(_ key: Key, reusable: Bool, now: Int) -> (closing: Connection?, next: Next) {
        guard isInUse(key) else { return (nil, .nothing) }
        guard reusable, !isRetired else {
            return (members.remove(key)?.connection, replacement())
        }
        if let longest = queue.first, let connection = members[key]?.connection, let pending = queue.remove(longest) {
            return (nil, .serve(pending.waiter, key, connection))
        }
        members.change(key) { $0.idleSince = now }
        members.link(key)
        guard members.linkedCount > keptIdle, let oldest = members.first else { return (nil, .nothing) }
        return (members.remove(oldest)?.connection, .nothing)
    }

    /// Notes that a connection is gone, whatever it was doing.
    @inlinable
    public mutating func closed(_ key: Key) -> Next {
        members.remove(key) == nil ? .nothing : replacement()
    }

    /// Removes an exchange from the queue.
    @inlinable
    public mutating func cancel(_ ticket: Ticket) { queue.remove(ticket) }

    /// Removes what has timed out: the connections that were idle for too long or are no longer needed, to be closed, and the
    /// exchanges that have waited for too long, to be answered.
    @inlinable
    public mutating func expire(now: Int) -> (closing: [Connection], timedOut: [Waiter]) {
        var closing: [Connection] = []
        while let oldest = members.first, hasExpired(oldest, now: now) {
            if let connection = members.remove(oldest)?.connection { closing.append(connection) }
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

    /// Makes the pool keep nothing from now on, because the process drains or the configuration has changed. Returns the idle
    /// connections, to be closed; the others are closed when they are released. Exchanges from before may still lease.
    @inlinable
    public mutating func retire() -> [Connection] {
        isRetired = true
        let idle = members.linked.compactMap(\.connection)
        while let oldest = members.first { members.remove(oldest) }
        return idle
    }

    /// The number of idle connections that stay.
    @inlinable var keptIdle: Int { min(limits.idle, max(limits.idleAlways, peak, formerPeak)) }

    @inlinable
    mutating func notePeak(now: Int) {
        let used = members.count &- members.linkedCount
        if now &- peakSince >= limits.peakTime {
            // After a pause the former peak is too old to count.
            formerPeak = now &- peakSince >= 2 &* limits.peakTime ? used : peak
            (peak, peakSince) = (used, now)
        } else if used > peak {
            peak = used
        }
    }

    @inlinable var hasRoom: Bool { limits.connections == 0 || members.count < limits.connections }

    @inlinable
    func hasExpired(_ key: Key, now: Int) -> Bool {
        guard limits.idleTime > 0, let since = members.read(key, { $0.idleSince }) else { return false }
        return now &- since >= limits.idleTime
    }

    /// Whether the connection at a place is there and not idle.
    @inlinable
    func isInUse(_ key: Key) -> Bool {
        !members.isLinked(key) && members.read(key) { $0.connection == nil ? nil : true } == true
    }

    /// Returns a connection to be made for the exchange that has waited longest, if there is room for one.
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
