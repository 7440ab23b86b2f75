import EventLoop
import TLS

/// The connections of one loop: tells each of them what happens at its socket, and has those that were touched say what they have to
/// say.
///
/// What happens is carried out in three steps, so that nothing is called in the middle of itself: an event changes a connection and those
/// that it concerns; then each of these that has something to write, or more to read, does so (`SocketConnection.goOn`); then those
/// that have ended are told so (`gone`). HTTP/2 connections go on at the end of the loop's turn, so that one write serves many streams.
class Connections: LoopClient {
    let loop: Loop
    final var clock = LoopClock()
    final let deadlines = DeadlineList()
    /// For sessions of TLS.
    final let workspace = Workspace()
    private var members: [SocketConnection?] = []
    private var free: [Int] = []
    private var touched: [SocketConnection] = []
    private var late: [SocketConnection] = []
    private var ended: [(SocketConnection, SystemError?)] = []
    private var isClockFresh = false
    /// How often something happened in this turn.
    final private(set) var events = 0

    /// How often deadlines are looked at; timeouts are as exact as this.
    private static let granularity = 25

    init(_ loop: Loop) {
        self.loop = loop
        super.init()
        clock.refresh()
    }

    /// The clock is read once for each turn.
    final func refreshClock() {
        events &+= 1
        guard !isClockFresh else { return }
        isClockFresh = true
        clock.refresh()
        timeIsRead()
    }

    /// The clock has been read.
    func timeIsRead() {}

    // MARK: Who there is

    final func insert(_ connection: SocketConnection) -> Int {
        let place = free.popLast() ?? members.count
        if place == members.count { members.append(connection) } else { members[place] = connection }
        return place
    }

    final func remove(_ place: Int) {
        members[place] = nil
        free.append(place)
    }

    /// Nobody is connected, or connecting.
    final var isEmpty: Bool { free.count == members.count }
    /// Everybody who is connected, or connecting.
    final var all: [SocketConnection] { members.compactMap { $0 } }

    /// The connection has something to say, or to read, when what happens now has been told.
    final func touch(_ connection: SocketConnection) {
        guard !connection.isTouched else { return }
        connection.isTouched = true
        if connection.waitsForTurn { late.append(connection) } else { touched.append(connection) }
    }

    /// The connection's socket is closed.
    final func left(_ connection: SocketConnection, _ error: SystemError?) { ended.append((connection, error)) }

    /// Has those go on that were touched, and those know that have ended.
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

    /// A job from elsewhere has been done.
    final func jobDone() { settle() }

    // MARK: What happens

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

    final override func leaving(_ socket: SocketID, _ owner: SocketOwner) {
        refreshClock()
        members[Int(owner.index)]?.leaving()
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
        // One that closes its connection takes others with it.
        for member in deadlines.due(now: clock.now) where member.isTimed && member.deadline == .max {
            member.deadlinePassed()
            settle()
        }
        tick()
        settle()
    }

    /// Now and then, as often as `wantsTick` says.
    func tick() {}

    /// There is something that `tick` looks after.
    var wantsTick: Bool { false }

    /// What is to be done once in each turn.
    func turnEnds() {}

    /// There is more to do than one turn should: the next one does not wait.
    var isPressed: Bool { false }

    final override func endTurn() {
        settle()
        turnEnds()
        while !late.isEmpty {
            // Those that are touched meanwhile are served in this turn too.
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
        events = 0
        rearm()
    }

    private var alarmAt = Int.max

    /// At the end of a turn alone: an alarm that is set from within one, for a moment that has come, goes off again before the loop looks at
    /// its sockets.
    private func rearm() {
        var next = deadlines.nextMoment
        if next < .max { next = next / Self.granularity * Self.granularity &+ Self.granularity }
        if isPressed { next = clock.now }
        if wantsTick { next = min(next, clock.now &+ Self.granularity) }
        // One that goes off too early looks and waits on.
        guard next < alarmAt else { return }
        alarmAt = next
        loop.setAlarm(at: next)
    }
}
