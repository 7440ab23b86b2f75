import HTTP1
import HTTPModel
import HeaderPolicy
import NIOCore
import ProxyCore

/// An HTTP/1 connection from a client: requests in order, one exchange at a time (RFC 9112 §9.3).
final class HTTP1Downstream: Timed, Downstream {
    private let handler: DownstreamHandler
    private let worker: Worker
    private var listener: ListenerContext
    private(set) var peer: Peer
    /// The client is in the wrong place: whatever it asks gets this.
    var refusal: ParseFailure?
    private var parser: RequestParser
    /// What the parser was made for.
    private var configuration: CompiledConfiguration
    private lazy var exchange = Exchange(worker: worker, downstream: self, listener: listener)

    /// Bytes read and not yet parsed.
    private var input = ByteBuffer()
    /// Bytes to be written at the next flush.
    private var output = ByteBuffer()
    private var phase = Phase.idle
    private var isParsing = false
    private var isPaused = false
    private var inputEnded = false
    /// The response in progress goes out in chunks.
    private var isChunked = false
    /// Only the end of the connection will say where the response in progress ends.
    private var isCloseDelimited = false
    /// The connection closes after the response in progress.
    private var closesAfter = false
    private var requests = 0

    private enum Phase {
        /// Between requests.
        case idle
        /// Part of a head has come.
        case head
        /// An exchange is going on; its request may still be coming.
        case exchange
        case tunnel
        /// The response is out, and what is left of the request's short body is read and thrown away.
        case discarding
        /// The last response has been written; what still comes is thrown away.
        case lingering
        case closed
    }

    init(handler: DownstreamHandler, worker: Worker, listener: ListenerContext, peer: Peer) {
        self.handler = handler
        self.worker = worker
        self.listener = listener
        self.peer = peer
        configuration = listener.generation.configuration
        parser = RequestParser(limits: configuration.source.limits.message, names: configuration.names)
        super.init()
        worker.deadlines.insert(self)
        arm(handler.isDraining ? Worker.lastCall : timeouts.requestHead)
    }

    private var timeouts: Timeouts { configuration.source.timeouts }
    private var mayGoOn: Bool { parser.keepAlive && exchange.facts.request.method != .connect }
    private func arm(_ timeout: Int) { deadline = Timed.deadline(now: worker.clock.now, after: timeout) }

    /// Whether no byte has been parsed yet: the connection may still turn out to be HTTP/2.
    var isUntouched: Bool { requests == 0 && phase == .idle }

    /// The connection has turned out to be HTTP/2, or is closed.
    func retire() {
        worker.deadlines.remove(self)
        if requests > 0 { exchange.retire() }
        phase = .closed
    }

    // MARK: Bytes from the client

    func read(_ bytes: ByteBuffer) {
        switch phase {
        case .closed, .lingering: return
        case .tunnel:
            exchange.tunnelBytes(bytes)
            return
        case .idle: adoptConfiguration()
        case .head, .exchange, .discarding: break
        }
        if input.readableBytes == 0 { input = bytes } else { input.writeImmutableBuffer(bytes) }
        parseAndFlush()
    }

    private func parseAndFlush() {
        parse()
        flush()
        if requests > 0 { exchange.flushUpstream() }
    }

    /// A reload took place while the connection was idle.
    private func adoptConfiguration() {
        guard configuration !== worker.configuration, parser.isIdle, let current = worker.listener(listener.id) else { return }
        listener = current
        configuration = current.generation.configuration
        peer = configuration.forwarding.peer(again: peer)
        parser = RequestParser(limits: configuration.source.limits.message, names: configuration.names)
    }

    private func parse() {
        guard !isParsing else { return }
        isParsing = true
        defer { isParsing = false }
        // The end of a body is an event of its own, without bytes.
        while input.readableBytes > 0 || phase == .exchange || phase == .discarding {
            if phase == .exchange && exchange.machine.isRequestComplete { break }
            guard phase != .tunnel, phase != .lingering, phase != .closed else { break }
            let bytes = input
            let step = parser.parse(bytes.readableBytesUInt8Span)
            switch step.event {
            case .needMore:
                input.moveReaderIndex(forwardBy: step.consumed)
                waitForMore()
                return
            case .head:
                input.moveReaderIndex(forwardBy: step.consumed)
                begin()
            case .body(let range):
                let part = input.getSlice(at: input.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
                input.moveReaderIndex(forwardBy: step.consumed)
                if phase == .exchange { exchange.bodyReceived(part) }
            case .end:
                input.moveReaderIndex(forwardBy: step.consumed)
                if phase == .exchange { exchange.requestEnded(trailers: parser.trailers) } else { becomeIdle() }
            case .failed(let failure):
                fail(failure)
                return
            }
        }
        if input.readableBytes == 0 { releaseInput() }
        // A client that sends its next requests early may do so up to a limit.
        handler.setReading(!(phase == .exchange && exchange.machine.isRequestComplete && input.readableBytes > 0) && !isPaused)
    }

    private func waitForMore() {
        if phase == .idle, !parser.isIdle || input.readableBytes > 0 {
            phase = .head
            arm(timeouts.requestHead)
        }
        if input.readableBytes == 0 { releaseInput() } else { input.discardReadBytes() }
        handler.setReading(!isPaused)
    }

    /// Lets go of the read buffer, so that the loop may use it for the next read.
    private func releaseInput() { input = ByteBuffer() }

    private func begin() {
        if let refusal { return fail(refusal) }
        takeRequest()
        let limit = configuration.source.limits.requestsPerConnection
        // What follows a CONNECT is meant for the tunnel that there will not be.
        closesAfter = !mayGoOn || handler.isDraining || (limit > 0 && requests >= limit)
        deadline = .max
        if let refusal = handler.refusal {
            closesAfter = true
            return exchange.reject(refusal, peer: peer)
        }
        exchange.begin(body: parser.body, wantsUpgrade: parser.wantsUpgrade, peer: peer)
    }

    private func fail(_ failure: ParseFailure) {
        closesAfter = true
        deadline = .max
        input = ByteBuffer()
        if phase != .exchange { takeRequest() }
        exchange.reject(failure, peer: peer)
    }

    private func takeRequest() {
        requests += 1
        phase = .exchange
        exchange.reset(listener)
        swap(&exchange.facts.request, &parser.head)
        exchange.facts.request.scheme = peer.scheme
    }

    func inputClosed() {
        inputEnded = true
        switch phase {
        case .idle, .head, .discarding, .closed: handler.close()
        case .lingering: handler.inputEndedWhileClosing()
        case .tunnel: exchange.endTunnelInput()
        case .exchange:
            // A client may close its side and still read; but a request that can never end is over.
            if !exchange.machine.isRequestComplete { handler.close() } else { closesAfter = true }
        }
    }

    func closed() {
        if requests > 0, phase == .exchange || phase == .tunnel { exchange.downstreamLost() }
        retire()
    }

    func drain() {
        switch phase {
        case .idle: arm(Worker.lastCall)
        // The head of the response says that the connection closes; where it is out already, the client may send one more.
        case .head, .exchange, .discarding, .tunnel, .lingering, .closed: break
        }
    }

    override func deadlinePassed() {
        switch phase {
        case .idle, .discarding, .lingering, .closed: handler.close()
        case .head:
            let late = "the request's head took too long"
            fail(parser.failure ?? ParseFailure(status: 408, reason: "request_head_timeout", message: late))
            flush()
        case .exchange, .tunnel:
            // The client does not take what is written.
            handler.close()
        }
    }

    // MARK: Downstream

    func writeInformational(_ head: borrowing ResponseHead) {
        worker.headBytes.removeAll(keepingCapacity: true)
        MessageWriter.writeResponse(head, framing: .asFields, persistence: .implied, into: &worker.headBytes)
        output.writeBytes(worker.headBytes)
    }

    func writeHead(_ head: borrowing ResponseHead, body: BodyLength) {
        let version = exchange.facts.request.version
        let hasNoBody = head.status.forbidsBody || exchange.facts.request.method == .head
        isChunked = false
        isCloseDelimited = false
        var framing = MessageWriter.Framing.asFields
        if !hasNoBody {
            switch body {
            case .none, .length: break
            case .chunked, .untilClose:
                if version == .http11 {
                    isChunked = true
                    framing = .chunked
                } else {
                    isCloseDelimited = true
                    closesAfter = true
                }
            }
        }
        if handler.isDraining || !(exchange.machine.isRequestComplete || canDiscardBody) { closesAfter = true }
        let persistence: MessageWriter.Persistence
        if head.status == 101 {
            persistence = .upgrade(protocol: exchange.switchedProtocol)
        } else if closesAfter {
            persistence = .close
        } else {
            persistence = version == .http10 ? .keepAlive : .implied
        }
        worker.headBytes.removeAll(keepingCapacity: true)
        MessageWriter.writeResponse(head, framing: framing, persistence: persistence, into: &worker.headBytes)
        output.writeBytes(worker.headBytes)
    }

    func writeBody(_ bytes: ByteBuffer) {
        if phase == .tunnel {
            flushOutput()
            handler.write(bytes)
            return
        }
        let count = bytes.readableBytes
        guard count > 0 else { return }
        if isChunked {
            worker.headBytes.removeAll(keepingCapacity: true)
            MessageWriter.writeChunkHead(count, into: &worker.headBytes)
            output.writeBytes(worker.headBytes)
        }
        if count <= Worker.copyLimit {
            output.writeImmutableBuffer(bytes)
        } else {
            flushOutput()
            handler.write(bytes)
        }
        if isChunked { output.writeStaticString("\r\n") }
    }

    func finish(trailers: borrowing Fields, leavesBody: Bool) {
        if isChunked {
            worker.headBytes.removeAll(keepingCapacity: true)
            MessageWriter.writeLastChunk(trailers: trailers, into: &worker.headBytes)
            output.writeBytes(worker.headBytes)
        }
        isChunked = false
        if phase == .tunnel {
            phase = .lingering
            arm(timeouts.write)
            flushOutput()
            handler.closeAfterFlush(linger: false)
            return
        }
        if leavesBody, !closesAfter {
            phase = .discarding
            arm(timeouts.requestBody)
            isPaused = false
            handler.setReading(true)
            return
        }
        if closesAfter {
            phase = .lingering
            arm(timeouts.write)
            flushOutput()
            handler.setReading(true)
            handler.closeAfterFlush(linger: (leavesBody || !parser.isIdle) && !inputEnded)
            return
        }
        becomeIdle()
    }

    /// A body so short that reading it to its end is cheaper than another connection.
    private var canDiscardBody: Bool {
        if case .length(let length) = parser.body { length <= 64 << 10 && !parser.expectsContinue } else { false }
    }

    private func becomeIdle() {
        phase = .idle
        parser.next()
        arm(timeouts.idle)
        adoptConfiguration()
        isPaused = false
        if input.readableBytes > 0 || isParsing {
            if !isParsing { parseAndFlush() }
        } else {
            handler.setReading(true)
            if inputEnded {
                handler.closeAfterFlush(linger: false)
            } else if handler.isDraining {
                arm(Worker.lastCall)
            }
        }
    }

    func beginTunnel() {
        phase = .tunnel
        deadline = .max
        handler.setReading(true)
        flush()
        guard input.readableBytes > 0 else { return }
        let early = input
        input = ByteBuffer()
        exchange.tunnelBytes(early)
    }

    func giveUpOnClient() { closesAfter = true }

    func truncate() {
        // No last chunk, no whole length: closing is what tells the client (RFC 9112 §8).
        phase = .lingering
        guard !isCloseDelimited else { return handler.reset() }
        arm(timeouts.write)
        flushOutput()
        handler.closeAfterFlush(linger: false)
    }

    /// Everything written has left, and the client may still be sending: not for long.
    func lingers() { arm(Worker.lingerTimeout) }

    private func flushOutput() {
        if output.readableBytes > 0 { handler.write(output) }
        output = ByteBuffer()
    }

    func flush() {
        guard output.readableBytes > 0 else { return handler.flush() }
        handler.writeAndFlush(output)
        output.clear()
    }

    var isWritable: Bool { handler.isWritable }

    func consumed(_ count: Int) {}

    /// The connection itself lingers.
    func stopBody() {}

    func setReading(_ isReading: Bool) {
        guard phase == .exchange || phase == .tunnel else { return }
        isPaused = !isReading
        handler.setReading(isReading)
    }

    func writabilityChanged(_ isWritable: Bool) {
        // The client takes the end of its response: so long as it does, it has time.
        if phase == .lingering, isWritable { return arm(timeouts.write) }
        guard phase == .exchange || phase == .tunnel else { return }
        if isWritable {
            deadline = .max
            exchange.downstreamWritable()
        } else {
            arm(timeouts.write)
        }
    }
}
