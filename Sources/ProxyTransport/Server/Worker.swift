import EventLoop
import HTTP1
import HTTPModel
import HeaderPolicy
import Logging
import ProxyCore

/// All that one event loop has: its connections, pools, clock, scratch buffers. Nothing in it is shared, nothing is locked.
final class Worker: Connections {
    /// The one in force: what begins now begins under it.
    private(set) var configuration: CompiledConfiguration
    let reports: ReportDesk
    let observer: (any ExchangeObserver)?
    let occupancy: Occupancy
    var connectionLog: ConnectionLog
    /// For people.
    let logger: Logger
    let memory: LoopMemory
    let noFields = Fields()
    /// Puts frames together, of whichever HTTP/2 connection.
    let frames = FrameWriter()
    /// Stands where there is no client any more: who still writes need not know.
    let nobody = DownstreamSide()
    /// All workers of the process, this one included, and its place among them.
    var peers: [WorkerThread] = []
    var place = 0
    /// Who got the connection that was accepted last.
    var nextPeer = 0
    /// What the listening sockets of this loop are for.
    var accepting: [ListenerID: Accepting] = [:]
    var lifetime = Drain()
    let loops: Int
    var workspaces = WorkspaceShelf()

    var counts = LoopCounts()
    /// Of configurations that are gone, as far as the one in force has the same names.
    var past = MetricsSnapshot()

    /// Under the configuration in force.
    var listeners: [ListenerContext] = []
    /// Of listeners that are no longer configured, while connections may still come from their sockets.
    var leaving: [ListenerContext] = []
    /// By listener.
    var tallies: [Int: ListenerTally] = [:]
    /// The one in force first, then those whose exchanges still have connections to apps.
    var generations: [Generation] = []
    var clientCount = 0
    var whenStopped: ((Bool) -> Void)?
    var log: AccessLogBuffer
    private let accessLog: LogSink?

    /// Bodies up to this size are copied behind their head, so that one write takes both.
    static let copyLimit = 8 << 10
    /// How much is gathered for one write.
    static let outputLimit = 32 << 10
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

    init(
        _ loop: Loop, provision: Provision, accessLog: LogSink?,
        reports: ReportDesk, occupancy: Occupancy, budget: MemoryBudget, loops: Int, observer: (any ExchangeObserver)?,
        logger: Logger
    ) {
        self.occupancy = occupancy
        self.loops = loops
        memory = LoopMemory(budget)
        self.logger = logger
        self.reports = reports
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

    /// A listener as it is under the configuration in force; nil where it is no longer configured.
    func listener(_ id: Int) -> ListenerContext? { listeners.first { $0.id == id } }

    /// The other end of a connection, as bytes, so that no exchange has to format an address.
    func peer(_ endpoint: Endpoint) -> Peer {
        switch endpoint {
        case .unix: return configuration.forwarding.peer(address: .unspecified, text: [], port: 0)
        case .ipv4(let bits, let port):
            let address = IPAddress(v4: bits)
            return configuration.forwarding.peer(address: address, text: address.text, port: port)
        case .ipv6(_, _, _, let port):
            // The text also says through which interface a link-local one is reached.
            let text = Array(endpoint.address.utf8)
            return configuration.forwarding.peer(address: IPAddress(text.span) ?? .unspecified, text: text, port: port)
        }
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

    // MARK: Connections

    override func accepted(_ socket: SocketID, from peer: Endpoint, on listener: ListenerID) {
        refreshClock()
        welcome(socket, from: peer, on: listener)
    }

    override func acceptFailed(_ error: SystemError, on listener: ListenerID) { sayAcceptFailed(error, on: listener) }

    /// Tells people, not more than once a second, that there are too few descriptors.
    func sayShortage(_ consequence: String) {
        guard occupancy.maySayShortage() else { return }
        logger.warning(
            "out of file descriptors: \(consequence)",
            metadata: ["open_files": "\(occupancy.descriptors.count)", "help": "\(DescriptorLimit.help)"])
    }

    /// Those of clients, at this moment.
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
    /// Nanoseconds for handshakes in one turn of the loop; one is carried out however long it takes, for keys differ. Whoever sends a
    /// thousand at once has to wait for as long as a thousand take, and nobody else.
    private static let handshakeTime: UInt64 = 1_000_000

    func handshakeWaits(_ connection: DownstreamConnection) { handshakes.append(connection) }

    override func turnEnds() {
        turn &+= 1
        guard !handshakes.isEmpty else { return }
        let end = Loop.nanoseconds() &+ Self.handshakeTime
        repeat {
            handshakes.removeFirst().answerHello()
            settle()
        } while !handshakes.isEmpty && Loop.nanoseconds() < end
    }

    override var isPressed: Bool { !handshakes.isEmpty }

    // MARK: Time

    /// The number of this turn of the loop: what was polled together is read in one.
    private(set) var turn = 0
    /// So much has happened in it that the loop may have polled more than once.
    var isTurnLong: Bool { events >= 1_000 }

    /// What is left is being cut off.
    var isStopping = false

    /// A connection that finishes its exchange now is to be closed.
    var isDraining: Bool { lifetime.isDraining }

    /// A configuration that is no longer in force is let go also where nobody asks for anything any more.
    override var wantsTick: Bool { clientCount > 0 || generations.count > 1 || !generations.allSatisfy(\.isEmpty) }

    override func tick() {
        for generation in generations { for pool in generation.pools { pool.expire(now: clock.now) } }
        if generations.count > 1 { dropGenerations() }
        log.flush()
        for generation in generations { generation.context.inspection.flush() }
        lookAtMemory()
        if lifetime.tick(now: clock.now) == .stop { stop() }
    }

    private var ticks = 0

    private func lookAtMemory() {
        ticks &+= 1
        // Asking many sockets costs something; where memory is short it is worth it.
        if memory.lagging > 0, memory.pressure > .none || ticks % 8 == 0 {
            for connection in clients where connection.waiting > 0 { connection.countWaiting() }
        }
        memory.tell()
        if memory.budget.hasShrunk() { MemoryLimit.giveBack() }
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

    /// Puts a configuration into force: what begins from now on begins under it, what is going on stays under its own.
    ///
    /// - Parameter ids: of the listeners, in order.
    func adopt(_ provision: Provision, upstreams: [UpstreamResources], listeners ids: [Int]) {
        refreshClock()
        log.flush()
        log = AccessLogBuffer(sink: accessLog, form: provision.configuration.source.accessLog)
        let generation = Generation(provision, upstreams: upstreams, worker: self)
        generation.setTime(clock, unixSeconds: unixSeconds)
        let old = listeners
        configuration = provision.configuration
        workspaces.clear()
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
        for connection in clients where listener(connection.listener.id) == nil { connection.drain() }
    }

    /// Under what a connection begins that comes from the socket of a listener; nil where it is unknown.
    func accept(_ id: Int) -> ListenerContext? { listener(id) ?? leaving.first { $0.id == id } }

    /// No more connections come from the sockets of listeners that are no longer configured.
    func forget(_ ids: [Int]) { leaving.removeAll { ids.contains($0.id) } }
}
