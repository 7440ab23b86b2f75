import HTTP1
import HTTP2
import HTTPModel
import HeaderPolicy
import NIOCore
import NIOSSL
import ProxyCore

/// An HTTP/2 connection to an app: the handler of its channel, and the streams of the exchanges that it carries.
final class HTTP2Upstream: SocketConnection, ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let worker: Worker
    private let owner: MultiplexedUpstream
    /// Nil if there is no memory for one.
    let session: ClientSession?
    private var streams: [Int32: HTTP2UpstreamStream] = [:]
    /// The place in the pool, from the moment that it may be used.
    private var key: MultiplexedUpstream.Pool.Key?
    /// Streams that the app allows, as the pool knows it; negative before the settings have come.
    private var capacityKnown = -1
    private var isHandling = false
    private var isPumping = false
    private var isScheduled = false
    /// Whose writes are to be flushed when the events at hand are done.
    private var touched: [any Downstream] = []

    /// Bytes of a response that an app may send ahead on one stream. The connection's window has room for all streams at once,
    /// so that slow clients stop no other.
    private static let streamWindow = 128 << 10

    init(worker: Worker, owner: MultiplexedUpstream) {
        self.worker = worker
        self.owner = owner
        let configuration = owner.configuration
        var settings = HTTP2Settings()
        settings.initialWindow = Self.streamWindow
        settings.connectionWindow = Self.streamWindow * max(1, min(owner.upstream.maxStreams, 1024))
        session = try? ClientSession(
            settings: settings, limits: configuration.source.limits.message, names: configuration.names)
        super.init(reads: owner.isSecured ? nil : ReadSize(worker.readBuffers), memory: worker.memory)
    }

    // MARK: The pool's side

    var server: ServerPool? { owner.server }

    /// The other end, as the log says it.
    private(set) lazy var peerAddress = context?.channel.remoteAddress.map { Array(hostText($0).utf8) } ?? []

    /// The connection is there, TLS included: its preface goes out with the first request.
    func begin(_ key: MultiplexedUpstream.Pool.Key) {
        self.key = key
        flush()
    }

    /// A stream with the exchange's request on it; nil when this connection takes no more.
    func open(for exchange: Exchange) -> HTTP2UpstreamStream? {
        guard context != nil, key != nil, let session else { return nil }
        let message = exchange.requestMessage
        let id = session.submitRequest(
            method: exchange.facts.request.methodToken, scheme: owner.upstream.scheme.isTLS ? .https : .http,
            authority: message.authority.span, target: message.target.span, fields: message.fields,
            endsStream: exchange.requestBody == .none)
        guard let id else { return nil }
        let stream = HTTP2UpstreamStream(self, session, id, exchange, bufferLimit: exchange.limits.bodyBuffer)
        streams[id] = stream
        return stream
    }

    /// The response on a stream is whole by its head, and the app has still to say so.
    func linger(_ stream: Int32) { owner.linger(self, stream) }

    /// The app has not said so: the stream is given back.
    func giveUp(_ stream: Int32) {
        session?.reset(stream, errorCode: ErrorCode.cancel)
        flush()
    }

    /// Ends the connection in good order: GOAWAY, then the channel.
    func close() {
        key = nil
        session?.finishShutdown()
        pump()
        context?.close(promise: nil)
    }

    // MARK: Bytes to the app

    /// What has been submitted leaves at the end of this turn of the loop, so that one write takes the requests of many clients.
    func flush() {
        guard !isScheduled, !isHandling else { return }
        isScheduled = true
        worker.eventLoop.assumeIsolated().execute { [self] in
            isScheduled = false
            worker.clock.refresh()
            pump()
        }
    }

    private func pump() {
        guard !isPumping, let context, let session else { return }
        isPumping = true
        while isWritable {
            session.collectOutput(limit: Worker.pumpLimit)
            guard !session.parts.isEmpty else { break }
            write(session)
            session.removeAllOutput()
            handleEvents(ByteBuffer())
        }
        isPumping = false
        if session.hasFailed {
            leavePool()
            let cause = session.connectionFault ?? .protocolError
            failAll(.invalidResponse, because: BadResponse(cause.reason, cause.message))
        }
        if session.isFinished || session.hasFailed && !isWritable { context.close(promise: nil) }
    }

    /// Puts frame heads and the streams' queued bytes together: small ones in one buffer, large ones beside it.
    private func write(_ session: ClientSession) {
        var buffer = ByteBuffer()
        for part in session.parts {
            switch part {
            case .bytes(let range): buffer.writeBytes(session.output[range])
            case .data(let id, let count):
                streams[id]?.take(count) { piece in
                    if piece.readableBytes <= Worker.copyLimit {
                        buffer.writeImmutableBuffer(piece)
                    } else {
                        if buffer.readableBytes > 0 { queue(buffer) }
                        buffer = ByteBuffer()
                        queue(piece)
                    }
                }
            }
        }
        if buffer.readableBytes > 0 { writeAndFlush(buffer) } else { flushWritten() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        worker.clock.refresh()
        noteWritability(context)
        if isWritable { flush() }
    }

    // MARK: Bytes from the app

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let session else { return }
        worker.clock.refresh()
        let bytes = unwrapInboundIn(data)
        session.receive(bytes.readableBytesUInt8Span, now: worker.clock.now)
        handleEvents(bytes)
        if let key, !session.hasFailed, session.maxConcurrentStreams != capacityKnown {
            capacityKnown = session.maxConcurrentStreams
            owner.allows(key, capacityKnown)
        }
        pump()
        worker.readBuffers.giveBack(bytes)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    private func handleEvents(_ bytes: ByteBuffer) {
        guard let session, !isHandling, !session.events.isEmpty else { return }
        isHandling = true
        // Handling one may make others.
        var next = 0
        while next < session.events.count {
            let event = session.events[next]
            next += 1
            switch event {
            case .informational(let id):
                guard var head = session.takeInformational(id) else { continue }
                with(id) { $0.informational(&head) }
            case .response(let id, let endsStream): with(id) { $0.responded(endsStream: endsStream) }
            case .data(let id, let range):
                let start = bytes.readerIndex + range.lowerBound
                with(id) { $0.received(bytes.getSlice(at: start, length: range.count) ?? ByteBuffer()) }
            case .end(let id):
                with(id) {
                    $0.exchange?.leftOut(session.droppedTrailers(id), ofRequest: false)
                    $0.ended(trailers: session.takeTrailers(id))
                }
            case .closed(let id, let errorCode, let isUnprocessed):
                let fault = isUnprocessed ? .refused : Self.fault(errorCode, isApps: session.wasResetByUpstream(id))
                let cause = fault == .invalidResponse ? session.fault(of: id) ?? ResponseFault(errorCode: errorCode) : nil
                with(id) { $0.closed(fault, because: cause.map { BadResponse($0.reason, $0.message) }) }
                streams[id] = nil
                if let key { owner.ended(key) }
            case .goAway: if let key { owner.leave(key) }
            }
        }
        session.removeAllEvents()
        isHandling = false
        flushTouched()
    }

    private func with(_ id: Int32, _ body: (HTTP2UpstreamStream) -> Void) {
        guard let stream = streams[id] else { return }
        touch(stream)
        body(stream)
    }

    private func touch(_ stream: HTTP2UpstreamStream) {
        guard let downstream = stream.exchange?.downstream, touched.last !== downstream else { return }
        touched.append(downstream)
    }

    private func flushTouched() {
        var downstreams: [any Downstream] = []
        swap(&downstreams, &touched)
        for downstream in downstreams { downstream.flush() }
        downstreams.removeAll(keepingCapacity: true)
        if touched.isEmpty { swap(&downstreams, &touched) }
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

    private func leavePool() {
        guard let key else { return }
        self.key = nil
        owner.closed(key)
    }

    private func failAll(_ fault: UpstreamFault, because cause: BadResponse? = nil) {
        let open = streams
        streams = [:]
        for (id, stream) in open {
            touch(stream)
            // What was never sent can be sent elsewhere.
            if session?.wasSent(id) == false { stream.closed(.refused) } else { stream.closed(fault, because: cause) }
        }
        flushTouched()
    }

    override func channelInactive(context: ChannelHandlerContext) {
        super.channelInactive(context: context)
        worker.clock.refresh()
        leavePool()
        failAll(.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        worker.clock.refresh()
        if TLSFailure.isTLS(error), error as? NIOSSLError != .uncleanShutdown {
            leavePool()
            if !streams.isEmpty { owner.failed(error) }
            failAll(.tlsFailed)
        }
        context.close(promise: nil)
    }
}
