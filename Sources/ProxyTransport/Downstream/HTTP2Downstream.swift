import HTTP1
import HTTP2
import HTTPModel
import HeaderPolicy
import NIOCore
import ProxyCore

/// An HTTP/2 connection from a client: many exchanges at once, each on a stream.
final class HTTP2Downstream: Timed {
    private let handler: DownstreamHandler
    let worker: Worker
    private(set) var listener: ListenerContext
    private var peer: Peer
    let session: ServerSession
    private var configuration: CompiledConfiguration
    private var streams: [Int32: HTTP2Stream] = [:]
    /// Streams whose exchange is over, for the next requests.
    private var spare: [HTTP2Stream] = []
    /// Storage for what is written next.
    private var output = ByteBuffer()
    private var isPumping = false
    private var isPumpAwaited = false
    private var needsPump = false
    private var isClosing = false
    private var isShuttingDown = false
    /// The second GOAWAY is out: no new streams.
    private var isLast = false

    /// Bytes of request body that a client may send ahead on one stream. The connection's window has room for all streams
    /// at once, so that slow uploads stop no other.
    private static let streamWindow = 128 << 10
    /// How many spare streams a connection keeps.
    private static let spareLimit = 16

    init?(handler: DownstreamHandler, worker: Worker, listener: ListenerContext, peer: Peer) {
        self.handler = handler
        self.worker = worker
        self.listener = listener
        self.peer = peer
        configuration = listener.generation.configuration
        var settings = HTTP2Settings()
        settings.enableConnectProtocol = true
        settings.maxConcurrentStreams = configuration.source.limits.streams
        settings.initialWindow = Self.streamWindow
        settings.connectionWindow = Self.streamWindow * max(1, min(configuration.source.limits.streams, 1024))
        guard
            let session = try? ServerSession(
                settings: settings, limits: configuration.source.limits.message, names: configuration.names,
                scheme: peer.scheme)
        else { return nil }
        self.session = session
        super.init()
        worker.deadlines.insert(self)
        rearm()
        if handler.isDraining { drain() }
    }

    /// How often streams are looked at whose client does not take what waits for it.
    private static let stallCheck = 1_000

    /// Since when there is no exchange: what comes that is none does not keep the connection.
    private var idleSince: Int?

    private func rearm() {
        let (now, timeouts) = (worker.clock.now, configuration.source.timeouts)
        if !streams.isEmpty { idleSince = nil } else if idleSince == nil { idleSince = now }
        if !handler.isWritable {
            deadline = Timed.deadline(now: now, after: timeouts.write)
        } else if isShuttingDown && !isLast {
            // The moment of the second GOAWAY stands.
        } else if let idleSince {
            deadline = Timed.deadline(now: idleSince, after: timeouts.idle)
        } else {
            deadline = hasStalling ? now &+ Self.stallCheck : .max
        }
    }

    /// Bytes wait for a window that the client does not open.
    private var hasStalling: Bool { stalling > 0 && configuration.source.timeouts.write > 0 }
    /// Bytes that wait for the client, of all streams.
    var queued = 0
    /// How many streams have bytes that wait for the client.
    var stalling = 0

    /// Ends the streams whose client has taken nothing for the time that it has.
    private func endStalled() {
        let since = worker.clock.now &- configuration.source.timeouts.write
        let stalled = streams.values.filter { $0.isStalling && $0.lastTaken <= since }
        for stream in stalled { stream.stall() }
        if !stalled.isEmpty { pump() }
        rearm()
    }

    // MARK: Bytes from the client

    func read(_ bytes: ByteBuffer) {
        // In the middle of events it is a connection that has failed: what is still to be read of it is of no more use.
        guard !isClosing, !isHandling else { return }
        if configuration !== worker.configuration { adoptConfiguration() }
        session.limitHeads(to: worker.memory.pressure == .none ? .max : Worker.shortHead)
        session.receive(bytes.readableBytesUInt8Span, now: worker.clock.now)
        handleEvents(bytes)
        for stream in streams.values { stream.exchange.flushUpstream() }
        pump()
        rearm()
        weigh()
    }

    /// Bytes of the heads of requests that are being served.
    private var headBytes = 0
    /// What the library keeps for each connection, tables of fields mostly.
    private static let ownWeight = 12 << 10

    private func weigh() { handler.weigh(Self.ownWeight &+ headBytes &+ session.headSize) }

    /// Bytes that wait for an app, or for the client to take them.
    var backlog: Int { streams.values.reduce(queued) { $0 &+ $1.exchange.heldBytes } }

    /// A reload took place: requests that begin from now on are served under the new configuration. What was said about the
    /// connection as a whole, its settings, stays.
    private func adoptConfiguration() {
        guard !session.isReadingHead, let current = worker.listener(listener.id) else { return }
        listener = current
        configuration = current.generation.configuration
        session.use(configuration.names)
        peer = configuration.forwarding.peer(again: peer)
    }

    private var isHandling = false

    private func handleEvents(_ bytes: ByteBuffer) {
        guard !session.events.isEmpty else { return }
        isHandling = true
        defer { isHandling = false }
        // Handling one may make others: a stream that ends while its response is framed.
        var next = 0
        while next < session.events.count {
            let event = session.events[next]
            next += 1
            switch event {
            case .request(let id, let endsStream): begin(id, endsStream: endsStream)
            case .data(let id, let range):
                guard let stream = streams[id] else {
                    session.consume(id, range.count)
                    continue
                }
                let start = bytes.readerIndex + range.lowerBound
                stream.received(bytes.getSlice(at: start, length: range.count) ?? ByteBuffer())
            case .end(let id):
                streams[id]?.exchange.leftOut(session.droppedTrailers(id), ofRequest: true)
                streams[id]?.requestEnded(trailers: session.takeTrailers(id))
            case .closed(let id, _):
                streams[id]?.lost()
            case .refused(let id, let status, let reason):
                refuse(id, ParseFailure(status: status, reason: reason, message: "the request's head is refused"))
            case .goAway: break
            }
        }
        session.removeAllEvents()
    }

    private func stream(_ id: Int32) -> HTTP2Stream {
        let stream = spare.popLast() ?? HTTP2Stream(connection: self)
        stream.open(id, listener)
        session.takeRequest(id, into: &stream.exchange.facts.request)
        stream.headBytes = stream.exchange.facts.request.storageSize
        headBytes &+= stream.headBytes
        streams[id] = stream
        return stream
    }

    private func begin(_ id: Int32, endsStream: Bool) {
        let stream = stream(id)
        if let refusal = handler.refusal {
            stream.exchange.reject(refusal, peer: peer)
            return drain()
        }
        if let name = session.connectProtocol(id) { return stream.connect(name, endsStream: endsStream, peer) }
        var body = BodyLength.none
        if !endsStream {
            body = .chunked
            let fields = stream.exchange.facts.request.fields
            if let index = fields.firstIndex(of: .contentLength), let length = Int(fields.value(at: index).text), length > 0 {
                body = .length(length)
            }
        }
        stream.exchange.begin(body: body, wantsUpgrade: false, peer: peer)
    }

    private func refuse(_ id: Int32, _ failure: ParseFailure) {
        stream(id).exchange.reject(failure, peer: peer)
    }

    /// The exchange of a stream is over.
    func ended(_ stream: HTTP2Stream, _ id: Int32) {
        streams[id] = nil
        headBytes &-= stream.headBytes
        stream.exchange.dropHeld()
        weigh()
        if spare.count < Self.spareLimit { spare.append(stream) } else { stream.retire() }
        if streams.isEmpty { rearm() }
    }

    // MARK: Bytes to the client

    /// Something has been submitted to the session: it leaves at the end of this turn.
    func flush() {
        // While events are handled, one turn of the pump at their end serves them all; else one at the end of the loop's turn
        // serves all responses that come in it.
        if isPumping || isHandling {
            needsPump = true
        } else if !isPumpAwaited {
            isPumpAwaited = true
            worker.pumpLater(self)
        }
    }

    /// The loop's turn is over.
    func pumpNow() {
        isPumpAwaited = false
        pump()
    }

    /// What has been submitted leaves now.
    func writeOut() {
        if !isHandling { pump() }
    }

    private func pump() {
        guard !isPumping, !isClosing else { return }
        isPumping = true
        defer { isPumping = false }
        repeat {
            needsPump = false
            while handler.isWritable, !isClosing {
                session.collectOutput(limit: Worker.pumpLimit)
                guard !session.parts.isEmpty else { break }
                write()
                session.removeAllOutput()
                if !isHandling { handleEvents(ByteBuffer()) }
            }
            // An idle connection keeps no storage.
            if streams.isEmpty || output.capacity > Worker.pumpLimit { output = ByteBuffer() }
        } while needsPump
        if hasStalling, deadline == .max { deadline = worker.clock.now &+ Self.stallCheck }
        if session.isFinished {
            isClosing = true
            handler.closeAfterFlush(linger: false)
        }
    }

    /// Puts frame heads and the streams' queued bytes together: small ones in one buffer, large ones beside it.
    private func write() {
        var buffer = output
        output = ByteBuffer()
        for part in session.parts {
            switch part {
            case .bytes(let range):
                buffer.writeBytes(session.output[range])
            case .data(let id, let count):
                streams[id]?.take(count) { piece in
                    if piece.readableBytes <= Worker.copyLimit {
                        buffer.writeImmutableBuffer(piece)
                    } else {
                        if buffer.readableBytes > 0 { handler.queue(buffer) }
                        buffer = ByteBuffer()
                        handler.queue(piece)
                    }
                }
            }
        }
        if buffer.readableBytes > 0 { handler.writeAndFlush(buffer) } else { handler.flushWritten() }
        // Its storage serves again if everything has been written by then.
        buffer.clear()
        output = buffer
    }

    func writabilityChanged(_ isWritable: Bool) {
        // It may come in the middle of a pump, from its own flush.
        if isWritable { flush() }
        rearm()
    }

    // MARK: The end

    /// GOAWAY in two steps: first that there will be an end, then, once requests on their way have come, where it is
    /// (RFC 9113 §6.8).
    func drain() {
        guard !isShuttingDown else { return }
        isShuttingDown = true
        session.beginShutdown()
        pump()
        deadline = worker.clock.now + Worker.shutdownNotice
    }

    override func deadlinePassed() {
        if !handler.isWritable { return handler.hasTakenSome() ? rearm() : handler.close() }
        if hasStalling { return endStalled() }
        guard isShuttingDown else { return drain() }
        guard !isLast else { return streams.isEmpty ? handler.close() : () }
        isLast = true
        session.finishShutdown()
        pump()
        rearm()
    }

    func closed() {
        isClosing = true
        worker.deadlines.remove(self)
        let open = streams
        streams = [:]
        for stream in open.values {
            stream.exchange.downstreamLost()
            stream.retire()
        }
        for stream in spare { stream.retire() }
        spare = []
    }
}
