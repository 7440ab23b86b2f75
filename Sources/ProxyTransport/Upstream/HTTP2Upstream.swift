import EventLoop
import HTTP2
import HTTPModel
import HeaderPolicy
import ProxyCore
import TLS

/// An HTTP/2 connection to an app, and the streams of the exchanges that it carries.
final class HTTP2Upstream: UpstreamConnection {
    private let owner: MultiplexedUpstream
    let session: ClientSession
    private var streams: [Int32: HTTP2UpstreamStream] = [:]
    /// The place in the pool, while the connection is made.
    private let place: MultiplexedUpstream.Pool.Key
    /// The same, from the moment that it may be used until it leaves the pool.
    private var key: MultiplexedUpstream.Pool.Key?
    /// Streams that the app allows, as the pool knows it; negative before the settings have come.
    private var capacityKnown = -1

    /// Bytes of a response that an app may send ahead on one stream. The connection's window has room for all streams at once,
    /// so that slow clients stop no other.
    private static let streamWindow = 128 << 10

    /// Nil if there is no memory for one.
    init?(_ owner: MultiplexedUpstream, _ place: MultiplexedUpstream.Pool.Key, worker: Worker) {
        let configuration = owner.configuration
        var settings = HTTP2Settings()
        settings.initialWindow = Self.streamWindow
        settings.connectionWindow = Self.streamWindow * max(1, min(owner.upstream.maxStreams, 1024))
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

    // MARK: The pool's side

    /// The preface goes out with the first request.
    override func dialled() {
        key = place
        touch()
        owner.connected(self, place)
    }

    override func dialFailed(_ failure: DialFailure) { owner.failed(place, failure) }

    /// A stream with the exchange's request on it; nil when this connection takes no more.
    func open(for relay: Relay) -> HTTP2UpstreamStream? {
        guard socket != nil, key != nil else { return nil }
        let message = relay.requestMessage
        let id = session.submitRequest(
            method: relay.exchange.facts.request.methodToken, scheme: owner.upstream.scheme.isTLS ? .https : .http,
            authority: message.authority.span, target: message.target.span,
            fields: message.fields, endsStream: relay.exchange.requestBody == .none)
        guard let id else { return nil }
        let stream = HTTP2UpstreamStream(self, id, relay)
        streams[id] = stream
        touch()
        return stream
    }

    /// The response on a stream is whole by its head, and the app has still to say so.
    func linger(_ stream: Int32) { owner.linger(self, stream) }

    /// The app has not said so: the stream is given back.
    func giveUp(_ stream: Int32) {
        session.reset(stream, errorCode: ErrorCode.cancel)
        touch()
    }

    /// Ends the connection, which carries nothing any more, in good order: GOAWAY, then the socket.
    func shutDown() {
        key = nil
        session.finishShutdown()
        worker.frames.send(session, streams, on: self)
        end()
    }

    // MARK: Bytes to the app

    /// What has been submitted leaves at the end of this turn of the loop, so that one write takes the requests of many clients.
    func touch() { worker.touch(self) }

    override func goOn() {
        guard socket != nil else { return }
        // What is sent ends streams, and what an end changes is to be sent.
        repeat {
            handleEvents(Span())
            worker.frames.send(session, streams, on: self)
        } while !session.events.isEmpty
        if session.hasFailed {
            leavePool()
            let cause = session.connectionFault ?? .protocolError
            failAll(.invalidResponse, because: BadResponse(cause.reason, cause.message))
        }
        if session.isFinished || session.hasFailed && !isWritable { end() }
    }

    /// A large part of a stream's body leaves at once. Returns how much of it has left.
    func send(_ bytes: Span<UInt8>, of stream: Int32) -> Int {
        worker.frames.send(bytes, of: stream, session, streams, on: self)
    }

    override func drained() { touch() }

    // MARK: Bytes from the app

    override func received(_ bytes: Span<UInt8>) {
        session.receive(bytes, now: worker.clock.now)
        handleEvents(bytes)
        if let key, !session.hasFailed, session.maxConcurrentStreams != capacityKnown {
            capacityKnown = session.maxConcurrentStreams
            owner.allows(key, capacityKnown)
        }
        touch()
    }

    /// - Parameter bytes: those that brought the events; what is sent brings none with bytes.
    private func handleEvents(_ bytes: Span<UInt8>) {
        guard !session.events.isEmpty else { return }
        // Handling one may make others.
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
        streams[id]?.closed(fault, because: cause.map { BadResponse($0.reason, $0.message) })
        streams[id] = nil
        if let key { owner.ended(key) }
    }

    /// What the end of a stream before that of its response means. `isApps`: the app said so, or else this side's checks.
    private static func fault(_ errorCode: UInt32, isApps: Bool) -> UpstreamFault {
        switch errorCode {
        case ErrorCode.cancel where isApps: .cancelled
        case ErrorCode.enhanceYourCalm where isApps: .askedForCalm
        case ErrorCode.protocolError, ErrorCode.flowControlError, ErrorCode.frameSizeError, ErrorCode.compressionError,
            ErrorCode.enhanceYourCalm, ErrorCode.streamClosed:
            .invalidResponse
        default: .closed
        }
    }

    // MARK: The end

    /// Says goodbye, and waits for nobody to take it.
    private func end() {
        guard socket != nil else { return }
        closeAfterSending()
        close()
    }

    private func leavePool() {
        guard let key else { return }
        self.key = nil
        owner.closed(key)
    }

    private func failAll(_ fault: UpstreamFault, because cause: BadResponse? = nil) {
        let open = streams
        streams = [:]
        for (id, stream) in open {
            // What was never sent can be sent elsewhere.
            if session.wasSent(id) { stream.closed(fault, because: cause) } else { stream.closed(.refused) }
        }
    }

    override func inputEnded(isWhole: Bool) {
        // What came with the end counts first.
        goOn()
        close()
    }

    override func gone(_ error: SystemError?) {
        leavePool()
        failAll(.closed)
    }

    /// The app refuses the connection, for a client certificate that it misses for example.
    override func securityBroke(_ fault: Fault) {
        leavePool()
        if !streams.isEmpty { owner.failed(fault) }
        failAll(.tlsFailed)
        close()
    }
}
