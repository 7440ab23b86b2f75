import EventLoop
import TLS

/// The connections of one loop. It passes the events of each socket to its connection, and lets the connections that were touched
/// write and read on.
///
/// An event is handled in three steps, so that no handler is called in the middle of another: the event changes its connection
/// and those that it concerns; then each of these that has something to write, or more to read, does so
/// (`SocketConnection.goOn`); then those that have ended are told (`gone`). HTTP/2 connections go on at the end of the loop's
/// turn, so that one write serves many streams.
class Connections: LoopClient {
    let loop: Loop
    final var clock = LoopClock()
    final let deadlines = DeadlineList()
    /// The scratch buffers of TLS sessions.
    final let workspace = Workspace()
    private var members: [SocketConnection?] = []
    private var free: [Int] = []
    private var touched: [SocketConnection] = []
    private var late: [SocketConnection] = []
    private var ended: [(SocketConnection, SystemError?)] = []
    private var isClockFresh = false
    /// The number of events in this turn.
    final private(set) var events = 0

    /// The milliseconds between two checks of the deadlines; timeouts are only this exact.
    private static let granularity = 25

    init(_ loop: Loop) {
        self.loop = loop
        super.init()
        clock.refresh()
    }

    /// Counts an event, and reads the clock once for each turn.
    final func refreshClock() {
        events &+= 1
        guard !isClockFresh else { return }
        isClockFresh = true
        clock.refresh()
        timeIsRead()
    }

    /// Called when the clock has been read.
    func timeIsRead() {}

    // MARK: Members

    final func insert(_ connection: SocketConnection) -> Int {
        let place = free.popLast() ?? members.count
        if place == members.count { members.append(connection) } else { members[place] = connection }
        return place
    }

    final func remove(_ place: Int) {
        members[place] = nil
        free.append(place)
    }

    /// All connections, including those being made.
    final var all: [SocketConnection] { members.compactMap { $0 } }

    /// Lets a connection write and read on once the current event has been handled.
    final func touch(_ connection: SocketConnection) {
        guard !connection.isTouched else { return }
        connection.isTouched = true
        if connection.waitsForTurn { late.append(connection) } else { touched.append(connection) }
    }

    /// Notes that the connection's socket is closed.
    final func left(_ connection: SocketConnection, _ error: SystemError?) { ended.append((connection, error)) }

    /// Lets touched connections go on, and tells connections that have ended.
    final func settle() {
        while true {
            if let connection = touched.popLast() {
                connection.isTouched = false
                connection.goOn()
            } else if let (connection, error) = ended.popLast() {
                connection.conclude(error)
            } else {
                return
            }
        }
    }

    /// Called when a job that was posted to the loop is done.
    final func jobDone() { settle() }

    // MARK: Events

    final override func connected(_ socket: SocketID, _ owner: SocketOwner) {
        refreshClock()
        members[Int(owner.index)]?.socketConnected()
        settle()
    }

    final override func received(_ bytes: Span<UInt8>, on socket: SocketID, _ owner: SocketOwner) {
        refreshClock()
        members[Int(owner.index)]?.socketReceived(bytes)
        settle()
    }

    final override func leaving(_ socket: SocketID, _ owner: SocketOwner, isBroken: Bool) {
        refreshClock()
        members[Int(owner.index)]?.leaving(isBroken: isBroken)
        settle()
    }

    final override func ended(_ socket: SocketID, _ owner: SocketOwner) {
        refreshClock()
        members[Int(owner.index)]?.socketEnded()
        settle()
    }

    final override func drained(_ socket: SocketID, _ owner: SocketOwner) {
        refreshClock()
        members[Int(owner.index)]?.socketDrained()
        settle()
    }

    final override func failed(_ socket: SocketID, _ owner: SocketOwner, _ error: SystemError) {
        refreshClock()
        members[Int(owner.index)]?.socketFailed(error)
        settle()
    }

    final override func alarm() {
        refreshClock()
        alarmAt = .max
        // A member that closes its connection can remove others.
        for member in deadlines.due(now: clock.now) where member.isTimed && member.deadline == .max {
            member.deadlinePassed()
            settle()
        }
        tick()
        settle()
    }

    /// Called periodically while `wantsTick` is true.
    func tick() {}

    /// Whether there is something for `tick` to do.
    var wantsTick: Bool { false }

    /// Called once at the end of each turn.
    func turnEnds() {}

    /// Whether more is left to do than one turn should take; the next turn then does not wait.
    var isPressed: Bool { false }

    final override func endTurn() {
        settle()
        turnEnds()
        while !late.isEmpty {
            // Connections that are touched meanwhile are served in this turn too.
            var due: [SocketConnection] = []
            swap(&due, &late)
            for connection in due {
                connection.isTouched = false
                connection.goOn()
                settle()
            }
            if late.isEmpty {
                due.removeAll(keepingCapacity: true)
                swap(&due, &late)
            }
        }
        isClockFresh = false
        turn &+= 1
        events = 0
        rearm()
    }

    /// The number of this turn of the loop: everything that was polled together is read in the same turn, and what is done at the
    /// end of a turn is still part of it.
    final private(set) var turn = 0
    private var alarmAt = Int.max

    /// Sets the alarm; called only at the end of a turn. An alarm that is set while handling one, for a time that has come, would
    /// go off again before the loop looks at its sockets.
    private func rearm() {
        var next = deadlines.nextMoment
        if next < .max { next = next / Self.granularity * Self.granularity &+ Self.granularity }
        if isPressed { next = clock.now }
        if wantsTick { next = min(next, clock.now &+ Self.granularity) }
        // An alarm that goes off too early is harmless: nothing is due then, and it is set again.
        guard next < alarmAt else { return }
        alarmAt = next
        loop.setAlarm(at: next)
    }
}
