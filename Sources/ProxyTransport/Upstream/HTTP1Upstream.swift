import EventLoop
import HTTP1
import HTTPModel
import HeaderPolicy
import ProxyCore
import TLS

/// An HTTP/1.1 connection to an app, with the exchange that it serves.
final class HTTP1Upstream: UpstreamConnection {
    private let pool: ServerPool
    private var parser: ResponseParser
    private var relay: Relay?
    /// Bytes that have been read and not parsed yet.
    private var input: [UInt8] = []
    /// The output that has collected for the app.
    private var output: [UInt8] = []
    private var isTunnel = false
    private var isChunked = false
    /// The turn of the loop in which a reused connection was given its request; -1 for a fresh connection.
    private var askedIn = -1
    private var hasContinued = false
    private var parts = Parts.first
    private var idleSince: UInt64 = 0
    /// How much of a response is read at a time; what the client does not take must be kept.
    private enum Parts {
        /// The part with the head.
        case first
        /// The client has not yet shown that it takes what arrives.
        case small
        case large
    }

    /// Whether an end of the connection now is one that the app intended.
    private var endsWell = false
    /// The connection's key in the pool.
    var key: ServerPool.Pool.Key?
    /// The exchange for which the connection is being made; nil once it is made, and when nobody wants it any more.
    private var asker: Relay?

    init(_ pool: ServerPool, worker: Worker, for asker: Relay) {
        self.pool = pool
        self.asker = asker
        parser = ResponseParser(limits: pool.configuration.source.limits.message, names: pool.configuration.names)
        super.init(worker)
    }

    override func dialled() { pool.connected(self) }
    override func dialFailed(_ failure: DialFailure) { pool.dialFailed(self, failure) }

    /// Returns the exchange that waits for the connection, which then waits no more.
    func takeAsker() -> Relay? { asker.take() }

    /// Gives up the connection while it is being made, because its exchange is gone.
    func abandon() {
        asker = nil
        worker.touch(self)
    }

    // MARK: Calls from the exchange

    /// Whether something waits on an idle connection that the loop has not read yet: its end, or an unrequested response. Either
    /// way the connection cannot serve the exchange of this relay.
    ///
    /// To look costs a system call, so it is not done for a connection that was in use a moment ago, nor for a request that goes
    /// out again by itself: what is there already comes up in the same turn, and then the request is repeated elsewhere.
    func hasSpokenUnasked(before relay: Relay) -> Bool {
        let isRepeated =
            relay.exchange.facts.request.method.isIdempotent && relay.exchange.requestBody == .none && !worker.isTurnLong
        return !isRepeated && worker.clock.nanoseconds &- idleSince > Self.moment && hasInput
    }

    /// The nanoseconds after its last use during which a connection is not checked.
    private static let moment: UInt64 = 1_000_000

    /// Serves an exchange and sends its head.
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

    /// Writes bytes as they are, for a body of known length or a tunnel.
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

    func finishBody(trailers: Fields?) {
        guard isChunked else { return }
        MessageWriter.writeLastChunk(trailers: trailers, into: &output)
        worker.touch(self)
    }

    override func goOn() {
        guard !output.isEmpty else {
            // Nobody wants it any more. An app that serves one connection at a time would wait for a request on it.
            if asker == nil, stopDialling() { pool.abandoned(self) }
            return
        }
        send(emptying: &output)
        if output.capacity > Worker.outputLimit { output = [] }
    }

    /// Cancels the exchange. The response on its way belongs to nobody, so the connection cannot be used again.
    func cancel() {
        relay = nil
        close()
    }

    /// Pauses because the client does not take what arrives; from now on reads are small, since what is read must wait.
    func pauseReading(_ pauses: Bool) {
        if pauses {
            parts = .small
            setReadLimit(Self.slowLimit)
        }
        setReading(!pauses)
    }

    // MARK: Events from the app

    override func received(_ bytes: Span<UInt8>) {
        guard let relay else {
            // Bytes without a request are a second response, or a response before its request.
            return close()
        }
        // These bytes were there before the request was sent. They are an unrequested response, which must not reach this client.
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

    /// Parses more bytes; returns how many of them are done with.
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
                // With a part of a head, the response has begun: its end is a broken response, not a connection that closed
                // before the request arrived.
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
                fail(.invalidResponse, because: BadResponse(failure))
                return bytes.count
            }
        }
        return bytes.count
    }

    /// The read size for the body: a body that is passed on as it is read comes in large parts. In a chunked body, each chunk is
    /// copied.
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

    /// - Parameter leftOver: the number of bytes after the response that nobody asked for.
    private func finish(_ relay: Relay, leftOver: Int) {
        self.relay = nil
        let isReusable =
            parser.keepAlive && leftOver == 0 && relay.exchange.isRequestComplete && output.isEmpty && isWritable
            && hasReadBody(of: relay)
        setReading(true)
        // After a response that should have no body, one may come all the same.
        idleSince = parser.body == .none ? 0 : worker.clock.nanoseconds
        if !parser.droppedTrailers.isEmpty { relay.leftOut(parser.droppedTrailers, ofRequest: false) }
        relay.responseEnded(trailers: parser.trailers.isEmpty ? nil : parser.trailers)
        if isReusable { pool.release(self) } else { close() }
    }

    /// Whether the app can be relied on to have read the request's body. Some apps leave it unread and take it for the next
    /// request, which would be another client's: bodies of methods that have no use for one, and of requests that expected a 100
    /// and were answered at once (RFC 9110 §9.3.1, §10.1.1).
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
        // A body that ends with the connection is incomplete after a reset.
        if case .end = parser.finish(), !isTunnel, endsWell, error == nil {
            relay.responseEnded(trailers: parser.trailers)
        } else {
            relay.upstreamFailed(isTunnel && error != nil ? .reset : .closed)
        }
    }

    /// The app refuses the connection, for example because it misses a client certificate.
    override func securityBroke(_ fault: Fault) {
        if relay != nil { pool.failed(fault) }
        fail(.tlsFailed)
        close()
    }
}
