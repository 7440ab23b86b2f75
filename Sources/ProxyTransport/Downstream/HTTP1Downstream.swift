import HTTP1
import HTTPModel
import HeaderPolicy
import NIOCore
import ProxyCore

/// An HTTP/1 connection from a client: requests in order, one exchange at a time (RFC 9112 §9.3).
final class HTTP1Downstream: Timed, Downstream {
    let handler: DownstreamHandler
    private let worker: Worker
    private var listener: ListenerContext
    private(set) var peer: Peer
    /// The client is in the wrong place: whatever it asks gets this.
    var refusal: ParseFailure?
    private var configuration: CompiledConfiguration
    /// Lent from the first byte of a request to the last of its response.
    private(set) var workspace: HTTP1Workspace?

    /// Bytes read and not yet parsed.
    var input = ByteBuffer()
    var phase = Phase.idle
    private var isParsing = false
    private var isPaused = false
    var inputEnded = false
    /// The response in progress goes out in chunks.
    private var isChunked = false
    /// Only the end of the connection will say where the response in progress ends.
    private var isCloseDelimited = false
    /// The connection closes after the response in progress.
    var closesAfter = false
    private var requests = 0

    init(handler: DownstreamHandler, worker: Worker, listener: ListenerContext, peer: Peer) {
        self.handler = handler
        self.worker = worker
        self.listener = listener
        self.peer = peer
        configuration = listener.generation.configuration
        super.init()
        worker.deadlines.insert(self)
        arm(handler.isDraining ? Worker.lastCall : timeouts.requestHead)
    }

    var exchange: Exchange? { workspace?.exchange }
    var timeouts: Timeouts { configuration.source.timeouts }
    func arm(_ timeout: Int) { deadline = Timed.deadline(now: worker.clock.now, after: timeout) }

    /// Whether no byte has been parsed yet: the connection may still turn out to be HTTP/2.
    var isUntouched: Bool { requests == 0 && phase == .idle }

    /// The connection has turned out to be HTTP/2, or is closed.
    func retire() {
        worker.deadlines.remove(self)
        workspace?.exchange.retire()
        workspace = nil
        phase = .closed
    }

    // MARK: Bytes from the client

    func read(_ bytes: ByteBuffer) {
        switch phase {
        case .closed, .lingering: return
        case .tunnel:
            exchange?.tunnelBytes(bytes)
            return
        case .idle:
            adoptConfiguration()
            if workspace == nil { workspace = worker.workspace(for: self, listener) }
        case .head, .exchange, .discarding: break
        }
        if input.readableBytes == 0 { input = bytes } else { input.writeImmutableBuffer(bytes) }
        parseAndFlush()
    }

    private func parseAndFlush() {
        parse()
        flush()
        exchange?.flushUpstream()
        if let workspace { handler.weigh(input.readableBytes &+ workspace.weight) }
    }

    /// A reload took place while the connection was idle.
    private func adoptConfiguration() {
        guard configuration !== worker.configuration, workspace?.parser.isIdle != false,
            let current = worker.listener(listener.id)
        else { return }
        listener = current
        configuration = current.generation.configuration
        peer = configuration.forwarding.peer(again: peer)
        workspace?.serve(self, under: configuration)
    }

    private func parse() {
        guard !isParsing, let workspace else { return }
        isParsing = true
        defer { isParsing = false }
        let exchange = workspace.exchange
        // The end of a body is an event of its own, without bytes.
        while input.readableBytes > 0 || phase == .exchange || phase == .discarding {
            if phase == .exchange && exchange.machine.isRequestComplete { break }
            guard phase != .tunnel, phase != .lingering, phase != .closed else { break }
            if workspace.parser.isCutShort { return readOn(workspace) }
            let bytes = input
            let step = workspace.parser.parse(bytes.readableBytesUInt8Span)
            switch step.event {
            case .needMore:
                input.moveReaderIndex(forwardBy: step.consumed)
                waitForMore(workspace.parser)
                return
            case .head:
                input.moveReaderIndex(forwardBy: step.consumed)
                begin(workspace)
            case .body(let range):
                let part = input.getSlice(at: input.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
                input.moveReaderIndex(forwardBy: step.consumed)
                if phase == .exchange { exchange.bodyReceived(part) }
            case .end:
                input.moveReaderIndex(forwardBy: step.consumed)
                if phase == .exchange { workspace.endRequest() } else { becomeIdle() }
            case .failed(let failure):
                input.moveReaderIndex(forwardBy: step.consumed)
                if phase != .exchange, workspace.parser.isCutShort { readOn(workspace) } else { fail(failure) }
                return
            }
        }
        // Lets go of the read buffer, so that the loop may use it for the next read.
        if input.readableBytes == 0 { input = ByteBuffer() }
        if inputEnded, phase == .idle { return closeAfterOutput() }
        // A client that sends its next requests early may do so up to a limit.
        handler.setReading(!(phase == .exchange && exchange.machine.isRequestComplete && input.readableBytes > 0) && !isPaused)
    }

    private func waitForMore(_ parser: borrowing RequestParser) {
        if phase == .idle, !parser.isIdle || input.readableBytes > 0 {
            phase = .head
            arm(timeouts.requestHead)
        }
        input = input.readableBytes == 0 ? ByteBuffer() : input.compacted()
        if phase == .head, workspace?.hasMemory(beside: input) == false { return fail(.memoryLimit) }
        guard inputEnded else { return handler.setReading(!isPaused) }
        // Nothing will complete it. What was asked before has its answer.
        if phase == .exchange { handler.close() } else { closeAfterOutput() }
    }

    private func begin(_ workspace: HTTP1Workspace) {
        if let refusal { return fail(refusal) }
        takeRequest(workspace)
        let limit = configuration.source.limits.requestsPerConnection
        // What follows a CONNECT is meant for the tunnel that there will not be.
        let mayGoOn = workspace.parser.keepAlive && workspace.exchange.facts.request.method != .connect
        let isLast = inputEnded && input.readableBytes == 0
        closesAfter = !mayGoOn || isLast || handler.isDraining || (limit > 0 && requests >= limit)
        deadline = .max
        awaitHalfClosed()
        if let refusal = handler.refusal {
            closesAfter = true
            return workspace.exchange.reject(refusal, peer: peer)
        }
        workspace.exchange.begin(body: workspace.parser.body, wantsUpgrade: workspace.parser.wantsUpgrade, peer: peer)
    }

    func fail(_ failure: ParseFailure) {
        closesAfter = true
        deadline = .max
        input = ByteBuffer()
        guard let workspace else { return handler.close() }
        if phase != .exchange { takeRequest(workspace) }
        workspace.exchange.reject(failure, peer: peer)
    }

    private func takeRequest(_ workspace: HTTP1Workspace) {
        requests += 1
        phase = .exchange
        workspace.exchange.reset(listener)
        swap(&workspace.exchange.facts.request, &workspace.parser.head)
        workspace.exchange.facts.request.scheme = peer.scheme
    }

    func closed() {
        if phase == .exchange || phase == .tunnel { exchange?.downstreamLost() }
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
        case .idle, .discarding, .closed: handler.close()
        case .exchange where inputEnded && exchange?.machine.canReply == true: handler.close()
        case .head:
            let late = "the request's head took too long"
            fail(workspace?.parser.failure ?? ParseFailure(status: 408, reason: "request_head_timeout", message: late))
            flush()
        case .exchange, .tunnel, .lingering:
            // A client that takes what is written, however slowly, has time.
            guard !handler.hasTakenSome() else { return arm(timeouts.write) }
            exchange?.endTunnel(.stalled)
            handler.close()
        }
    }

    // MARK: Downstream

    func writeInformational(_ head: borrowing ResponseHead) {
        put { MessageWriter.writeResponse(head, framing: .asFields, persistence: .implied, into: &$0) }
    }

    func writeHead(_ head: borrowing ResponseHead, body: BodyLength) {
        guard let workspace else { return }
        // It has begun in time; now the client has to take it.
        if inputEnded { if handler.isWritable { deadline = .max } else { arm(timeouts.write) } }
        let exchange = workspace.exchange
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
        if handler.isDraining || !(exchange.machine.isRequestComplete || workspace.canDiscardBody) { closesAfter = true }
        let persistence: MessageWriter.Persistence
        if head.status == 101 {
            persistence = .upgrade(protocol: exchange.switchedProtocol)
        } else if closesAfter {
            persistence = .close
        } else {
            persistence = version == .http10 ? .keepAlive : .implied
        }
        put { MessageWriter.writeResponse(head, framing: framing, persistence: persistence, into: &$0) }
    }

    private func put(_ write: (inout [UInt8]) -> Void) {
        guard let workspace else { return }
        worker.append(to: &workspace.output, write)
    }

    func writeBody(_ bytes: ByteBuffer) {
        if phase == .tunnel {
            flushOutput()
            handler.write(bytes)
            return
        }
        let count = bytes.readableBytes
        guard count > 0, let workspace else { return }
        if isChunked { put { MessageWriter.writeChunkHead(count, into: &$0) } }
        // No more is copied than may wait, so that the app is paused when it does.
        if count <= Worker.copyLimit, workspace.output.readableBytes &+ count <= Worker.waterMark.high {
            workspace.output.writeImmutableBuffer(bytes)
        } else {
            flushOutput()
            handler.write(bytes)
        }
        if isChunked { workspace.output.writeStaticString("\r\n") }
    }

    func finish(trailers: borrowing Fields, leavesBody: Bool) {
        if isChunked { put { MessageWriter.writeLastChunk(trailers: trailers, into: &$0) } }
        isChunked = false
        if phase == .tunnel {
            phase = .lingering
            arm(timeouts.write)
            return closeAfterOutput()
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
            handler.closeAfterFlush(linger: (leavesBody || workspace?.parser.isIdle == false) && !inputEnded)
            return
        }
        becomeIdle()
    }

    private func becomeIdle() {
        phase = .idle
        workspace?.parser.next()
        arm(timeouts.idle)
        adoptConfiguration()
        isPaused = false
        if input.readableBytes > 0 || isParsing {
            if !isParsing { parseAndFlush() }
        } else {
            handler.setReading(true)
            if inputEnded {
                closeAfterOutput()
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
        exchange?.tunnelBytes(early)
    }

    func giveUpOnClient() { closesAfter = true }

    func truncate() {
        // No last chunk, no whole length: closing is what tells the client (RFC 9112 §8).
        phase = .lingering
        guard !isCloseDelimited else { return handler.reset() }
        arm(timeouts.write)
        closeAfterOutput()
    }

    /// Everything written has left, and the client may still be sending: not for long.
    func lingers() { arm(Worker.lingerTimeout) }

    private func closeAfterOutput() {
        flushOutput()
        handler.closeAfterFlush(linger: false)
    }

    private func flushOutput() {
        guard let workspace else { return }
        if workspace.output.readableBytes > 0 { handler.queue(workspace.output) }
        workspace.output = ByteBuffer()
    }

    func flush() {
        guard let workspace else { return handler.flushWritten() }
        if workspace.output.readableBytes > 0 {
            handler.writeAndFlush(workspace.output)
            workspace.output.clear()
        } else {
            handler.flushWritten()
        }
        if phase == .idle { giveBack(workspace) }
    }

    /// Whoever calls `flush` is done with the exchange.
    private func giveBack(_ workspace: HTTP1Workspace) {
        guard !isParsing, input.readableBytes == 0 else { return }
        self.workspace = nil
        handler.takeBack(workspace)
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
            awaitHalfClosed()
            exchange?.downstreamWritable()
        } else {
            arm(timeouts.write)
        }
    }
}
