internal import CNghttp2
public import HTTPModel

/// The server's side of an HTTP/2 connection with a client (RFC 9113).
///
/// A request that cannot be passed on does not end the connection: it is reported as `refused`, and the owner answers it. Floods
/// do end the connection (see `HTTP2Settings`).
public final class ServerSession: Session {
    public enum Event: Sendable, Hashable {
        /// A request head is complete: take it with `takeRequest`.
        case request(stream: Int32, endsStream: Bool)
        /// Body bytes, as a range of the bytes given to the current `receive`. The owner calls `consume` when it has passed them
        /// on.
        case data(stream: Int32, range: Range<Int>)
        /// The request is complete, after its body or trailers (`takeTrailers`).
        case end(stream: Int32)
        /// The stream is gone: both sides were done (`ErrorCode.noError`), or it was reset. Reported once for each request or
        /// refusal.
        case closed(stream: Int32, errorCode: UInt32)
        /// A request head is too large (431, 414), malformed (400), took too long (408) or is of a kind that is not served (501).
        /// The owner submits the response; no more events of the request follow. What was read of it can be taken with
        /// `takeRequest`. The reason is a code for logs.
        case refused(stream: Int32, status: Status, reason: Reason)
        /// The client has sent GOAWAY and will not make more requests.
        case goAway
    }

    /// The events so far, in order. `receive` and `collectOutput` add to them, the latter because sending closes streams.
    public private(set) var events: [Event] = []

    private var reader: RequestReader

    /// Makes a session for a connection with this scheme. The output has its settings at once.
    public init(settings: HTTP2Settings, limits: MessageLimits, names: FieldNames, scheme: Scheme) throws(HTTP2Failure) {
        reader = RequestReader(
            limits: limits, names: names, scheme: scheme, allowsConnectProtocol: settings.enableConnectProtocol)
        try super.init(settings: settings, limits: limits, names: names, isServer: true)
    }

    /// Whether part of a request's head has arrived.
    public private(set) var isReadingHead = false

    /// Sets the field names for requests that begin from now on. Has no effect while a head is being read.
    public func use(_ names: FieldNames) {
        guard !isReadingHead else { return }
        reader.names = names
        replaceNames(by: names)
    }

    /// The bytes of the head that is being read.
    public var headSize: Int { isReadingHead ? reader.head.storageSize : 0 }

    /// Limits heads to this many bytes from now on, including the one that is being read, unless the configured limit is lower.
    public func limitHeads(to bytes: Int) { reader.most = bytes }

    /// Ends the head that is being read, which takes too long: it is reported as `refused`, and the connection ends when its
    /// stream has the response, because what follows an unfinished head cannot be decoded.
    public func endLateHead() {
        guard isReadingHead else { return }
        reader.timeOut()
        endUnfinishedHead()
    }

    /// Removes the events, which the owner has read. Anything that they announced and that was not taken is dropped with closed
    /// streams.
    public func removeAllEvents() {
        events.clear()
        recycle()
    }

    /// Swaps the request's head with the given one, whose storage serves a later request.
    public func takeRequest(_ stream: Int32, into head: inout RequestHead) {
        withKnown(stream) { swap(&$0.request, &head) }
    }

    /// The `:protocol` of an extended CONNECT (RFC 8441), nil for any other request.
    public func connectProtocol(_ stream: Int32) -> [UInt8]? {
        withKnown(stream) { $0.connectProtocol.isEmpty ? nil : $0.connectProtocol } ?? nil
    }

    /// Submits an interim response (100, 103).
    public func submitInformational(_ stream: Int32, _ head: borrowing ResponseHead) {
        guard head.status.isInformational else { return }
        withLive(stream) { if !$0.hasFinalHead { submitInterim($0, head) } }
    }

    /// Submits the response head. Names are lowercased, and fields of an HTTP/1 connection are left out. Unless this ends the
    /// stream, `offer` and `finish` add a body.
    public func submitResponse(_ stream: Int32, _ head: borrowing ResponseHead, endsStream: Bool) {
        withLive(stream) {
            guard !$0.hasFinalHead else { return }
            $0.hasFinalHead = true
            if endsStream { $0.isFinished = true }
            submitFinal($0, head, hasBody: !endsStream)
        }
    }

    /// Discards whatever the client still sends on this stream, without events. If the client is not done when everything of this
    /// side has been sent, the stream is reset with `NO_ERROR` (RFC 9113 §8.1).
    public func discardBody(_ stream: Int32) {
        withLive(stream) {
            discardBody($0)
            guard $0.localEnded, !$0.remoteEnded else { return }
            closed.remember(stream, .resetHere)
            submitReset($0, ErrorCode.noError)
        }
    }

    /// Begins a shutdown: tells the client to make no more requests here, but still serves those that it makes before it learns
    /// of this (RFC 9113 §6.8). `finishShutdown` follows a round trip later.
    public func beginShutdown() {
        guard !hasSentGoAway, !hasFailed else { return }
        // The handle lives as long as this object.
        check(unsafe nghttp2_submit_shutdown_notice(handle))
    }

    override func headBegan(_ stream: StreamState) {
        isReadingHead = true
        reader.begin()
    }

    override func headField(name: Span<UInt8>, value: Span<UInt8>) { reader.add(name: name, value: value) }

    override func headEnded(_ stream: StreamState, endsStream: Bool) {
        let refusal = reader.end(endsStream: endsStream)
        isReadingHead = false
        swap(&stream.request, &reader.head)
        stream.hasHead = true
        stream.isAnnounced = true
        guard let refusal else {
            stream.bodyLeft = endsStream ? nil : reader.contentLength
            if !reader.connectProtocol.isEmpty {
                stream.connectProtocol = reader.connectProtocol
                stream.bodyLeft = nil
            }
            return events.append(.request(stream: stream.id, endsStream: endsStream))
        }
        stream.isMalformed = refusal.isMalformed
        stream.codeAfterResponse = refusal.isMalformed ? ErrorCode.protocolError : ErrorCode.noError
        discardBody(stream)
        events.append(.refused(stream: stream.id, status: refusal.status, reason: refusal.reason))
    }

    override func headOverflowed(isTarget: Bool) { reader.overflow(isTarget: isTarget) }

    override func lateField(name: Span<UInt8>, value: Span<UInt8>) { reader.addLate(name: name, value: value) }

    override func announceData(_ stream: StreamState, _ range: Range<Int>) {
        events.append(.data(stream: stream.id, range: range))
    }

    override func announceEnd(_ stream: StreamState) {
        events.append(.end(stream: stream.id))
    }

    override func announceClosed(_ stream: StreamState, _ errorCode: UInt32) {
        events.append(.closed(stream: stream.id, errorCode: errorCode))
    }

    override func announceGoAway(lastStream: Int32, errorCode: UInt32) {
        events.append(.goAway)
    }
}
