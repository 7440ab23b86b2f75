import HTTP1
import HTTPModel
import HeaderPolicy
import NIOCore
import NIOSSL
import ProxyCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An HTTP/1.1 connection to an app: the handler of its channel, and the exchange that it serves.
final class HTTP1Upstream: SocketConnection, ChannelDuplexHandler, UpstreamSide {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Strongly, until the connection has ended: each use of a reference that does not own would be two atomic operations.
    private let worker: Worker
    private let pool: ServerPool
    private var parser: ResponseParser
    private var exchange: Exchange?
    private var input = ByteBuffer()
    private var output = ByteBuffer()
    /// What was output before, and whose storage serves again once it has left.
    private var written = ByteBuffer()
    private var isTunnel = false
    private var isChunked = false
    /// In which turn of the loop a connection that had served before was asked again; -1 for a fresh one.
    private var askedIn = -1
    private var hasContinued = false
    private var idleSince: UInt64 = 0
    private let readLimit: ReadLimit
    /// If it ends now, the app wanted that. TLS tells by an error where it does not vouch for the end; in the clear the app's end comes
    /// as an event, before that of the channel.
    private var endsWell: Bool
    /// The place in the pool.
    var key: ServerPool.Pool.Key?

    init(worker: Worker, pool: ServerPool) {
        self.worker = worker
        self.pool = pool
        parser = ResponseParser(limits: pool.configuration.source.limits.message, names: pool.configuration.names)
        let readLimit = ReadLimit()
        self.readLimit = readLimit
        endsWell = pool.isSecured
        super.init(reads: pool.isSecured ? nil : ReadSize(worker.readBuffers, limit: readLimit), memory: worker.memory)
    }

    // MARK: The exchange's side

    var server: ServerPool? { pool }

    /// The other end, as the log says it.
    private(set) lazy var peerAddress = context?.channel.remoteAddress.map { Array(hostText($0).utf8) } ?? []

    /// An idle connection at which something waits that the loop has not come to yet: its end, or an answer to nothing. Either way
    /// it is not for the next exchange. One that was in use a moment ago is not asked; that costs a call into the kernel.
    var hasSpokenUnasked: Bool {
        guard worker.clock.nanoseconds &- idleSince > Self.moment, let socket else { return false }
        var byte: UInt8 = 0
        // The descriptor is that of an open channel, which only this loop closes, and the byte stays where it is.
        return unsafe recv(socket, &byte, 1, Self.peek) >= 0 || errno != EAGAIN
    }

    /// Nanoseconds.
    private static let moment: UInt64 = 1_000_000
    private static let peek = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)

    /// Serves an exchange: its head goes out at the next flush.
    func begin(_ exchange: Exchange, reused: Bool) {
        self.exchange = exchange
        askedIn = reused ? worker.markTurn() : -1
        hasContinued = false
        isChunked = exchange.requestBody == .chunked
        parser.next(method: exchange.facts.request.method)
        output.writeBytes(exchange.requestBytes)
    }

    func writeBody(_ bytes: ByteBuffer) {
        let count = bytes.readableBytes
        guard count > 0 else { return }
        if isChunked { worker.append(to: &output) { MessageWriter.writeChunkHead(count, into: &$0) } }
        writeRaw(bytes)
        if isChunked { output.writeStaticString("\r\n") }
    }

    /// Bytes as they are: a body of known length, or a tunnel.
    func writeRaw(_ bytes: ByteBuffer) {
        if bytes.readableBytes <= Worker.copyLimit {
            output.writeImmutableBuffer(bytes)
        } else {
            writeOutput()
            write(bytes)
        }
    }

    func finishRaw() {
        flush()
        context?.close(mode: .output, promise: nil)
    }

    func finishBody(trailers: borrowing Fields) {
        guard isChunked else { return }
        worker.append(to: &output) { MessageWriter.writeLastChunk(trailers: trailers, into: &$0) }
    }

    private func writeOutput() {
        guard output.readableBytes > 0 else { return }
        queue(output)
        swap(&output, &written)
        output.clear()
    }

    func flush() {
        guard output.readableBytes > 0 else { return flushWritten() }
        writeAndFlush(output)
        output.clear()
    }

    /// The exchange has no more interest: what is on its way belongs to nobody, so the connection cannot be used again.
    func cancel() {
        exchange = nil
        close()
    }

    func close() { context?.close(promise: nil) }

    // MARK: The app's side

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        worker.clock.refresh()
        let bytes = unwrapInboundIn(data)
        guard let exchange else {
            // Nobody asked: a second answer, or an answer before the question.
            close()
            return
        }
        // It was there before the question went out: an answer to nothing, which must not become this client's.
        if askedIn == worker.turn { return fail(.closed) }
        let downstream = exchange.downstream
        if isTunnel {
            exchange.responseBytes(bytes)
        } else if input.readableBytes == 0 {
            parse(bytes, exchange)
        } else {
            var whole = input
            input = ByteBuffer()
            whole.writeImmutableBuffer(bytes)
            parse(whole, exchange)
        }
        downstream.flush()
        worker.readBuffers.giveBack(bytes)
    }

    /// - Parameter bytes: all that has not been parsed yet.
    private func parse(_ bytes: consuming ByteBuffer, _ exchange: Exchange) {
        while self.exchange === exchange {
            if isTunnel {
                if bytes.readableBytes > 0 { exchange.responseBytes(bytes) }
                return
            }
            let step = parser.parse(bytes.readableBytesUInt8Span)
            switch step.event {
            case .needMore:
                bytes.moveReaderIndex(forwardBy: step.consumed)
                if bytes.readableBytes > 0 { input = bytes.compacted() }
                // A part of a head is an answer that broke off, not a connection that was gone before the request came.
                exchange.machine.responseBegan()
                return
            case .informational:
                bytes.moveReaderIndex(forwardBy: step.consumed)
                if parser.head.status == 100 { hasContinued = true }
                exchange.informational(&parser.head)
            case .head:
                bytes.moveReaderIndex(forwardBy: step.consumed)
                swap(&exchange.response, &parser.head)
                isTunnel = parser.isUpgrade
                readLimit.bytes = passesWhole ? ReadBuffers.largest : ReadBuffers.large
                exchange.responseReceived(body: parser.body, isUpgrade: parser.isUpgrade)
            case .body(let range):
                let part = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count)
                bytes.moveReaderIndex(forwardBy: step.consumed)
                exchange.responseBytes(part ?? ByteBuffer())
            case .end: return finish(exchange, leftOver: bytes.readableBytes - step.consumed)
            case .failed(let failure):
                return fail(.invalidResponse, because: BadResponse(failure.reason, failure.message))
            }
        }
    }

    /// The body goes on as it is read. Of a chunked one each chunk is copied, and a client that reads nothing keeps the copies.
    private var passesWhole: Bool {
        switch parser.body {
        case .length, .untilClose: !isTunnel
        case .none, .chunked: false
        }
    }

    /// - Parameter leftOver: bytes that were said without being asked for: a second answer, or nonsense.
    private func finish(_ exchange: Exchange, leftOver: Int) {
        self.exchange = nil
        let isReusable =
            parser.keepAlive && leftOver == 0 && exchange.machine.isRequestComplete && hasReadBody(of: exchange)
        let (trailers, dropped) = (parser.trailers, parser.droppedTrailers)
        setReading(true)
        idleSince = worker.clock.nanoseconds
        // Before the exchange ends: the connection may serve the client's next, pipelined request at once.
        if isReusable { pool.release(self) } else { close() }
        exchange.leftOut(dropped, ofRequest: false)
        exchange.responseEnded(trailers: trailers)
    }

    /// False where some apps leave a body unread and take it for the next request: that would be another client's. Those are
    /// bodies of methods that have no use for one, and of requests that asked first and were answered at once (RFC 9110 §9.3.1,
    /// §10.1.1).
    private func hasReadBody(of exchange: Exchange) -> Bool {
        guard exchange.requestBody != .none else { return true }
        switch exchange.facts.request.method {
        case .get, .head, .delete, .options: return false
        case .post, .put, .patch, .connect, .trace, .other:
            return hasContinued || exchange.facts.request.fields.firstIndex(of: .expect) == nil
        }
    }

    private func fail(_ fault: UpstreamFault, because cause: BadResponse? = nil) {
        guard let exchange else { return }
        self.exchange = nil
        let downstream = exchange.downstream
        exchange.upstreamFailed(fault, because: cause)
        downstream.flush()
        close()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        worker.clock.refresh()
        noteWritability(context)
        guard isWritable, let exchange else { return }
        exchange.upstreamWritable()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            endsWell = true
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    override func channelInactive(context: ChannelHandlerContext) {
        super.channelInactive(context: context)
        ended()
        context.fireChannelInactive()
    }

    override func handlerRemoved(context: ChannelHandlerContext) {
        // One that ended before it was active has not been told so.
        ended()
        super.handlerRemoved(context: context)
    }

    private func ended() {
        worker.clock.refresh()
        pool.closed(self)
        if let exchange {
            let downstream = exchange.downstream
            switch parser.finish() {
            case .end where !isTunnel && endsWell:
                self.exchange = nil
                exchange.responseEnded(trailers: parser.trailers)
            default:
                self.exchange = nil
                exchange.upstreamFailed(.closed)
            }
            downstream.flush()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A body that ends with the connection has not ended well by a reset.
        endsWell = false
        if exchange != nil, TLSFailure.isTLS(error) {
            worker.clock.refresh()
            // An end that TLS does not vouch for may be a forged one: what came is not whole. Anything else is the app's refusal
            // of the connection, a client certificate that it misses for example.
            let isCutOff = error as? NIOSSLError == .uncleanShutdown
            if !isCutOff { pool.failed(error) }
            fail(isCutOff ? .closed : .tlsFailed)
        }
        context.close(promise: nil)
    }
}
