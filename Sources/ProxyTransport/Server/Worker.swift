import HTTP1
import HTTPModel
import HeaderPolicy
import Logging
import NIOCore
import ProxyCore

/// All that one event loop has: its connections, pools, clock, scratch buffers. Nothing in it is shared, nothing is locked.
final class Worker {
    let eventLoop: any EventLoop
    private(set) var configuration: CompiledConfiguration
    let reports: ReportDesk
    let occupancy: Occupancy
    var connectionLog: ConnectionLog
    /// For people.
    let logger: Logger
    var clock = LoopClock()
    var deadlines = DeadlineList()
    var requestIDs: RequestIDs
    private var lifetime = Drain()

    // Buffers that are used for one thing at a time and keep their storage.
    var scratch = StageScratch()
    var forwarded = Fields()
    var headBytes: [UInt8] = []
    var replyBody: [UInt8] = []
    var digits: [UInt8] = []
    let noFields = Fields()

    private var pools: [UpstreamPool] = []
    private var connections: [ObjectIdentifier: DownstreamHandler] = [:]
    private var whenStopped: ((Bool) -> Void)?
    private var ticker: RepeatedTask?
    private var log: AccessLogBuffer
    private var dateSecond = -1
    private var dateBytes: [UInt8] = []

    /// Bodies up to this size are copied behind their head, so that one write takes both.
    static let copyLimit = 8 << 10
    /// How many bytes wait for a socket before their sender is paused, and until it goes on: what a slow reader costs.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 16 << 10, high: 32 << 10)
    /// How many bytes an HTTP/2 connection frames at a time.
    static let pumpLimit = 64 << 10
    /// Milliseconds for which a closed side waits for the other.
    static let lingerTimeout = 2_000
    /// Milliseconds between the two GOAWAYs of a drain, in which requests on their way arrive.
    static let shutdownNotice = 100
    /// How often deadlines are looked at; timeouts are as exact as this.
    private static let tick = TimeAmount.milliseconds(25)

    init(
        eventLoop: any EventLoop, configuration: CompiledConfiguration, security: [UpstreamSecurity?],
        accessLog: AccessLogSink?, reports: ReportDesk, occupancy: Occupancy, logger: Logger
    ) throws {
        self.eventLoop = eventLoop
        self.occupancy = occupancy
        self.logger = logger
        self.reports = reports
        connectionLog = ConnectionLog(logger)
        self.configuration = configuration
        var random = SystemRandomNumberGenerator()
        requestIDs = try RequestIDs(configuration.source.requestID, seededBy: &random)
        log = AccessLogBuffer(sink: accessLog, form: configuration.source.accessLog)
        clock.refresh()
        pools = zip(configuration.source.upstreams, security).map {
            UpstreamPool($0, security: $1, configuration: configuration, worker: self)
        }
    }

    func pool(_ index: Int, of configuration: CompiledConfiguration) -> UpstreamPool { pools[index] }

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

    func opened(_ connection: DownstreamHandler) {
        connections[ObjectIdentifier(connection)] = connection
        lifetime.connectionOpened()
        guard ticker == nil else { return }
        let worker = NIOLoopBound(self, eventLoop: eventLoop)
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in worker.value.ticked() }
    }

    func closed(_ connection: DownstreamHandler) {
        connections[ObjectIdentifier(connection)] = nil
        if lifetime.connectionClosed() == .stop { stopped(cleanly: true) }
    }

    /// A connection that finishes its exchange now is to be closed.
    var isDraining: Bool { lifetime.isDraining }

    private func ticked() {
        clock.refresh()
        // One that closes its connection takes others with it.
        for member in deadlines.due(now: clock.now) where member.isTimed { member.deadlinePassed() }
        for pool in pools { pool.expire(now: clock.now) }
        log.flush()
        if lifetime.tick(now: clock.now) == .stop { stop() }
        guard connections.isEmpty, pools.allSatisfy(\.isEmpty) else { return }
        ticker?.cancel()
        ticker = nil
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
        let isClean = connections.isEmpty
        for connection in Array(connections.values) { connection.close() }
        for pool in pools { pool.close() }
        stopped(cleanly: isClean)
    }

    private func stopped(cleanly: Bool) {
        log.flush()
        whenStopped?(cleanly)
        whenStopped = nil
    }

    // MARK: The end of an exchange

    /// Called once for each exchange, when its response has ended, broken off or lost its reader.
    func finished(_ exchange: Exchange) {
        if exchange.isTunnelCounted { occupancy.closeTunnel() }
        exchange.isTunnelCounted = false
        guard log.isOn else { return }
        log.append(exchange, now: clock.nanoseconds)
    }
}
