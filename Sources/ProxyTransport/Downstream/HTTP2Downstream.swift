import HTTP2
import HTTPModel
import HeaderPolicy
import ProxyCore

/// An HTTP/2 connection from a client: many exchanges at once, each on a stream.
final class HTTP2Downstream {
    let connection: DownstreamConnection
    let worker: Worker
    private(set) var peer: Peer
    let session: ServerSession
    private(set) var configuration: CompiledConfiguration
    var streams = StreamTable<HTTP2Stream>()
    /// Streams whose exchange is over, kept for the next requests.
    var spare = Shelf<HTTP2Stream>()
    /// Whether the connection has ended: nothing more is read or sent.
    private var isOver = false
    private var isShuttingDown = false
    /// The number of requests so far.
    var requests = 0

    /// The bytes of request body that a client may send ahead on one stream. The connection's window is twice that of all streams,
    /// up to 1,024: it opens again when half of it has been taken, and slow uploads may hold the other half.
    private static let streamWindow = 128 << 10

    init?(connection: DownstreamConnection, peer: Peer) {
        self.connection = connection
        worker = connection.worker
        self.peer = peer
        configuration = connection.listener.generation.configuration
        var settings = HTTP2Settings()
        settings.enableConnectProtocol = true
        settings.maxConcurrentStreams = configuration.source.limits.streams
        settings.initialWindow = Self.streamWindow
        settings.connectionWindow = 2 * Self.streamWindow * max(1, min(configuration.source.limits.streams, 1024))
        guard
            let session = try? ServerSession(
                settings: settings, limits: configuration.source.limits.message, names: configuration.names,
                scheme: peer.scheme)
        else { return nil }
        self.session = session
        rearm()
        if connection.isDraining { drain() }
    }

    // MARK: Bytes from the client

    func read(_ bytes: Span<UInt8>) {
        guard !isOver else { return }
        adoptConfiguration()
        session.limitHeads(to: worker.memory.pressure == .none ? .max : Worker.shortHead)
        session.receive(bytes, now: worker.clock.now)
        handleEvents(bytes)
        rearm()
        weigh()
        touch()
    }

    /// The bytes of the heads of the requests in progress.
    var headBytes = 0
    /// The bytes that the library keeps for each connection, mostly field tables.
    private static let ownWeight = 12 << 10

    func weigh() { connection.weigh(Self.ownWeight &+ headBytes &+ session.headSize &+ spare.count &* Worker.restWeight) }

    /// The bytes that wait for an app or for the client to take them.
    var backlog: Int { streams.values.reduce(queued) { $0 &+ $1.heldBytes } }

    /// Adopts the configuration of a reload: requests that begin from now on are served under it. The connection's settings,
    /// which have already been announced, stay.
    func adoptConfiguration() {
        guard configuration !== worker.configuration, !session.isReadingHead,
            let current = worker.listener(connection.listener.id)
        else { return }
        dropSpare()
        connection.listener = current
        configuration = current.generation.configuration
        session.use(configuration.names)
        peer = configuration.forwarding.peer(again: peer)
    }

    // MARK: Bytes to the client

    /// Schedules the session's output for the end of this turn.
    func touch() { worker.touch(connection) }

    func goOn() {
        guard !isOver, connection.socket != nil else { return }
        let wasWritable = connection.isWritable
        // Sending ends streams, and the end of a stream can cause more output.
        repeat {
            handleEvents(Span())
            writeOut()
        } while !session.events.isEmpty
        if wasWritable, !connection.isWritable { rearm() }
        if hasStalling, waitsUntil == .max { rearm() }
        guard session.isFinished, connection.socket != nil else { return }
        isOver = true
        loseStreams()
        // A client that takes the last response still opens windows, and the answer to that would be a reset.
        connection.finish(lingers: true)
    }

    /// Sends the session's output now, as far as possible. The events that this causes are handled in `goOn`.
    func writeOut() {
        if !isOver { worker.frames.send(session, streams, on: connection) }
    }

    /// Sends a large part of a stream's body at once, unless other output is waiting. Returns how many bytes were sent.
    func send(_ bytes: Span<UInt8>, of stream: Int32) -> Int {
        guard !isOver, queued == 0, connection.isWritable else { return 0 }
        let sent = worker.frames.send(bytes, of: stream, session, streams, on: connection)
        if !connection.isWritable { rearm() }
        return sent
    }

    func drained() {
        rearm()
        touch()
    }

    // MARK: Time

    /// When the last exchange ended; nil while there is one. Input that is not an exchange does not keep the connection open.
    private var idleSince: Int?
    /// When the connection next gives up what it keeps and has not needed lately; `.max` while it keeps nothing.
    var restsAt = Int.max

    /// The milliseconds between two checks for streams whose client does not take what waits for it.
    private static let stallCheck = 1_000

    /// When the client stopped taking output, or took some last; nil while it takes all. What it sends does not count.
    private var unwritableSince: Int?
    /// When streams are looked at next whose client does not take what waits for it.
    private var stallCheckAt = Int.max
    /// When the next timeout is checked: of the client's reading, of stalled streams, or of an idle connection.
    private var waitsUntil = Int.max
    /// When the second GOAWAY is due, while only the first has been sent.
    private var lastCallAt = Int.max
    /// When the head began that is being read; nil if none is.
    var headSince: Int?
    /// When that head must have ended.
    private var headEndsAt: Int {
        headSince.map { Timed.deadline(now: $0, after: configuration.source.timeouts.requestHead) } ?? .max
    }

    func rearm() {
        // From then on the connection lingers, which has a deadline of its own.
        guard !isOver else { return }
        let (now, timeouts) = (worker.clock.now, configuration.source.timeouts)
        if !streams.isEmpty { idleSince = nil } else if idleSince == nil { idleSince = now }
        if !session.isReadingHead { headSince = nil } else if headSince == nil { headSince = now }
        if !connection.isWritable {
            unwritableSince = unwritableSince ?? now
        } else if unwritableSince != nil {
            // For streams that wait for windows, the time starts again here.
            (unwritableSince, stallCheckAt) = (nil, .max)
        }
        if !hasStalling { stallCheckAt = .max } else if stallCheckAt == .max { stallCheckAt = now &+ Self.stallCheck }
        if let unwritableSince {
            waitsUntil = Timed.deadline(now: unwritableSince, after: timeouts.write)
        } else if let idleSince, lastCallAt == .max {
            waitsUntil = Timed.deadline(now: idleSince, after: timeouts.idle)
        } else {
            waitsUntil = stallCheckAt
        }
        connection.deadline = min(waitsUntil, lastCallAt, headEndsAt, restsAt)
    }

    /// Whether bytes wait for a window that the client does not open.
    private var hasStalling: Bool { stalling > 0 && configuration.source.timeouts.write > 0 }
    /// The bytes of all streams that wait for the client.
    var queued = 0
    /// The number of streams with bytes that wait for the client.
    var stalling = 0

    /// Ends the streams whose client has taken nothing within the write timeout.
    private func endStalled() {
        let since = worker.clock.now &- configuration.source.timeouts.write
        for stream in streams.values.filter({ $0.isStalling && $0.lastTaken <= since }) { stream.stall() }
        rearm()
    }

    func deadlinePassed() {
        let now = worker.clock.now
        if now >= lastCallAt {
            lastCallAt = .max
            session.finishShutdown()
            touch()
        }
        if now >= headEndsAt {
            headSince = nil
            session.endLateHead()
            handleEvents(Span())
            touch()
        }
        if now >= restsAt { rest() }
        guard now >= waitsUntil else { return rearm() }
        if !connection.isWritable {
            guard connection.hasTakenSome() else { return connection.cutOff(.stalled) }
            unwritableSince = now
            return rearm()
        }
        if hasStalling {
            stallCheckAt = .max
            return endStalled()
        }
        // The client has taken bytes since, so nothing stalls any more.
        guard streams.isEmpty else { return rearm() }
        // The connection has been idle for too long.
        if isShuttingDown { connection.close() } else { drain() }
    }

    // MARK: The end

    /// Sends GOAWAY in two steps: the first announces the end, and the second, once requests on their way have arrived, names the
    /// last stream (RFC 9113 §6.8).
    func drain() {
        guard !isShuttingDown else { return }
        isShuttingDown = true
        session.beginShutdown()
        touch()
        lastCallAt = worker.clock.now &+ Worker.shutdownNotice
        rearm()
    }

    func closed() {
        isOver = true
        loseStreams()
        dropSpare()
    }

    /// Ends the exchanges that are in progress, because nothing can be delivered any more.
    private func loseStreams() {
        let open = streams
        streams = StreamTable()
        // A session that has ended with streams in progress has ended because of what the client sent.
        let isBroken = session.isFinished && connection.loss == .client
        for stream in open.values {
            stream.relay.downstreamLost(connection.loss, because: isBroken ? .clientProtocolError : nil)
            stream.retire()
        }
    }

    // MARK: Resting streams

    private func dropSpare() { for stream in spare.takeAll() { stream.retire() } }

    /// Gives up the streams that were not needed lately: as many stay as there were at once.
    private func rest() {
        for stream in spare.takeSurplus() { stream.retire() }
        session.rest(keeping: spare.count)
        restsAt = spare.isEmpty ? .max : worker.clock.now &+ Worker.restAfter
        weigh()
    }

    /// Gives up all of them.
    func dropResting() {
        dropSpare()
        session.rest(keeping: 0)
        weigh()
    }
}
