import EventLoop
import HTTP1
import HTTPModel
import HeaderPolicy
import ProxyCore
import TLS

/// An HTTP/1.1 connection to an app, and the exchange that it serves.
final class HTTP1Upstream: UpstreamConnection {
    private let pool: ServerPool
    private var parser: ResponseParser
    private var relay: Relay?
    /// Bytes read and not yet parsed.
    private var input: [UInt8] = []
    /// What is to be said to the app.
    private var output: [UInt8] = []
    private var isTunnel = false
    private var isChunked = false
    /// In which turn of the loop a connection that had served before was asked again; -1 for a fresh one.
    private var askedIn = -1
    private var hasContinued = false
    private var parts = Parts.first
    private var idleSince: UInt64 = 0
    /// How much of a response is read at once: a part that a client does not take has to be kept.
    private enum Parts {
        /// The one with the head.
        case first
        /// The client has not shown yet that it takes what comes.
        case small
        case large
    }

    /// If it ends now, the app wanted that.
    private var endsWell = false
    /// The place in the pool.
    var key: ServerPool.Pool.Key?
    /// Who has it made.
    let attempt: ConnectionAttempt

    init(_ pool: ServerPool, worker: Worker, for attempt: ConnectionAttempt) {
        self.pool = pool
        self.attempt = attempt
        parser = ResponseParser(limits: pool.configuration.source.limits.message, names: pool.configuration.names)
        super.init(worker)
    }

    override func dialled() { pool.connected(self) }
    override func dialFailed(_ failure: DialFailure) { pool.dialFailed(self, failure) }

    // MARK: The exchange's side

    /// An idle connection at which something waits that the loop has not come to yet: its end, or an answer to nothing. Either way
    /// it is not for the next exchange. One that was in use a moment ago is not asked; that costs a call into the kernel.
    var hasSpokenUnasked: Bool {
        worker.clock.nanoseconds &- idleSince > Self.moment && hasInput
    }

    /// Nanoseconds.
    private static let moment: UInt64 = 1_000_000

    /// Serves an exchange: its head goes out.
    func begin(_ relay: Relay, reused: Bool) {
        self.relay = relay
        askedIn = reused ? worker.turn : -1
        hasContinued = false
        isChunked = relay.exchange.requestBody == .chunked
        parts = .first
        setReadLimit(Self.firstLimit)
        parser.next(method: relay.exchange.facts.request.method)
        output.append(contentsOf: relay.requestBytes)
        worker.touch(self)
    }

    func writeBody(_ bytes: Span<UInt8>) {
        guard bytes.count > 0 else { return }
        if isChunked { MessageWriter.writeChunkHead(bytes.count, into: &output) }
        writeRaw(bytes)
        if isChunked { output.append(text: "\r\n") }
    }

    /// Bytes as they are: a body of known length, or a tunnel.
    func writeRaw(_ bytes: Span<UInt8>) {
        worker.touch(self)
        if bytes.count <= Worker.copyLimit, output.count &+ bytes.count <= Worker.outputLimit {
            output.append(copying: bytes)
        } else {
            send(emptying: &output, bytes)
        }
    }

    func finishRaw() {
        goOn()
        endOutput()
    }

    func finishBody(trailers: borrowing Fields) {
        guard isChunked else { return }
        MessageWriter.writeLastChunk(trailers: trailers, into: &output)
        worker.touch(self)
    }

    override func goOn() {
        guard !output.isEmpty else { return }
        send(emptying: &output)
        if output.capacity > Worker.outputLimit { output = [] }
    }

    /// The exchange has no more interest: what is on its way belongs to nobody, so the connection cannot be used again.
    func cancel() {
        relay = nil
        close()
    }

    /// The client does not take what comes: from now on less is read at once, which then waits for it.
    func pauseReading(_ pauses: Bool) {
        if pauses {
            parts = .small
            setReadLimit(Self.slowLimit)
        }
        setReading(!pauses)
    }

    // MARK: The app's side

    override func received(_ bytes: Span<UInt8>) {
        guard let relay else {
            // Nobody asked: a second answer, or an answer before the question.
            return close()
        }
        // It was there before the question went out: an answer to nothing, which must not become this client's.
        if askedIn == worker.turn, !worker.isTurnLong { return fail(.closed) }
        if isTunnel { return relay.responseBytes(bytes) }
        if parts == .small, relay.downstream.hasTakenAll {
            parts = .large
            setReadLimit(readLimit)
        }
        if input.isEmpty {
            let consumed = parse(bytes, relay)
            if consumed < bytes.count, self.relay === relay { input.append(copying: bytes.extracting(droppingFirst: consumed)) }
        } else {
            var whole: [UInt8] = []
            swap(&whole, &input)
            whole.append(copying: bytes)
            let consumed = parse(whole.span, relay)
            guard consumed < whole.count, self.relay === relay else { return }
            whole.removeSubrange(0..<consumed)
            swap(&whole, &input)
        }
    }

    /// Reads on; returns how many of the bytes are done with.
    private func parse(_ bytes: Span<UInt8>, _ relay: Relay) -> Int {
        var consumed = 0
        while self.relay === relay {
            let rest = bytes.extracting(droppingFirst: consumed)
            if isTunnel {
                if rest.count > 0 { relay.responseBytes(rest) }
                return bytes.count
            }
            let step = parser.parse(rest)
            consumed &+= step.consumed
            switch step.event {
            case .needMore:
                // A part of a head is an answer that broke off, not a connection that was gone before the request came.
                relay.responseBegan()
                return consumed
            case .informational:
                if parser.head.status == 100 { hasContinued = true }
                relay.informational(&parser.head)
            case .head:
                swap(&relay.exchange.response, &parser.head)
                isTunnel = parser.isUpgrade
                parts = .small
                relay.responseReceived(body: parser.body, isUpgrade: parser.isUpgrade)
            case .body(let range): relay.responseBytes(rest.extracting(range))
            case .end:
                finish(relay, leftOver: bytes.count &- consumed)
                return bytes.count
            case .failed(let failure):
                fail(.invalidResponse, because: BadResponse(failure.reason.rawValue, failure.message))
                return bytes.count
            }
        }
        return bytes.count
    }

    /// A body that goes on as it is read comes in large parts. Of a chunked one each chunk is copied.
    private var readLimit: Int {
        guard worker.memory.pressure == .none else { return Self.slowLimit }
        switch parser.body {
        case .length, .untilClose: return Loop.readSize
        case .none, .chunked: return Self.partLimit
        }
    }

    private static let firstLimit = 32 << 10
    private static let partLimit = 64 << 10
    private static let slowLimit = 16 << 10

    /// - Parameter leftOver: bytes that were said without being asked for: a second answer, or nonsense.
    private func finish(_ relay: Relay, leftOver: Int) {
        self.relay = nil
        let isReusable =
            parser.keepAlive && leftOver == 0 && relay.exchange.isRequestComplete && hasReadBody(of: relay)
        setReading(true)
        idleSince = worker.clock.nanoseconds
        relay.leftOut(parser.droppedTrailers, ofRequest: false)
        relay.responseEnded(trailers: parser.trailers)
        if isReusable { pool.release(self) } else { close() }
    }

    /// False where some apps leave a body unread and take it for the next request: that would be another client's. Those are
    /// bodies of methods that have no use for one, and of requests that asked first and were answered at once (RFC 9110 §9.3.1,
    /// §10.1.1).
    private func hasReadBody(of relay: Relay) -> Bool {
        guard relay.exchange.requestBody != .none else { return true }
        switch relay.exchange.facts.request.method {
        case .get, .head, .delete, .options: return false
        case .post, .put, .patch, .connect, .trace, .other:
            return hasContinued || relay.exchange.facts.request.fields.firstIndex(of: .expect) == nil
        }
    }

    private func fail(_ fault: UpstreamFault, because cause: BadResponse? = nil) {
        guard let relay else { return }
        self.relay = nil
        close()
        relay.upstreamFailed(fault, because: cause)
    }

    override func drained() { relay?.upstreamWritable() }

    override func inputEnded(isWhole: Bool) {
        endsWell = isWhole
        close()
    }

    override func gone(_ error: SystemError?) {
        pool.closed(self)
        guard let relay else { return }
        self.relay = nil
        // A body that ends with the connection has not ended well by a reset.
        if case .end = parser.finish(), !isTunnel, endsWell, error == nil {
            relay.responseEnded(trailers: parser.trailers)
        } else {
            relay.upstreamFailed(.closed)
        }
    }

    /// The app refuses the connection, for a client certificate that it misses for example.
    override func securityBroke(_ fault: Fault) {
        if relay != nil { pool.failed(fault) }
        fail(.tlsFailed)
        close()
    }
}
