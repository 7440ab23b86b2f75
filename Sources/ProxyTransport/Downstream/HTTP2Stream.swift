import HTTP2
import HTTPModel
import HeaderPolicy
import ProxyCore

/// One stream of an HTTP/2 connection: the client's side of an exchange.
final class HTTP2Stream: DownstreamSide, FramedStream {
    private let session: ServerSession
    private let connection: HTTP2Downstream
    let relay: Relay
    private let worker: Worker
    private var id: Int32 = 0
    /// The bytes of the request's head that are currently counted for the connection.
    private(set) var headBytes = 0
    private var isOpen = false
    private var hasSubmittedEnd = false

    /// Response bytes that the session knows of and has not framed yet.
    private var queue = BodyQueue()
    /// The length of `queue` as it is counted for the connection and the loop.
    private var queued = 0 {
        didSet {
            guard queued != oldValue else { return }
            worker.memory.charge(queued - oldValue)
            connection.queued += queued - oldValue
            if (oldValue == 0) != (queued == 0) { connection.stalling += queued == 0 ? -1 : 1 }
        }
    }
    private var bufferLimit = 0
    /// Whether the exchange was told to wait. It continues when bytes of this stream are taken, even if other streams made room
    /// earlier.
    private var isHeldBack = false
    /// When bytes were last taken, or began to wait.
    private(set) var lastTaken = 0

    /// The number of unread body bytes that may still arrive and are discarded.
    private var discards = 0
    private static let discardLimit = 1 << 20

    /// Whether the request is an extended CONNECT, whose head is followed by a tunnel if the app agrees.
    private var isConnect = false
    /// Bytes that the client sent before the app agreed; the stream's window bounds them.
    private var early: [UInt8] = []
    /// The bytes of the request that wait for the app.
    var heldBytes: Int { relay.heldBytes &+ early.count }
    private var inputEnded = false

    init(_ connection: HTTP2Downstream) {
        self.connection = connection
        session = connection.session
        worker = connection.worker
        relay = Relay(worker: worker, listener: connection.connection.listener)
    }

    /// Serves a new stream, whose request the session has.
    func open(_ id: Int32, _ listener: ListenerContext) {
        self.id = id
        isOpen = true
        hasSubmittedEnd = false
        bufferLimit = listener.generation.configuration.source.limits.bodyBuffer
        isHeldBack = false
        discards = 0
        isConnect = false
        inputEnded = false
        relay.reset(listener)
        relay.serve(self)
        session.takeRequest(id, into: &relay.exchange.facts.request)
        headBytes = relay.exchange.facts.request.storageSize
    }

    /// Begins the exchange.
    func begin(endsStream: Bool, _ peer: Peer) {
        if let name = session.connectProtocol(id) { return connect(name, endsStream: endsStream, peer) }
        relay.begin(
            body: endsStream ? .none : BodyLength(ofHTTP2Request: relay.exchange.facts.request.fields), wantsUpgrade: false,
            peer: peer)
    }

    /// Answers a request that is not served.
    func reject(_ failure: ParseFailure, _ peer: Peer) { relay.reject(failure, peer: peer) }

    /// Prepares the stream for the next exchange when one is over, with buffers of at most `kept` bytes.
    func rest(keeping kept: Int) {
        _ = takeEarly()
        relay.rest(keeping: kept)
    }

    /// Ends the use of this object: the connection is gone or does not need it.
    func retire() {
        isOpen = false
        _ = takeEarly()
        dropQueue()
        relay.retire()
    }

    private func takeEarly() -> [UInt8] {
        worker.memory.charge(-early.count)
        defer { early = [] }
        return early
    }

    private func dropQueue() {
        queue.removeAll()
        queued = 0
    }

    // MARK: From the client

    /// Begins an extended CONNECT (RFC 8441).
    private func connect(_ name: [UInt8], endsStream: Bool, _ peer: Peer) {
        isConnect = true
        inputEnded = endsStream
        guard name.span.equalsIgnoringCase("websocket".utf8.span) else {
            return reject(ParseFailure(.unknownProtocol), peer)
        }
        relay.beginWebSocket(peer: peer)
    }

    func received(_ bytes: Span<UInt8>) {
        guard !isConnect else { return tunnelReceived(bytes) }
        relay.bodyReceived(bytes)
        guard relay.exchange.isComplete else { return }
        discards &-= bytes.count
        if discards <= 0 { stopBody() }
    }

    private func tunnelReceived(_ bytes: Span<UInt8>) {
        if relay.exchange.isTunnel {
            relay.tunnelBytes(bytes)
        } else if relay.exchange.isComplete {
            credit(bytes.count)
        } else {
            early.append(copying: bytes)
            worker.memory.charge(bytes.count)
        }
    }

    func requestEnded(trailers: Fields?) {
        guard isConnect else { return relay.requestEnded(trailers: trailers) }
        inputEnded = true
        if relay.exchange.isTunnel { relay.endTunnelInput() }
    }

    /// Called when the stream is closed on both sides or was reset.
    ///
    /// - Parameter fault: what was wrong with the rest of the request, if that ended the stream.
    func lost(because fault: Reason?) {
        guard isOpen else { return }
        isOpen = false
        dropQueue()
        relay.downstreamLost(because: fault)
        connection.ended(id)
    }

    // MARK: To the client

    override func writeInformational(_ head: borrowing ResponseHead) {
        guard isOpen else { return }
        session.submitInformational(id, head)
        connection.touch()
    }

    override func writeHead(_ head: borrowing StagedHead, body: BodyLength) {
        guard isOpen else { return }
        hasSubmittedEnd = body == .none || head.head.status.forbidsBody || relay.exchange.facts.request.method == .head
        session.submitResponse(id, head.head, endsStream: hasSubmittedEnd)
        connection.touch()
    }

    override func writeBody(_ bytes: Span<UInt8>) {
        guard isOpen, !hasSubmittedEnd, bytes.count > 0 else { return }
        session.offer(id, bytes.count)
        connection.touch()
        // A part that fills a write does not have to wait for the end of the turn.
        let sent = bytes.count >= Worker.pumpLimit ? connection.send(bytes, of: id) : 0
        guard sent < bytes.count else { return }
        if queued == 0 { lastTaken = worker.clock.now }
        queue.append(bytes.extracting(droppingFirst: sent))
        queued = queue.count
        if !isWritable { isHeldBack = true }
    }

    override func finish(trailers: Fields?, leavesBody: Bool) {
        guard isOpen else { return }
        if !hasSubmittedEnd { session.finish(id, trailers: trailers) }
        hasSubmittedEnd = true
        // The tunnel was not opened or is over, so further input is discarded.
        if isConnect { session.discardBody(id) }
        discards = leavesBody ? Self.discardLimit : 0
        connection.touch()
    }

    override func beginTunnel() {
        let bytes = takeEarly()
        if !bytes.isEmpty { relay.tunnelBytes(bytes.span) }
        if inputEnded { relay.endTunnelInput() }
    }

    /// Has a stream whose response is complete reset, once all of it has been sent, while the client still sends. Many clients take
    /// an early reset for a failure of the whole exchange, so the body is first read and discarded for a while (RFC 9113 §8.1).
    override func stopBody() {
        guard isOpen else { return }
        session.discardBody(id)
        connection.touch()
    }

    override func truncate() {
        // The client has already ended its side of the tunnel.
        if isConnect, inputEnded { finish(trailers: nil, leavesBody: false) } else { reset() }
    }

    private func reset() {
        guard isOpen else { return }
        // A reset discards everything that has not been sent yet.
        connection.writeOut()
        session.reset(id, errorCode: isConnect ? ErrorCode.cancel : Self.errorCode(of: relay.exchange.facts.reason))
        connection.touch()
    }

    /// The error code for a reset: an app's own code for its client is passed on, and every other failure is an internal error.
    private static func errorCode(of reason: Reason?) -> UInt32 {
        switch reason {
        case .upstreamCancelled: ErrorCode.cancel
        case .upstreamAskedForCalm: ErrorCode.enhanceYourCalm
        default: ErrorCode.internalError
        }
    }

    // There is no reading to pause: a window that is not opened stops the client on this stream alone.
    override func credit(_ count: Int) {
        guard isOpen else { return }
        session.consume(id, count)
        connection.touch()
    }

    // MARK: Waiting bytes

    /// Whether more may be written. The waiting bytes of all streams of the connection count together, but a stream with none of
    /// its own is not held back.
    override var isWritable: Bool {
        queued == 0 || (worker.memory.pressure == .none && connection.queued <= bufferLimit)
    }

    override var hasTakenAll: Bool { queued == 0 && connection.connection.isWritable }

    func move(_ count: Int, to output: inout [UInt8]) {
        queue.move(count, to: &output)
        queued = queue.count
        lastTaken = worker.clock.now
    }

    func bodyLeft() {
        guard isHeldBack, isWritable else { return }
        isHeldBack = false
        // A complete response needs nothing more.
        if !relay.exchange.isComplete { relay.downstreamWritable() }
    }

    /// Whether bytes wait for the client.
    var isStalling: Bool { queued > 0 }

    /// Ends the stream because the client has not opened its window for too long.
    func stall() {
        if relay.exchange.isComplete { reset() } else { relay.breakOff(.writeTimeout) }
    }
}
