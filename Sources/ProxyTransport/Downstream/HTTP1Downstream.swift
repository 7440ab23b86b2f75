import HTTP1
import HTTPModel
import HeaderPolicy
import ProxyCore

/// An HTTP/1 connection from a client: requests in order, one exchange at a time (RFC 9112 §9.3).
final class HTTP1Downstream: DownstreamSide {
    let connection: DownstreamConnection
    let worker: Worker
    var peer: Peer
    /// Whether the client speaks cleartext on a TLS listener; every request is answered with that error.
    var isMisplaced = false
    var configuration: CompiledConfiguration
    /// The workspace, lent from the first byte of a request to the last byte of its response.
    var workspace: HTTP1Workspace?

    /// Bytes that have been read and not parsed yet.
    var input: [UInt8] = []
    var phase = Phase.idle
    var isPaused = false
    var inputEnded = false
    /// Whether the client has closed its side after bytes that have not been parsed yet.
    var isLeaving = false
    /// Whether the response in progress is sent in chunks.
    private var isChunked = false
    /// Whether only the end of the connection tells where the response in progress ends.
    private var isCloseDelimited = false
    /// Whether a clean end of the connection now would make an incomplete response look whole.
    var wouldLookWhole: Bool { isCloseDelimited && (phase == .exchange || !connection.isWritable) }
    /// Whether the connection closes after the response in progress.
    var closesAfter = false
    var requests = 0
    /// When the head that is being read began, in nanoseconds; 0 for one that came at once.
    var headBeganAt: UInt64 = 0

    init(connection: DownstreamConnection, peer: Peer) {
        self.connection = connection
        worker = connection.worker
        self.peer = peer
        configuration = connection.listener.generation.configuration
        super.init()
        arm(connection.isDraining ? Worker.lastCall : timeouts.requestHead)
    }

    var relay: Relay? { workspace?.relay }
    var timeouts: Timeouts { configuration.source.timeouts }
    /// When the client must have done what the connection waits for.
    var deadline: Int {
        get { connection.deadline }
        set { connection.deadline = newValue }
    }
    func arm(_ timeout: Int) { deadline = Timed.deadline(now: worker.clock.now, after: timeout) }

    /// Whether no byte has been parsed yet, so that the connection may still turn out to be HTTP/2.
    var isUntouched: Bool { requests == 0 && phase == .idle }

    /// Gives the workspace back, because the connection has turned out to be HTTP/2 or is closed.
    func retire() {
        phase = .closed
        guard let workspace else { return }
        self.workspace = nil
        workspace.parser.next()
        workspace.output.clear()
        worker.takeBack(workspace)
    }

    func closed() {
        if phase == .exchange || phase == .tunnel { relay?.downstreamLost(connection.loss) }
        retire()
    }

    func drain() {
        switch phase {
        case .idle: if connection.isWritable { arm(Worker.lastCall) }
        // The head of the response says that the connection closes; if it has already been sent, the client may send one more
        // request.
        case .head, .exchange, .discarding, .tunnel, .lingering, .closed: break
        }
    }

    func deadlinePassed() {
        switch phase {
        case .idle where !connection.isWritable && connection.hasTakenSome(): arm(timeouts.write)
        case .idle, .discarding, .closed: connection.close()
        case .exchange where (inputEnded || isLeaving) && relay?.exchange.canReply == true: connection.close()
        case .head:
            fail(workspace?.parser.failure ?? ParseFailure(.requestHeadTimeout))
        case .exchange, .tunnel, .lingering:
            // A client that takes what is written, however slowly, gets more time.
            guard !connection.hasTakenSome() else { return arm(timeouts.write) }
            connection.cutOff(.stalled)
        }
    }

    // MARK: Bytes to the client

    /// Sends the output that has collected, and parses requests that the client sent early.
    func goOn() {
        // Without a workspace there is neither output nor input.
        guard let workspace else { return }
        flushOutput(workspace)
        // A client that does not read its responses gets no more of them.
        if phase == .idle, !input.isEmpty, connection.isWritable {
            adoptConfiguration()
            parseInput(workspace)
            flushOutput(workspace)
        }
        guard phase == .idle, input.isEmpty else { return }
        connection.setReading(true)
        if inputEnded { closeAfterOutput() } else if connection.isDraining, connection.isWritable { arm(Worker.lastCall) }
        self.workspace = nil
        adoptConfiguration()
        connection.weigh(0)
        worker.takeBack(workspace)
    }

    private func send(_ workspace: HTTP1Workspace) {
        connection.send(emptying: &workspace.output)
        noteWaiting()
    }

    /// Starts the write timeout when output waits for the client.
    private func noteWaiting() { if !connection.isWritable { arm(timeouts.write) } }

    override func writeInformational(_ head: borrowing ResponseHead) {
        guard let workspace else { return }
        MessageWriter.writeResponse(head, framing: .asFields, persistence: .implied, into: &workspace.output)
        worker.touch(connection)
    }

    override func writeHead(_ head: borrowing StagedHead, body: BodyLength) {
        guard let workspace else { return }
        // The responses to many pipelined requests may have collected.
        if workspace.output.count > Worker.outputLimit { send(workspace) }
        // The response has begun in time; now the client must take it.
        if inputEnded || isLeaving { if connection.isWritable { deadline = .max } else { arm(timeouts.write) } }
        let (isHead, version) = (
            workspace.relay.exchange.facts.request.method == .head, workspace.relay.exchange.facts.request.version
        )
        isChunked = false
        isCloseDelimited = false
        var framing = MessageWriter.Framing.asFields
        if !head.head.status.forbidsBody, !isHead {
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
        if connection.isDraining || !(workspace.relay.exchange.isRequestComplete || workspace.canDiscardBody) {
            closesAfter = true
        }
        let persistence: MessageWriter.Persistence
        if head.head.status == 101 {
            persistence = .upgrade(protocol: workspace.relay.exchange.upgrade)
        } else if head.head.status == 426, version == .http11, !workspace.relay.exchange.upgrade.isEmpty {
            persistence = .offer(protocols: workspace.relay.exchange.upgrade, closes: closesAfter)
        } else if closesAfter {
            persistence = .close
        } else {
            persistence = version == .http10 ? .keepAlive : .implied
        }
        MessageWriter.writeResponse(head.head, framing: framing, persistence: persistence, into: &workspace.output)
        worker.touch(connection)
    }

    override func writeBody(_ bytes: Span<UInt8>) {
        guard bytes.count > 0, let workspace else { return }
        if isChunked { MessageWriter.writeChunkHead(bytes.count, into: &workspace.output) }
        // Only as much is copied as may wait, so that the app is paused when more does.
        if bytes.count <= Worker.copyLimit, workspace.output.count &+ bytes.count <= Worker.outputLimit {
            workspace.output.append(copying: bytes)
        } else {
            connection.send(emptying: &workspace.output, bytes)
            noteWaiting()
        }
        if isChunked { workspace.output.append(text: "\r\n") }
        worker.touch(connection)
    }

    override func finish(trailers: Fields?, leavesBody: Bool) {
        if isChunked, let workspace { MessageWriter.writeLastChunk(trailers: trailers, into: &workspace.output) }
        isChunked = false
        worker.touch(connection)
        if phase == .tunnel {
            // The client may not know yet that the tunnel ends, and still send.
            linger(for: !inputEnded)
            return connection.setReading(true)
        }
        if leavesBody, !closesAfter {
            phase = .discarding
            arm(timeouts.requestBody)
            isPaused = false
            connection.setReading(true)
        } else if closesAfter {
            linger(for: !inputEnded && mayLoseAnswer(leavesBody: leavesBody))
            connection.setReading(true)
        } else {
            becomeIdle()
        }
    }

    /// Whether closing could destroy the response. Closing while bytes of the client are unread or on their way resets the
    /// connection, and with it the response (RFC 9112 §9.6). A client that asked for the close and sent nothing after its request
    /// reads to the end and leaves.
    private func mayLoseAnswer(leavesBody: Bool) -> Bool {
        guard let workspace, workspace.parser.isAtEnd, !workspace.parser.keepAlive else { return true }
        return leavesBody || !input.isEmpty || connection.hasInput
    }

    func becomeIdle() {
        phase = .idle
        workspace?.parser.next()
        arm(connection.isWritable ? timeouts.idle : timeouts.write)
        adoptConfiguration()
        isPaused = false
        worker.touch(connection)
    }

    override func beginTunnel() {
        phase = .tunnel
        deadline = .max
        connection.setReading(true)
        deliverEarly()
        if inputEnded { relay?.endTunnelInput() }
    }

    override func giveUpOnClient() { closesAfter = true }

    override func truncate() {
        // A missing last chunk or a body shorter than its length tells the client, once the connection closes (RFC 9112 §8).
        guard isCloseDelimited else { return linger() }
        phase = .lingering
        // The reset discards what the kernel has not sent yet, but the client may get what there is room for.
        flushOutput()
        connection.reset()
    }

    private func linger(for input: Bool = false) {
        phase = .lingering
        arm(timeouts.write)
        flushOutput()
        connection.finish(lingers: input)
    }

    func closeAfterOutput() {
        flushOutput()
        connection.finish(lingers: false)
    }

    private func flushOutput() {
        if let workspace { flushOutput(workspace) }
    }

    private func flushOutput(_ workspace: HTTP1Workspace) {
        if !workspace.output.isEmpty { send(workspace) }
    }

    override var isWritable: Bool { connection.isWritable }
    override var hasTakenAll: Bool { connection.isWritable }

    override func setReading(_ reads: Bool) {
        guard phase == .exchange || phase == .tunnel else { return }
        isPaused = !reads
        connection.setReading(phase == .tunnel ? reads : workspace.map(mayRead) ?? reads)
    }

    /// Called when the client has taken all output.
    func drained() {
        if phase == .idle {
            arm(connection.isDraining ? Worker.lastCall : timeouts.idle)
            return worker.touch(connection)
        }
        guard phase == .exchange || phase == .tunnel else { return }
        deadline = .max
        awaitHalfClosed()
        relay?.downstreamWritable()
    }
}
