import HTTP2
import HTTPModel
import HeaderPolicy
import ProxyCore

/// One stream of an HTTP/2 connection, as the client's side of an exchange.
final class HTTP2Stream: DownstreamSide, FramedStream {
    private let session: ServerSession
    private var connection: HTTP2Downstream?
    let relay: Relay
    private let worker: Worker
    private var id: Int32 = 0
    /// Bytes of the request's head, as long as the connection counts them.
    var headBytes = 0
    private var isOpen = false
    private var hasSubmittedEnd = false

    /// Response bytes that the session knows of and has not framed yet.
    private var queue = BodyQueue()
    /// Its bytes, as they are counted for the connection and the loop.
    private var queued = 0 {
        didSet {
            guard queued != oldValue else { return }
            worker.memory.charge(queued - oldValue)
            connection?.queued += queued - oldValue
            if (oldValue == 0) != (queued == 0) { connection?.stalling += queued == 0 ? -1 : 1 }
        }
    }
    private var bufferLimit = 0
    /// The exchange was told to wait. It goes on when this stream's bytes are taken: others may have made room before.
    private var isHeldBack = false
    /// When bytes were last taken, or began to wait.
    private(set) var lastTaken = 0

    /// Bytes of a body that nobody reads which may still come.
    private var discards = 0
    private static let discardLimit = 1 << 20

    /// The request is an extended CONNECT: what follows its head is a tunnel, if the app agrees.
    private var isConnect = false
    /// What the client sent before the app agreed; the stream's window bounds it.
    private var early: [UInt8] = []
    private var inputEnded = false

    /// What a stream keeps of an exchange's buffers until its next.
    private static let kept = 16 << 10

    init(_ connection: HTTP2Downstream) {
        self.connection = connection
        session = connection.session
        worker = connection.worker
        relay = Relay(worker: connection.worker, listener: connection.listener)
    }

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
    }

    /// The exchange is over: the stream waits for the next.
    func rest() {
        early = []
        relay.rest(keeping: Self.kept)
    }

    /// The connection is gone, or has no use for this object.
    func retire() {
        isOpen = false
        dropQueue()
        relay.retire()
        connection = nil
    }

    private func dropQueue() {
        queue.removeAll()
        queued = 0
    }

    // MARK: From the client

    /// Extended CONNECT (RFC 8441).
    func connect(_ name: [UInt8], endsStream: Bool, _ peer: Peer) {
        isConnect = true
        inputEnded = endsStream
        guard name.span.equalsIgnoringCase("websocket".utf8.span) else {
            return relay.reject(
                ParseFailure(.unknownProtocol), peer: peer)
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
        }
    }

    func requestEnded(trailers: Fields?) {
        guard isConnect else { return relay.requestEnded(trailers: trailers ?? worker.noFields) }
        inputEnded = true
        if relay.exchange.isTunnel { relay.endTunnelInput() }
    }

    /// The stream is closed on both sides, or was reset.
    func lost() {
        guard isOpen else { return }
        isOpen = false
        dropQueue()
        relay.downstreamLost()
        connection?.ended(self, id)
    }

    // MARK: To the client

    override func writeInformational(_ head: borrowing ResponseHead) {
        guard isOpen else { return }
        session.submitInformational(id, head)
        connection?.touch()
    }

    override func writeHead(_ head: borrowing StagedHead, body: BodyLength) {
        guard isOpen else { return }
        hasSubmittedEnd = body == .none || head.head.status.forbidsBody || relay.exchange.facts.request.method == .head
        session.submitResponse(id, head.head, endsStream: hasSubmittedEnd)
        connection?.touch()
    }

    override func writeBody(_ bytes: Span<UInt8>) {
        guard isOpen, !hasSubmittedEnd, bytes.count > 0, let connection else { return }
        session.offer(id, bytes.count)
        connection.touch()
        // What fills a write need not be kept for the end of the turn.
        let sent = bytes.count >= Worker.pumpLimit ? connection.send(bytes, of: id) : 0
        guard sent < bytes.count else { return }
        if queued == 0 { lastTaken = worker.clock.now }
        queue.append(bytes.extracting(droppingFirst: sent))
        queued = queue.count
        if !isWritable { isHeldBack = true }
    }

    override func finish(trailers: borrowing Fields, leavesBody: Bool) {
        guard isOpen else { return }
        if !hasSubmittedEnd { session.finish(id, trailers: trailers.isEmpty ? nil : copy trailers) }
        hasSubmittedEnd = true
        // A tunnel that there will not be, or that is over: nothing more is wanted of it.
        if isConnect { session.discardBody(id) }
        discards = leavesBody ? Self.discardLimit : 0
        connection?.touch()
    }

    override func beginTunnel() {
        let bytes = early
        early = []
        if !bytes.isEmpty { relay.tunnelBytes(bytes.span) }
        if inputEnded { relay.endTunnelInput() }
    }

    /// The response is out and the client still sends. Many clients take a reset at this moment for a failure of the whole, so what
    /// comes is read and thrown away for a while, and only then is the stream reset (RFC 9113 §8.1).
    override func stopBody() {
        guard isOpen else { return }
        session.reset(id, errorCode: ErrorCode.noError)
        connection?.touch()
    }

    override func truncate() {
        // The client has said all that it had to.
        if isConnect, inputEnded { finish(trailers: worker.noFields, leavesBody: false) } else { reset() }
    }

    private func reset() {
        guard isOpen, let connection else { return }
        // A reset throws away what has not left yet.
        connection.writeOut()
        session.reset(id, errorCode: isConnect ? ErrorCode.cancel : Self.errorCode(of: relay.exchange.facts.reason))
        connection.touch()
    }

    /// What an app meant for its client passes on; whatever else went wrong went wrong behind this connection.
    private static func errorCode(of reason: Reason?) -> UInt32 {
        switch reason {
        case .upstreamCancelled: ErrorCode.cancel
        case .upstreamAskedForCalm: ErrorCode.enhanceYourCalm
        default: ErrorCode.internalError
        }
    }

    // A window that is not opened stops the client, this stream alone: there is no reading to be paused.
    override func credit(_ count: Int) {
        guard isOpen else { return }
        session.consume(id, count)
        connection?.touch()
    }

    // MARK: What waits for the client

    /// What waits counts for all streams of the connection together; but a stream of which nothing waits is none of those that hold the
    /// others back.
    override var isWritable: Bool {
        queued == 0 || (worker.memory.pressure == .none && (connection?.queued ?? queued) <= bufferLimit)
    }

    override var hasTakenAll: Bool { queued == 0 && connection?.connection.isWritable == true }

    func move(_ count: Int, to output: inout [UInt8]) {
        queue.move(count, to: &output)
        queued = queue.count
        lastTaken = worker.clock.now
    }

    func bodyLeft() {
        guard isHeldBack, isWritable else { return }
        isHeldBack = false
        // Of a response that is whole nothing more is awaited.
        if !relay.exchange.isComplete { relay.downstreamWritable() }
    }

    /// Bytes wait for the client.
    var isStalling: Bool { queued > 0 }

    /// The client has not opened its window for too long.
    func stall() {
        if relay.exchange.isComplete { reset() } else { relay.breakOff(.writeTimeout) }
    }
}
