import EventLoop
import HTTP2
import HTTPModel
import HeaderPolicy
import ProxyCore
import TLS

/// An HTTP/2 connection to an app, with the streams of its exchanges.
final class HTTP2Upstream: UpstreamConnection {
    private let owner: MultiplexedUpstream
    let session: ClientSession
    private var streams = StreamTable<HTTP2UpstreamStream>()
    /// The connection's key in the pool, while the connection is being made.
    private let place: MultiplexedUpstream.Pool.Key
    /// The same key, from the time the connection may be used until it leaves the pool.
    private var key: MultiplexedUpstream.Pool.Key?
    /// The number of streams that the app allows, as reported to the pool; negative before the settings have arrived.
    private var capacityKnown = -1
    /// When something came from the app last.
    private var heardAt = 0
    /// When the connection was made.
    private(set) var madeAt = 0

    /// The bytes of a response that an app may send ahead on one stream. The connection's window is twice that of all streams, up to
    /// 1,024: it opens again when half of it has been taken, and slow clients may hold the other half.
    private static let streamWindow = 128 << 10

    /// Nil if there is no memory for a session.
    init?(_ owner: MultiplexedUpstream, _ place: MultiplexedUpstream.Pool.Key, worker: Worker) {
        let configuration = owner.configuration
        var settings = HTTP2Settings()
        settings.initialWindow = Self.streamWindow
        settings.connectionWindow = 2 * Self.streamWindow * max(1, min(owner.upstream.maxStreams, 1024))
        guard
            let session = try? ClientSession(
                settings: settings, limits: configuration.source.limits.message, names: configuration.names)
        else { return nil }
        self.session = session
        self.owner = owner
        self.place = place
        super.init(worker)
    }

    override var waitsForTurn: Bool { true }

    // MARK: Calls from the pool

    /// The preface is sent with the first request.
    override func dialled() {
        key = place
        madeAt = worker.clock.now
        touch()
        owner.connected(self, place)
    }

    override func dialFailed(_ failure: DialFailure) { owner.failed(place, failure) }

    /// Opens a stream with the exchange's request; nil when this connection takes no more.
    func open(for relay: Relay) -> HTTP2UpstreamStream? {
        guard socket != nil, key != nil else { return nil }
        let message = relay.requestMessage
        let id = session.submitRequest(
            method: relay.exchange.facts.request.methodToken, scheme: owner.upstream.scheme.isTLS ? .https : .http,
            authority: message.authority.span, target: message.target.span,
            fields: message.fields, endsStream: relay.exchange.requestBody == .none)
        guard let id else { return nil }
        let stream = HTTP2UpstreamStream(self, id, relay)
        streams.insert(id, stream)
        touch()
        return stream
    }

    /// Waits for the end of a stream whose response is complete by its head, while the app has not ended it.
    func linger(_ stream: Int32) { owner.linger(self, stream) }

    /// Resets a stream that the app has not ended in time.
    func giveUp(_ stream: Int32) {
        session.reset(stream, errorCode: ErrorCode.cancel)
        touch()
    }

    /// Takes no more exchanges if nothing has come since a request that was not answered in time: what is on the way may have
    /// forgotten the connection, which nobody would be told for a quarter of an hour.
    func wasSilent(since moment: Int) { if heardAt <= moment, let key { owner.leave(key) } }

    /// Ends a connection without streams in good order: GOAWAY, then the socket.
    func shutDown() {
        key = nil
        session.finishShutdown()
        worker.frames.send(session, streams, on: self)
        close()
    }

    // MARK: Bytes to the app

    /// Schedules the session's output for the end of this turn of the loop, so that one write takes the requests of many clients.
    func touch() { worker.touch(self) }

    override func goOn() {
        guard socket != nil else { return }
        // Sending ends streams, and the end of a stream can cause more output.
        repeat {
            handleEvents(Span())
            worker.frames.send(session, streams, on: self)
        } while !session.events.isEmpty
        if session.hasFailed {
            leavePool()
            failAll(.invalidResponse, because: BadResponse(session.connectionFault ?? .protocolError))
        }
        if session.isFinished || session.hasFailed && !isWritable { close() }
    }

    /// Sends a large part of a stream's body at once. Returns how many bytes were sent.
    func send(_ bytes: Span<UInt8>, of stream: Int32) -> Int {
        worker.frames.send(bytes, of: stream, session, streams, on: self)
    }

    override func drained() { touch() }

    // MARK: Bytes from the app

    override func received(_ bytes: Span<UInt8>) {
        heardAt = worker.clock.now
        session.receive(bytes, now: worker.clock.now)
        handleEvents(bytes)
        if let key, !session.hasFailed, session.maxConcurrentStreams != capacityKnown {
            capacityKnown = session.maxConcurrentStreams
            owner.allows(key, capacityKnown)
        }
        touch()
    }

    /// - Parameter bytes: the received bytes that caused the events; events that are caused by sending have none.
    private func handleEvents(_ bytes: Span<UInt8>) {
        guard !session.events.isEmpty else { return }
        // Handling an event may add others.
        var next = 0
        while next < session.events.count {
            let event = session.events[next]
            next += 1
            switch event {
            case .informational(let id):
                if var head = session.takeInformational(id) { streams[id]?.informational(&head) }
            case .response(let id, let endsStream): streams[id]?.responded(endsStream: endsStream)
            case .data(let id, let range): streams[id]?.received(bytes.extracting(range.clamped(to: bytes.indices)))
            case .end(let id): streams[id]?.ended(trailers: session.takeTrailers(id), dropped: session.droppedTrailers(id))
            case .closed(let id, let errorCode, let isUnprocessed): closed(id, errorCode, isUnprocessed)
            case .goAway: if let key { owner.leave(key) }
            }
        }
        session.removeAllEvents()
    }

    private func closed(_ id: Int32, _ errorCode: UInt32, _ isUnprocessed: Bool) {
        let fault = isUnprocessed ? .refused : Self.fault(errorCode, isApps: session.wasResetByUpstream(id))
        let cause = fault == .invalidResponse ? session.fault(of: id) ?? ResponseFault(errorCode: errorCode) : nil
        streams[id]?.closed(fault, because: cause.map { BadResponse($0) })
        streams.remove(id)
        if streams.isEmpty { deadline = worker.clock.now &+ Worker.restAfter }
        if let key { owner.ended(key) }
    }

    override func rest() { if streams.isEmpty { session.rest(keeping: 0) } }

    /// The meaning of a stream that ends before its response does. `isApps`: the error came from the app, not from this side's
    /// checks.
    private static func fault(_ errorCode: UInt32, isApps: Bool) -> UpstreamFault {
        switch errorCode {
        case ErrorCode.cancel where isApps: .cancelled
        case ErrorCode.enhanceYourCalm where isApps: .askedForCalm
        case ErrorCode.protocolError, ErrorCode.flowControlError, ErrorCode.frameSizeError, ErrorCode.compressionError,
            ErrorCode.enhanceYourCalm, ErrorCode.streamClosed:
            .invalidResponse
        default: isApps ? .reset : .closed
        }
    }

    // MARK: Ending

    private func leavePool() {
        guard let key else { return }
        self.key = nil
        owner.closed(key)
    }

    private func failAll(_ fault: UpstreamFault, because cause: BadResponse? = nil) {
        let open = streams
        streams = StreamTable()
        for (id, stream) in zip(open.ids, open.values) {
            // A request that was never sent can be sent elsewhere.
            if session.wasSent(id) { stream.closed(fault, because: cause) } else { stream.closed(.refused) }
        }
    }

    override func inputEnded(isWhole: Bool) {
        // What arrived before the end is handled first.
        goOn()
        close()
    }

    override func gone(_ error: SystemError?) {
        leavePool()
        failAll(.closed)
    }

    /// The app refuses the connection, for example because it misses a client certificate.
    override func securityBroke(_ fault: Fault) {
        leavePool()
        if !streams.isEmpty { owner.failed(fault) }
        failAll(.tlsFailed)
        close()
    }
}
