import HTTP1
import HTTP2
import HTTPModel
import HeaderPolicy
import NIOCore
import ProxyCore

/// One stream of an HTTP/2 connection, as the client's side of an exchange.
final class HTTP2Stream: Downstream {
    private let session: ServerSession
    private var connection: HTTP2Downstream?
    let exchange: Exchange
    private let worker: Worker
    private var listener: ListenerContext
    private var id: Int32 = 0
    /// Bytes of the request's head, as long as the connection counts them.
    var headBytes = 0
    /// Response bytes that nghttp2 knows of and has not framed yet.
    private var queue = CircularBuffer<ByteBuffer>()
    private var queued = 0 {
        didSet {
            guard queued != oldValue else { return }
            worker.memory.charge(queued - oldValue)
            connection?.queued += queued - oldValue
            if (oldValue == 0) != (queued == 0) { connection?.stalling += queued == 0 ? -1 : 1 }
        }
    }
    private var bufferLimit = 0
    private var isOpen = false
    /// Bytes of a body that nobody reads which may still come.
    private var discards = 0

    /// The request is an extended CONNECT: what follows its head is a tunnel, if the app agrees.
    private var isConnect = false
    /// What the client sent before the app agreed; the stream's window bounds it.
    private var early = ByteBuffer()
    private var inputEnded = false

    private static let discardLimit = 1 << 20

    init(connection: HTTP2Downstream) {
        self.connection = connection
        session = connection.session
        worker = connection.worker
        listener = connection.listener
        exchange = Exchange(worker: worker, downstream: Nobody.shared, listener: listener)
        exchange.serve(self)
    }

    /// The connection is gone, or has no use for this object.
    func retire() {
        isOpen = false
        queued = 0
        queue.removeAll()
        exchange.retire()
        connection = nil
    }

    func open(_ id: Int32, _ listener: ListenerContext) {
        self.listener = listener
        self.id = id
        isOpen = true
        queue.removeAll(keepingCapacity: true)
        queued = 0
        bufferLimit = listener.generation.configuration.source.limits.bodyBuffer
        isHeldBack = false
        exchange.reset(listener)
        isConnect = false
        early = ByteBuffer()
        inputEnded = false
    }

    /// Extended CONNECT (RFC 8441).
    func connect(_ name: [UInt8], endsStream: Bool, _ peer: Peer) {
        isConnect = true
        inputEnded = endsStream
        guard name.span.equalsIgnoringCase("websocket".utf8.span) else {
            return exchange.reject(
                ParseFailure(status: 501, reason: "unknown_protocol", message: "only WebSockets are tunnelled"), peer: peer)
        }
        exchange.beginWebSocket(peer: peer)
    }

    // MARK: From the client

    func received(_ bytes: ByteBuffer) {
        if isConnect {
            if exchange.machine.isTunnel { return exchange.tunnelBytes(bytes) }
            if exchange.machine.isComplete { return consumed(bytes.readableBytes) }
            early.writeImmutableBuffer(bytes)
            return
        }
        exchange.bodyReceived(bytes)
        guard exchange.machine.isComplete else { return }
        discards -= bytes.readableBytes
        if discards <= 0 { stopBody() }
    }

    /// The response is out and the client still sends. Many clients take a reset at this moment for a failure of the whole,
    /// so what comes is read and thrown away for a while, and only then is the stream reset (RFC 9113 §8.1).
    func stopBody() {
        guard isOpen else { return }
        session.reset(id, errorCode: ErrorCode.noError)
        flush()
    }

    func requestEnded(trailers: Fields?) {
        guard isConnect else { return exchange.requestEnded(trailers: trailers ?? worker.noFields) }
        inputEnded = true
        if exchange.machine.isTunnel { exchange.endTunnelInput() }
    }

    /// The stream is closed on both sides, or was reset.
    func lost() {
        guard isOpen else { return }
        isOpen = false
        queued = 0
        queue.removeAll(keepingCapacity: true)
        exchange.downstreamLost()
        connection?.ended(self, id)
    }

    // MARK: Downstream

    func writeInformational(_ head: borrowing ResponseHead) {
        guard isOpen else { return }
        session.submitInformational(id, head)
    }

    func writeHead(_ head: borrowing ResponseHead, body: BodyLength) {
        guard isOpen else { return }
        let hasNoBody = body == .none || head.status.forbidsBody || exchange.facts.request.method == .head
        session.submitResponse(id, head, endsStream: hasNoBody)
        hasSubmittedEnd = hasNoBody
    }

    private var hasSubmittedEnd = false

    func writeBody(_ bytes: ByteBuffer) {
        guard isOpen, !hasSubmittedEnd, bytes.readableBytes > 0 else { return }
        if queued == 0 { lastTaken = worker.clock.now }
        queue.append(bytes)
        queued += bytes.readableBytes
        session.offer(id, bytes.readableBytes)
        if !isWritable { isHeldBack = true }
    }

    func finish(trailers: borrowing Fields, leavesBody: Bool) {
        guard isOpen else { return }
        if !hasSubmittedEnd { session.finish(id, trailers: trailers.isEmpty ? nil : copy trailers) }
        hasSubmittedEnd = true
        // A tunnel that there will not be, or that is over: nothing more is wanted of it.
        if isConnect { session.discardBody(id) }
        discards = leavesBody ? Self.discardLimit : 0
    }

    func beginTunnel() {
        if early.readableBytes > 0 { exchange.tunnelBytes(early) }
        early = ByteBuffer()
        if inputEnded { exchange.endTunnelInput() }
        flush()
    }

    func giveUpOnClient() {}

    func truncate() {
        guard isOpen else { return }
        // The client has said all that it had to.
        if isConnect, inputEnded { return finish(trailers: worker.noFields, leavesBody: false) }
        // A reset throws away what has not left yet.
        connection?.writeOut()
        session.reset(id, errorCode: isConnect ? ErrorCode.cancel : Self.errorCode(of: exchange.facts.reason))
    }

    /// What an app meant for its client passes on; whatever else went wrong went wrong behind this connection.
    private static func errorCode(of reason: String) -> UInt32 {
        switch reason {
        case UpstreamFault.cancelled.rawValue: ErrorCode.cancel
        case UpstreamFault.askedForCalm.rawValue: ErrorCode.enhanceYourCalm
        default: ErrorCode.internalError
        }
    }

    func flush() { connection?.flush() }

    /// What waits for the client counts for all streams of the connection together; but a stream of which nothing waits is none of
    /// those that hold the others back.
    var isWritable: Bool {
        queued == 0 || (worker.memory.pressure == .none && (connection?.queued ?? queued) <= bufferLimit)
    }
    /// The exchange was told to wait. It goes on when this stream's bytes are taken: others may have made room before.
    private var isHeldBack = false

    /// Bytes wait for the client.
    var isStalling: Bool { queued > 0 }
    /// When bytes were last taken, or began to wait.
    private(set) var lastTaken = 0

    /// The client has not opened its window for too long.
    func stall() {
        if exchange.machine.isComplete { truncate() } else { exchange.breakOff(408, "write_timeout") }
    }

    func consumed(_ count: Int) {
        guard isOpen else { return }
        session.consume(id, count)
    }

    /// Nothing to do: a window that is not opened stops the client, this stream alone.
    func setReading(_ isReading: Bool) {}

    /// Hands over the next bytes of the queue, `count` in all.
    func take(_ count: Int, _ body: (ByteBuffer) -> Void) {
        var rest = count
        while rest > 0, !queue.isEmpty {
            let available = queue[queue.startIndex].readableBytes
            if available <= rest {
                rest -= available
                body(queue.removeFirst())
            } else if let piece = queue[queue.startIndex].readSlice(length: rest) {
                rest = 0
                body(piece)
            }
        }
        queued -= count - rest
        lastTaken = worker.clock.now
        guard isHeldBack, isWritable else { return }
        isHeldBack = false
        exchange.downstreamWritable()
    }
}
