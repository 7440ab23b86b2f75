import HTTP2
import HTTPModel
import HeaderPolicy
import ProxyCore

/// One stream of an HTTP/2 connection to an app: the app's side of an exchange.
final class HTTP2UpstreamStream: FramedStream {
    private let connection: HTTP2Upstream
    private let session: ClientSession
    private let id: Int32
    /// The exchange's relay; nil once the stream has ended or was cancelled.
    private var relay: Relay?
    /// Request bytes that the session knows of and has not framed yet.
    private var queue = BodyQueue()
    private var queued = 0 { didSet { connection.worker.memory.charge(queued - oldValue) } }
    private let bufferLimit: Int
    private let askedAt: Int
    /// Whether the exchange was told to wait.
    private var isHeldBack = false
    private var hasFinished: Bool
    private var isReading = true
    /// The response bytes that the client has not taken; the window stays closed for as many.
    private var untaken = 0

    init(_ connection: HTTP2Upstream, _ id: Int32, _ relay: Relay) {
        self.connection = connection
        session = connection.session
        self.id = id
        self.relay = relay
        askedAt = connection.worker.clock.now
        bufferLimit = relay.configuration.source.limits.bodyBuffer
        hasFinished = relay.exchange.requestBody == .none
    }

    // MARK: Calls from the exchange

    func writeBody(_ bytes: Span<UInt8>) {
        guard relay != nil, !hasFinished, bytes.count > 0 else { return }
        session.offer(id, bytes.count)
        connection.touch()
        // A part that fills a write does not have to wait for the end of the turn.
        let sent = bytes.count >= Worker.pumpLimit && queue.isEmpty ? connection.send(bytes, of: id) : 0
        guard sent < bytes.count else { return }
        queue.append(bytes.extracting(droppingFirst: sent))
        queued = queue.count
        if !isWritable { isHeldBack = true }
    }

    func finishBody(trailers: Fields?) {
        guard relay != nil, !hasFinished else { return }
        hasFinished = true
        session.finish(id, trailers: trailers)
        connection.touch()
    }

    var isWritable: Bool { queued <= bufferLimit }

    func setReading(_ reads: Bool) {
        isReading = reads
        guard reads, untaken > 0 else { return }
        session.consume(id, untaken)
        untaken = 0
        connection.touch()
    }

    /// Has the connection take no more exchanges if it has been silent since the request; called when a deadline of the exchange
    /// has passed, too.
    func noteSilence() { connection.wasSilent(since: askedAt) }

    /// The milliseconds after which silence says something, where a client does not wait for the answer.
    private static let longSilence = 5_000

    /// Resets the stream, so that the app knows that nobody waits (RFC 9113 §5.4.2); other streams go on.
    func cancel() {
        if connection.worker.clock.now &- askedAt >= Self.longSilence { noteSilence() }
        relay = nil
        session.reset(id, errorCode: ErrorCode.cancel)
        connection.touch()
    }

    // MARK: Waiting bytes

    func move(_ count: Int, to output: inout [UInt8]) {
        queue.move(count, to: &output)
        queued = queue.count
    }

    func bodyLeft() {
        guard isHeldBack, isWritable else { return }
        isHeldBack = false
        relay?.upstreamWritable()
    }

    /// Drops the bytes that have not been framed.
    private func dropQueue() {
        queue.removeAll()
        queued = 0
    }

    // MARK: Events from the app

    func informational(_ head: inout ResponseHead) { relay?.informational(&head) }

    func responded(endsStream: Bool) {
        guard let relay else { return }
        session.takeResponse(id, into: &relay.exchange.response)
        if endsStream { sayLength(relay) }
        relay.responseReceived(
            body: endsStream ? .none : BodyLength(ofHTTP2Response: relay.exchange.response.fields), isUpgrade: false)
        // When the head ends the stream, no further event follows.
        if endsStream { ended(trailers: nil) }
    }

    /// Adds a `Content-Length` for an HTTP/1 client where HTTP/2 ended the response with a flag.
    private func sayLength(_ relay: Relay) {
        guard relay.exchange.facts.request.version != .http2, relay.exchange.facts.request.method != .head,
            !relay.exchange.response.status.forbidsBody,
            relay.exchange.response.fields.firstIndex(of: .contentLength) == nil
        else { return }
        relay.exchange.response.fields.append(.contentLength, name: "Content-Length".utf8.span, value: "0".utf8.span)
    }

    func received(_ bytes: Span<UInt8>) {
        relay?.responseBytes(bytes)
        if isReading || relay == nil { session.consume(id, bytes.count) } else { untaken &+= bytes.count }
    }

    /// - Parameter dropped: the names of trailer fields that were left out.
    func ended(trailers: Fields?, dropped: [String] = []) {
        guard let relay else { return }
        self.relay = nil
        relay.leftOut(dropped, ofRequest: false)
        // The response ended before the request did, so the app has no use for the rest.
        if !hasFinished || !queue.isEmpty {
            session.reset(id, errorCode: ErrorCode.noError)
        } else if !session.hasEnded(id) {
            connection.linger(id)
        }
        relay.responseEnded(trailers: trailers)
    }

    /// Called when the stream is gone, perhaps before its response was complete.
    func closed(_ fault: UpstreamFault, because cause: BadResponse? = nil) {
        dropQueue()
        guard let relay else { return }
        self.relay = nil
        relay.upstreamFailed(fault, because: cause)
    }
}
