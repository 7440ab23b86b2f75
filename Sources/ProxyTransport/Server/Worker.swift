import HTTP1
import HTTPModel
import HeaderPolicy
import Logging
import NIOCore
import ProxyCore

/// All that one event loop has: its connections, pools, clock, scratch buffers. Nothing in it is shared, nothing is locked.
final class Worker {
    let eventLoop: any EventLoop
    /// The one in force: what begins now begins under it.
    private(set) var configuration: CompiledConfiguration
    let reports: ReportDesk
    let occupancy: Occupancy
    var connectionLog: ConnectionLog
    /// For people.
    let logger: Logger
    var clock = LoopClock()
    let handshakes: HandshakeQueue
    let deadlines = DeadlineList()
    var requestIDs: RequestIDs
    private var lifetime = Drain()

    var counts = LoopCounts()
    /// Of configurations that are gone, as far as the one in force has the same names.
    private var past = MetricsSnapshot()

    // Buffers that are used for one thing at a time and keep their storage.
    var forwarded = Fields()
    var headBytes: [UInt8] = []
    var replyBody: [UInt8] = []
    var digits: [UInt8] = []
    let noFields = Fields()
    var inspection: Inspection
    let readBuffers = ReadBuffers()
    let memory: LoopMemory
    private let loops: Int
    private var workspaces = WorkspaceShelf()

    /// Under the configuration in force.
    private var listeners: [ListenerContext] = []
    /// Of listeners that are no longer configured, while connections may still come from their sockets.
    private var leaving: [ListenerContext] = []
    /// The one in force first, then those whose exchanges still have connections to apps.
    private var generations: [Generation] = []
    private var connections: [ObjectIdentifier: DownstreamHandler] = [:]
    private var whenStopped: ((Bool) -> Void)?
    private var ticker: RepeatedTask?
    private var log: AccessLogBuffer
    private let accessLog: LogSink?
    private var dateSecond = -1
    private var dateBytes: [UInt8] = []

    /// Bodies up to this size are copied behind their head, so that one write takes both.
    static let copyLimit = 8 << 10
    /// How many bytes wait for a socket before their sender is paused, and until it goes on: what a slow reader costs.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 16 << 10, high: 32 << 10)
    /// Bytes that a head may have where memory is short.
    static let shortHead = 8 << 10
    /// A connection that takes less is not given up for it.
    private static let heavy = 16 << 10
    /// How many bytes an HTTP/2 connection frames at a time.
    static let pumpLimit = 64 << 10
    /// Milliseconds for which a closed side waits for the other.
    static let lingerTimeout = 2_000
    /// Milliseconds between the two GOAWAYs of a drain, in which requests on their way arrive.
    static let shutdownNotice = 100
    /// Milliseconds for which a connection without a request stays open in a drain: one may be on its way.
    static let lastCall = 500
    /// How often deadlines are looked at; timeouts are as exact as this.
    private static let tick = TimeAmount.milliseconds(25)

    init(
        eventLoop: any EventLoop, provision: Provision, upstreams: [UpstreamResources], accessLog: LogSink?,
        reports: ReportDesk, occupancy: Occupancy, budget: MemoryBudget, loops: Int, observer: (any ExchangeObserver)?,
        logger: Logger
    ) {
        self.eventLoop = eventLoop
        handshakes = HandshakeQueue(eventLoop)
        self.occupancy = occupancy
        self.loops = loops
        memory = LoopMemory(budget, readBuffers)
        self.logger = logger
        self.reports = reports
        inspection = Inspection(observer)
        connectionLog = ConnectionLog(logger)
        configuration = provision.configuration
        self.accessLog = accessLog
        requestIDs = provision.requestIDs()
        log = AccessLogBuffer(sink: accessLog, form: configuration.source.accessLog)
        clock.refresh()
        let generation = Generation(provision, upstreams: upstreams, worker: self)
        generations = [generation]
        listeners = configuration.source.listeners.indices.map {
            ListenerContext(id: $0, index: $0, of: provision, generation: generation)
        }
    }

    func pool(_ index: Int, of generation: Generation) -> UpstreamPool {
        // An exchange of old that comes back late.
        if generation.configuration !== configuration, !generations.contains(where: { $0 === generation }) {
            generations.append(generation)
        }
        return generation.pools[index]
    }

    /// Lends a connection what it needs for a request.
    func workspace(for connection: HTTP1Downstream, _ listener: ListenerContext) -> HTTP1Workspace {
        let workspace = workspaces.take() ?? HTTP1Workspace(worker: self, listener: listener)
        workspace.serve(connection, under: listener.generation.configuration)
        return workspace
    }

    func takeBack(_ workspace: HTTP1Workspace) { workspaces.put(workspace) }

    /// Appends to an output what is written into a buffer that keeps its storage.
    func append(to output: inout ByteBuffer, _ write: (inout [UInt8]) -> Void) {
        headBytes.removeAll(keepingCapacity: true)
        write(&headBytes)
        output.writeBytes(headBytes)
    }

    /// A listener as it is under the configuration in force; nil where it is no longer configured.
    func listener(_ id: Int) -> ListenerContext? { listeners.first { $0.id == id } }

    /// The other end of a connection, as bytes, so that no exchange has to format an address.
    func peer(_ address: SocketAddress?) -> Peer {
        let text = address?.ipAddress ?? ""
        return configuration.forwarding.peer(
            address: IPAddress(text.utf8.span) ?? .unspecified, text: Array(text.utf8),
            port: UInt16(truncatingIfNeeded: address?.port ?? 0))
    }

    /// The other end that a PROXY protocol header names; nil leaves the connection's own.
    func peer(_ source: ProxyProtocol.Source) -> Peer? {
        switch source {
        case .connection: nil
        case .address(let address, let port): configuration.forwarding.peer(address: address, text: address.text, port: port)
        case .unix: configuration.forwarding.peer(address: .unspecified, text: [], port: 0)
        }
    }

    /// Seconds since 1970.
    var unixSeconds: Int { WallClock.unixSeconds() }

    /// The `Date` of this second (RFC 9110 §6.6.1).
    var date: [UInt8] {
        let seconds = WallClock.unixSeconds()
        if seconds != dateSecond {
            dateSecond = seconds
            dateBytes = HTTPDate.bytes(unixSeconds: seconds)
        }
        return dateBytes
    }

    // MARK: Connections

    /// Tells people, not more than once a second, that there are too few descriptors.
    func sayShortage(_ consequence: String) {
        guard occupancy.maySayShortage() else { return }
        logger.warning(
            "out of file descriptors: \(consequence)",
            metadata: ["open_files": "\(occupancy.descriptors.count)", "help": "\(DescriptorLimit.help)"])
    }

    func opened(_ connection: DownstreamHandler) {
        // The clock stands still while there are none, and the deadlines of this one begin now.
        clock.refresh()
        connections[ObjectIdentifier(connection)] = connection
        lifetime.connectionOpened()
        counts.listeners[connection.listener.id, default: ListenerCounts(name: connection.listener.name)].opened &+= 1
        guard ticker == nil else { return }
        let worker = NIOLoopBound(self, eventLoop: eventLoop)
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in worker.value.ticked() }
    }

    func closed(_ connection: DownstreamHandler) {
        connections[ObjectIdentifier(connection)] = nil
        counts.listeners[connection.listener.id]?.closed &+= 1
        if lifetime.connectionClosed() == .stop { stopped(cleanly: true) }
    }

    /// What is left is being cut off.
    private(set) var isStopping = false

    /// A connection that finishes its exchange now is to be closed.
    var isDraining: Bool { lifetime.isDraining }

    private func ticked() {
        clock.refresh()
        // One that closes its connection takes others with it.
        for member in deadlines.due(now: clock.now) where member.isTimed { member.deadlinePassed() }
        for generation in generations { for pool in generation.pools { pool.expire(now: clock.now) } }
        if generations.count > 1 { dropGenerations() }
        log.flush()
        inspection.flush()
        lookAtMemory()
        if lifetime.tick(now: clock.now) == .stop { stop() }
        guard connections.isEmpty, generations.allSatisfy(\.isEmpty) else { return }
        memory.tell()
        ticker?.cancel()
        ticker = nil
    }

    private var ticks = 0

    private func lookAtMemory() {
        ticks &+= 1
        // Asking many channels costs something; where memory is short it is worth it.
        if memory.pressure > .none || ticks % 8 == 0 { memory.lookAgain() }
        memory.tell()
        if memory.budget.hasShrunk() { MemoryLimit.giveBack() }
        var excess = memory.excess(loops: loops)
        guard excess > 0 else { return }
        if occupancy.maySayShortage() {
            logger.warning(
                "the memory for connections is used up: the largest are closed, and new requests refused",
                metadata: ["used": "\(memory.budget.used)", "limit": "\(memory.budget.limit)", "help": "limits.memory"])
        }
        let heavy = connections.values.map { ($0.weight, $0) }.filter { $0.0 > Self.heavy }.sorted { $0.0 > $1.0 }
        for (weight, connection) in heavy where excess > 0 {
            excess -= weight
            connection.shed()
        }
    }

    /// Ends what is idle and lets the rest finish, for `grace` milliseconds. `whenStopped` is told whether all of it did.
    func drain(grace: Int, whenStopped: @escaping (Bool) -> Void) {
        clock.refresh()
        self.whenStopped = whenStopped
        switch lifetime.signalled(now: clock.now, grace: max(0, grace)) {
        case .nothing: stopped(cleanly: true)
        case .drain: for connection in Array(connections.values) { connection.drain() }
        case .stop: stop()
        }
    }

    /// Cuts off what is left.
    func stop() {
        isStopping = true
        let isClean = connections.isEmpty
        for connection in Array(connections.values) { connection.close() }
        for generation in generations { for pool in generation.pools { pool.close() } }
        stopped(cleanly: isClean)
    }

    private func stopped(cleanly: Bool) {
        log.flush()
        // They know the worker as it knows them.
        workspaces.clear()
        handshakes.clear()
        whenStopped?(cleanly)
        whenStopped = nil
    }

    // MARK: Counts

    /// What this event loop has counted since the start.
    func metrics() -> MetricsSnapshot {
        var snapshot = past
        for generation in generations { generation.addCounts(to: &snapshot) }
        snapshot.loops = counts
        return snapshot
    }

    /// Lets go of configurations that nothing is done under; what was counted stays.
    private func dropGenerations() {
        let gone = generations.filter { $0.configuration !== configuration && $0.isEmpty }
        guard !gone.isEmpty else { return }
        generations.removeAll { old in gone.contains { $0 === old } }
        for generation in gone { generation.addCounts(to: &past) }
        past.keepNames(of: configuration)
    }

    // MARK: Reload

    /// Puts a configuration into force: what begins from now on begins under it, what is going on stays under its own.
    ///
    /// - Parameter ids: of the listeners, in order.
    func adopt(_ provision: Provision, upstreams: [UpstreamResources], listeners ids: [Int]) {
        requestIDs = provision.requestIDs()
        log.flush()
        log = AccessLogBuffer(sink: accessLog, form: provision.configuration.source.accessLog)
        let generation = Generation(provision, upstreams: upstreams, worker: self)
        let old = listeners
        configuration = provision.configuration
        workspaces.clear()
        listeners = ids.enumerated().map { ListenerContext(id: $1, index: $0, of: provision, generation: generation) }
        for pool in generations[0].pools { pool.close() }
        generations.insert(generation, at: 0)
        counts.listeners = counts.listeners.filter { id, counts in listener(id) != nil || counts.opened > counts.closed }
        leaving += old.filter { listener($0.id) == nil }
        for connection in Array(connections.values) where listener(connection.listener.id) == nil { connection.drain() }
    }

    /// Under what a connection begins that comes from the socket of a listener; nil where it is unknown.
    func accept(_ id: Int) -> ListenerContext? { listener(id) ?? leaving.first { $0.id == id } }

    /// No more connections come from the sockets of listeners that are no longer configured.
    func forget(_ ids: [Int]) { leaving.removeAll { ids.contains($0.id) } }

    // MARK: The end of a turn

    private var pumps: [HTTP2Downstream] = []

    /// Has the connection write at the end of this turn of the event loop.
    func pumpLater(_ connection: HTTP2Downstream) {
        pumps.append(connection)
        guard pumps.count == 1 else { return }
        let worker = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { worker.value.pump() }
    }

    private func pump() {
        clock.refresh()
        // Those that are asked for meanwhile get a turn of their own.
        let due = pumps
        pumps.removeAll(keepingCapacity: true)
        for connection in due { connection.pumpNow() }
    }

    /// The number of this turn of the event loop. What was polled together is read in one turn.
    private(set) var turn = 0
    private var isTurnCounted = false

    /// The number, of a turn that has an end: from the next one on `turn` is another.
    func markTurn() -> Int {
        guard !isTurnCounted else { return turn }
        isTurnCounted = true
        eventLoop.assumeIsolated().execute { [self] in
            turn &+= 1
            isTurnCounted = false
        }
        return turn
    }

    // MARK: The end of an exchange

    /// Called once for each exchange, when its response has ended, broken off or lost its reader.
    func finished(_ exchange: Exchange) {
        if exchange.isTunnelCounted { occupancy.closeTunnel() }
        exchange.isTunnelCounted = false
        if exchange.configuration.isWatched { exchange.endWatch() }
        counts.ended &+= 1
        counts.versions[Int(exchange.facts.request.version.rawValue)] &+= 1
        if !exchange.facts.reason.isEmpty {
            if let end = TunnelEnd(rawValue: exchange.facts.reason) {
                counts.tunnelEnds.count(end.rawValue)
            } else {
                counts.reasons.count(exchange.facts.reason)
            }
        }
        exchange.listener.generation.count(exchange, duration: clock.nanoseconds &- exchange.startedAt)
        guard log.isOn else { return }
        log.append(exchange, now: clock.nanoseconds)
    }
}
