import EventLoop
import HTTPModel
import HeaderPolicy
import Logging
import ProxyCore

/// Everything that one event loop has: connections, pools, clock, scratch buffers. Nothing in it is shared or locked.
final class Worker: Connections {
    /// The configuration in force, under which new exchanges begin.
    private(set) var configuration: CompiledConfiguration
    let reports: ReportDesk
    let shadowDesk: ShadowDesk
    let observer: (any ExchangeObserver)?
    let occupancy: Occupancy
    var connectionLog: ConnectionLog
    /// The log for messages to operators.
    let logger: Logger
    let memory: LoopMemory
    /// Writes the frames of all HTTP/2 connections of the loop.
    let frames = FrameWriter()
    /// The client's side of a relay that has no client any more, so that writers need not check.
    let nobody = DownstreamSide()
    /// All workers of the process, including this one. `place` is its index among them.
    var peers: [WorkerThread] = []
    var place = 0
    /// The index of the worker that the last accepted connection went to.
    var nextPeer = 0
    /// The purpose of each of this loop's listening sockets.
    var accepting: [ListenerID: Accepting] = [:]
    var lifetime = Drain()
    let loops: Int
    /// The workspaces that no connection is using.
    var workspaces = Shelf<HTTP1Workspace>()

    var counts = LoopCounts()
    /// The counts of earlier configurations, as far as the one in force has the same names.
    var past = MetricsSnapshot()

    /// The listeners under the configuration in force.
    var listeners: [ListenerContext] = []
    /// Listeners that are no longer configured, while connections may still come from their sockets.
    var leaving: [ListenerContext] = []
    /// The connection counts, by listener ID.
    var tallies: [Int: ListenerTally] = [:]
    /// The generation in force, followed by those whose exchanges still have connections to apps.
    var generations: [Generation] = []
    var clientCount = 0
    var whenStopped: ((Bool) -> Void)?
    var log: AccessLogBuffer
    private let accessLog: LogSink?

    /// Bodies up to this size are copied behind their head, so that one write sends both.
    static let copyLimit = 8 << 10
    /// The number of bytes that are collected for one write.
    static let outputLimit = 32 << 10
    /// The most bytes that a head may have where memory is short.
    static let shortHead = 8 << 10
    /// Connections that use less memory than this are not closed to free it.
    private static let heavy = 16 << 10
    /// The number of bytes that an HTTP/2 connection frames at a time.
    static let pumpLimit = 64 << 10
    /// The milliseconds for which a closed side waits for the other.
    static let lingerTimeout = 2_000
    /// The milliseconds between the two GOAWAYs of a drain, during which requests on their way arrive.
    static let shutdownNotice = 100
    /// The milliseconds for which a connection without a request stays open in a drain, because one may be on its way.
    static let lastCall = 500

    init(
        _ loop: Loop, provision: Provision, accessLog: LogSink?,
        reports: ReportDesk, shadowDesk: ShadowDesk, occupancy: Occupancy, budget: MemoryBudget, loops: Int,
        observer: (any ExchangeObserver)?,
        logger: Logger
    ) {
        self.occupancy = occupancy
        self.loops = loops
        memory = LoopMemory(budget)
        self.logger = logger
        self.reports = reports
        self.shadowDesk = shadowDesk
        self.observer = observer
        connectionLog = ConnectionLog(logger)
        configuration = provision.configuration
        self.accessLog = accessLog
        log = AccessLogBuffer(sink: accessLog, form: configuration.source.accessLog)
        super.init(loop)
    }

    override func timeIsRead() {
        let seconds = WallClock.unixSeconds()
        for generation in generations { generation.setTime(clock, unixSeconds: seconds) }
    }

    func pool(_ index: Int, of generation: Generation) -> UpstreamPool {
        keep(generation)
        return generation.pools[index]
    }

    /// Keeps the counts and the pools of an earlier configuration to which an exchange comes back late.
    func keep(_ generation: Generation) {
        if generation.configuration !== configuration, !generations.contains(where: { $0 === generation }) {
            generations.append(generation)
        }
    }

    /// The listener as it is under the configuration in force; nil if it is no longer configured.
    func listener(_ id: Int) -> ListenerContext? { listeners.first { $0.id == id } }

    /// The peer of a connection, with its address already formatted, so that no exchange has to do that.
    func peer(_ endpoint: Endpoint) -> Peer {
        switch endpoint {
        case .unix: return configuration.forwarding.unixPeer
        case .ipv4(let bits, let port):
            let address = IPAddress(v4: bits)
            return configuration.forwarding.peer(address: address, text: address.text, port: port)
        case .ipv6(let high, let low, _, let port):
            // The text also has the interface of a link-local address.
            let address = IPAddress(high: high, low: low)
            return configuration.forwarding.peer(address: address, text: Array(endpoint.address.utf8), port: port)
        }
    }

    /// The peer that a PROXY protocol header names; nil if the header keeps the connection's own.
    func peer(_ source: ProxyProtocol.Source) -> Peer? {
        switch source {
        case .connection: nil
        case .address(let address, let port): configuration.forwarding.peer(address: address, text: address.text, port: port)
        case .unix: configuration.forwarding.unixPeer
        }
    }

    /// The seconds since 1970.
    var unixSeconds: Int { WallClock.unixSeconds() }

    // MARK: Connections

    override func accepted(_ socket: SocketID, from peer: Endpoint, on listener: ListenerID) {
        refreshClock()
        welcome(socket, from: peer, on: listener)
    }

    override func acceptFailed(_ error: SystemError, on listener: ListenerID) {
        sayAcceptFailed(error, on: accepting[listener].map { "\($0.target)" })
    }

    /// Logs, at most once a second, that there are too few descriptors.
    func sayShortage(_ consequence: String) {
        guard occupancy.maySayShortage() else { return }
        logger.warning(
            "out of file descriptors: \(consequence)",
            metadata: ["open_files": "\(occupancy.descriptors.count)", "help": "\(DescriptorLimit.help)"])
    }

    /// The connections of clients at this moment.
    var clients: [DownstreamConnection] { all.compactMap { $0 as? DownstreamConnection } }

    func opened(_ connection: DownstreamConnection) {
        clientCount &+= 1
        lifetime.connectionOpened()
        connection.listener.tally.counts.opened &+= 1
    }

    func closed(_ connection: DownstreamConnection) {
        clientCount &-= 1
        connection.listener.tally.counts.closed &+= 1
        if lifetime.connectionClosed() == .stop { stopped(cleanly: true) }
    }

    // MARK: Handshakes

    var handshakes: [DownstreamConnection] = []
    /// The nanoseconds for handshakes in one turn of the loop. At least one is carried out however long it takes, because keys
    /// differ in cost. A client that starts a thousand at once only delays itself.
    private static let handshakeTime: UInt64 = 1_000_000

    func handshakeWaits(_ connection: DownstreamConnection) { handshakes.append(connection) }

    override func turnEnds() {
        guard !handshakes.isEmpty else { return }
        let end = Loop.nanoseconds() &+ Self.handshakeTime
        repeat {
            handshakes.removeFirst().answerHello()
            settle()
        } while !handshakes.isEmpty && Loop.nanoseconds() < end
    }

    override var isPressed: Bool { !handshakes.isEmpty }

    // MARK: Time

    /// Whether so much has happened in this turn that the loop may have polled more than once.
    var isTurnLong: Bool { events >= 1_000 }

    /// Whether a connection closes when its current exchange is done.
    var isDraining: Bool { lifetime.isDraining }

    /// Earlier configurations are also dropped when no client is connected.
    override var wantsTick: Bool {
        clientCount > 0 || !workspaces.isEmpty || generations.count > 1 || !generations.allSatisfy(\.isEmpty)
    }

    override func tick() {
        for generation in generations { for pool in generation.pools { pool.expire(now: clock.now) } }
        if generations.count > 1 { dropGenerations() }
        log.flush()
        for generation in generations { generation.context.inspection.flush() }
        lookAtMemory()
        if lifetime.tick(now: clock.now) == .stop { stop() }
    }

    private var ticks = 0

    /// The number of ticks in a second.
    private static let second = 40

    private func lookAtMemory() {
        ticks &+= 1
        if ticks % Self.second == 0 { dropSurplus() }
        // Checking many sockets has a cost, which is worth it where memory is short.
        if memory.lagging > 0, memory.pressure > .none || ticks % 8 == 0 {
            for connection in clients where connection.waiting > 0 { connection.countWaiting() }
        }
        memory.tell()
        if memory.pressure > .none { dropResting() }
        if memory.budget.hasShrunk() { ReturnedMemory.giveBack() }
        var excess = memory.excess(loops: loops)
        guard excess > 0 else { return }
        if occupancy.maySayShortage() {
            logger.warning(
                "the memory for connections is used up: the largest are closed, and new requests refused",
                metadata: ["used": "\(memory.budget.used)", "limit": "\(memory.budget.limit)", "help": "limits.memory"])
        }
        let heavy = clients.map { ($0.weight, $0) }.filter { $0.0 > Self.heavy }.sorted { $0.0 > $1.0 }
        for (weight, connection) in heavy where excess > 0 {
            excess -= weight
            connection.shed()
        }
    }

    // MARK: Reload

    /// Puts a configuration into force: exchanges that begin from now on use it, and those in progress keep their own.
    ///
    /// - Parameter ids: the IDs of the listeners, in order.
    func adopt(_ provision: Provision, upstreams: [UpstreamResources], listeners ids: [Int]) {
        refreshClock()
        log.flush()
        log = AccessLogBuffer(sink: accessLog, form: provision.configuration.source.accessLog)
        let generation = Generation(provision, upstreams: upstreams, worker: self)
        generation.setTime(clock, unixSeconds: unixSeconds)
        let old = listeners
        configuration = provision.configuration
        dropWorkspaces()
        listeners = ids.enumerated().map { index, id in
            let name = "\(provision.configuration.source.listeners[index].bind.value)"
            let tally = tallies[id] ?? ListenerTally(ListenerCounts(name: name))
            tallies[id] = tally
            return ListenerContext(id: id, index: index, of: provision, generation: generation, tally: tally)
        }
        for pool in generations.first?.pools ?? [] { pool.close() }
        generations.insert(generation, at: 0)
        tallies = tallies.filter { id, tally in listener(id) != nil || tally.counts.opened > tally.counts.closed }
        leaving += old.filter { listener($0.id) == nil }
        for connection in clients {
            if listener(connection.listener.id) == nil { connection.drain() } else { connection.adoptConfiguration() }
        }
    }

    /// The listener context for a new connection from a listener's socket; nil if the listener is unknown.
    func accept(_ id: Int) -> ListenerContext? { listener(id) ?? leaving.first { $0.id == id } }

    /// Forgets listeners that are no longer configured, because no more connections come from their sockets.
    func forget(_ ids: [Int]) { leaving.removeAll { ids.contains($0.id) } }
}
