import HTTP1
import HTTP2
import HTTPModel
import HeaderPolicy
import NIOCore
import ProxyCore

/// One stream of an HTTP/2 connection to an app.
final class HTTP2UpstreamStream: UpstreamSide {
    private let connection: HTTP2Upstream
    private let session: ClientSession
    private let id: Int32
    /// Nil once it has ended, or has lost interest.
    private(set) var exchange: Exchange?
    /// Request bytes that nghttp2 knows of and has not framed yet.
    private var queue = CircularBuffer<ByteBuffer>()
    private var queued = 0 { didSet { connection.worker.memory.charge(queued - oldValue) } }
    private let bufferLimit: Int
    private var hasFinished: Bool
    private var isReading = true
    /// Response bytes that the client has not taken: no more may come in their place.
    private var untaken = 0

    deinit { if queued != 0 { connection.worker.memory.charge(-queued) } }

    init(_ connection: HTTP2Upstream, _ session: ClientSession, _ id: Int32, _ exchange: Exchange, bufferLimit: Int) {
        self.connection = connection
        self.session = session
        self.id = id
        self.exchange = exchange
        self.bufferLimit = bufferLimit
        hasFinished = exchange.requestBody == .none
    }

    // MARK: The exchange's side

    func writeBody(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0, !hasFinished else { return }
        queue.append(bytes)
        queued += bytes.readableBytes
        session.offer(id, bytes.readableBytes)
    }

    func finishBody(trailers: borrowing Fields) {
        guard !hasFinished else { return }
        hasFinished = true
        session.finish(id, trailers: trailers.isEmpty ? nil : copy trailers)
    }

    /// No request on this stream asks for a tunnel.
    func writeRaw(_ bytes: ByteBuffer) {}
    func finishRaw() {}

    func flush() { connection.flush() }

    var server: ServerPool? { connection.server }

    var isWritable: Bool { queued <= bufferLimit }

    func setReading(_ isReading: Bool) {
        self.isReading = isReading
        guard isReading, untaken > 0 else { return }
        session.consume(id, untaken)
        untaken = 0
        connection.flush()
    }

    /// The app learns that nobody waits (RFC 9113 §5.4.2), and other streams go on.
    func cancel() {
        exchange = nil
        session.reset(id, errorCode: ErrorCode.cancel)
        connection.flush()
    }

    // MARK: The app's side

    func informational(_ head: inout ResponseHead) { exchange?.informational(&head) }

    func responded(endsStream: Bool) {
        guard let exchange else { return }
        session.takeResponse(id, into: &exchange.response)
        if endsStream { sayLength(exchange) }
        exchange.responseReceived(body: body(of: exchange.response, endsStream: endsStream), isUpgrade: false)
        // No event follows for what ended with its head.
        if endsStream { ended(trailers: nil) }
    }

    /// An end that HTTP/2 says by a flag has to be said by a field to a client of HTTP/1.
    private func sayLength(_ exchange: Exchange) {
        let request = exchange.facts.request
        guard request.version != .http2, request.method != .head, !exchange.response.status.forbidsBody,
            exchange.response.fields.firstIndex(of: .contentLength) == nil
        else { return }
        exchange.response.fields.append(.contentLength, name: "Content-Length".utf8.span, value: "0".utf8.span)
    }

    /// How the body is framed where it comes from. The session holds it to that.
    private func body(of response: borrowing ResponseHead, endsStream: Bool) -> BodyLength {
        if endsStream { return .none }
        guard let line = response.fields.firstIndex(of: .contentLength) else { return .chunked }
        let length = Int(response.fields.value(at: line).text) ?? 0
        return length > 0 ? .length(length) : .none
    }

    func received(_ bytes: ByteBuffer) {
        let count = bytes.readableBytes
        exchange?.responseBytes(bytes)
        if isReading || exchange == nil { session.consume(id, count) } else { untaken += count }
    }

    func ended(trailers: Fields?) {
        guard let exchange else { return }
        self.exchange = nil
        // An answer before the end of the question: the rest is of no use to the app.
        if !hasFinished || queued > 0 {
            session.reset(id, errorCode: ErrorCode.noError)
        } else if !session.hasEnded(id) {
            connection.linger(id)
        }
        exchange.responseEnded(trailers: trailers ?? Fields())
    }

    /// The stream is gone before its response was whole.
    func closed(_ fault: UpstreamFault, because cause: BadResponse? = nil) {
        guard let exchange else { return }
        self.exchange = nil
        // What came before is the client's: a reset would overtake it.
        if exchange.machine.hasStarted { exchange.downstream.flush() }
        exchange.upstreamFailed(fault, because: cause)
    }

    /// Hands over the next bytes of the queue, `count` in all.
    func take(_ count: Int, _ body: (ByteBuffer) -> Void) {
        var rest = count
        let wasWritable = isWritable
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
        if !wasWritable && isWritable { exchange?.upstreamWritable() }
    }
}
