internal import CNghttp2
public import HTTPModel

/// The client's side of an HTTP/2 connection with an upstream (RFC 9113).
///
/// A malformed response ends only its stream, with `closed` and `ErrorCode.protocolError`, not the connection; a field of more than
/// 64 KiB ends that too, because nothing after it can be decoded.
public final class ClientSession: Session {
    public enum Event: Sendable, Hashable {
        /// An interim response (1xx) has arrived: take it with `takeInformational`.
        case informational(stream: Int32)
        /// A response head is complete: take it with `takeResponse`. With `endsStream` the response has no more, because the
        /// stream has ended or there is never a body, as for 204 and HEAD; no `end` follows.
        case response(stream: Int32, endsStream: Bool)
        /// Body bytes, as a range of the bytes given to the current `receive`. The owner calls `consume` when it has passed them
        /// on.
        case data(stream: Int32, range: Range<Int>)
        /// The response is complete, after its body or trailers (`takeTrailers`).
        case end(stream: Int32)
        /// The stream is gone; reported once for each request. `isUnprocessed`: the upstream has certainly not acted on the
        /// request, so that it may be sent again (RFC 9113 §8.7).
        case closed(stream: Int32, errorCode: UInt32, isUnprocessed: Bool)
        /// The upstream has sent GOAWAY and takes no more requests. Streams above `lastStream` close as unprocessed.
        case goAway(lastStream: Int32, errorCode: UInt32)
    }

    /// The events so far, in order; `receive` and `collectOutput` add to them.
    public private(set) var events: [Event] = []

    private var reader: ResponseReader
    private var hasReceivedGoAway = false

    /// Makes a session for a fresh connection. The output has the preface and the settings at once.
    public init(settings: HTTP2Settings, limits: MessageLimits, names: FieldNames) throws(HTTP2Failure) {
        reader = ResponseReader(limits: limits, names: names)
        try super.init(settings: settings, limits: limits, names: names, isServer: false)
    }

    /// Removes the events, which the owner has read. Anything that they announced and that was not taken is dropped with closed
    /// streams.
    public func removeAllEvents() {
        events.clear()
        recycle()
    }

    /// Whether another request can be sent now, without waiting for one to end.
    public var hasRoom: Bool {
        guard !hasFailed, !hasSentGoAway, !hasReceivedGoAway, !isBroken else { return false }
        return openStreams < maxConcurrentStreams
    }

    /// The number of requests that the upstream takes at once; 100 is assumed until its settings have arrived.
    public var maxConcurrentStreams: Int {
        // The handle lives as long as this object.
        Int(unsafe nghttp2_session_get_remote_settings(handle, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
    }

    /// Whether the request on an open stream, or at least its head, has been sent, so that the upstream may act on it.
    public func wasSent(_ stream: Int32) -> Bool { withOpen(stream, \.wasSent) ?? true }

    /// Whether the upstream has ended a stream by RST_STREAM. Known until its `closed` has been handled.
    public func wasResetByUpstream(_ stream: Int32) -> Bool { withKnown(stream, \.wasResetByPeer) ?? false }

    /// Whether the upstream has ended its side of a stream, or the stream is gone.
    public func hasEnded(_ stream: Int32) -> Bool { withOpen(stream, \.remoteEnded) ?? true }

    /// Whether the upstream accepts extended CONNECT (RFC 8441); known once its settings have arrived.
    public var allowsConnectProtocol: Bool {
        // The handle lives as long as this object.
        unsafe nghttp2_session_get_remote_settings(handle, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1
    }

    /// Submits a request and returns its stream, or nil if no more can be sent on this connection. `Host` and the fields of an
    /// HTTP/1 connection are left out. Unless this ends the stream, `offer` and `finish` add a body.
    public func submitRequest(
        method: Span<UInt8>, scheme: Scheme, authority: Span<UInt8>, target: Span<UInt8>, fields: borrowing Fields,
        endsStream: Bool, connectProtocol: [UInt8]? = nil
    ) -> Int32? {
        guard !hasFailed, !hasSentGoAway, !hasReceivedGoAway, !isBroken else { return nil }
        let stream = unsafe makeStream().takeUnretainedValue()
        stream.isHead = method.equals("HEAD")
        stream.hasFinalHead = true
        stream.isFinished = endsStream
        var lines = takeLines()
        lines.append(name: Self.method.span, value: method)
        lines.append(name: Self.scheme.span, value: scheme == .https ? Self.https.span : Self.http.span)
        lines.append(name: Self.authority.span, value: authority)
        lines.append(name: Self.path.span, value: target)
        if let connectProtocol { lines.append(name: Self.connectProtocol.span, value: connectProtocol.span) }
        stream.keep(fields, in: &lines, except: .host)
        stream.id = submitRequest(stream, lines, hasBody: !endsStream)
        self.lines = lines
        guard stream.id > 0 else {
            release(stream)
            return nil
        }
        stream.isAnnounced = true
        return stream.id
    }

    /// Swaps the response's head with the given one, whose storage serves a later response.
    public func takeResponse(_ stream: Int32, into head: inout ResponseHead) {
        withKnown(stream) { swap(&$0.response, &head) }
    }

    /// Takes the oldest interim response; nil if there is none.
    public func takeInformational(_ stream: Int32) -> ResponseHead? {
        withKnown(stream) { $0.interim.isEmpty ? nil : $0.interim.removeFirst() } ?? nil
    }

    private static let method = Array(":method".utf8)
    private static let scheme = Array(":scheme".utf8)
    private static let authority = Array(":authority".utf8)
    private static let path = Array(":path".utf8)
    private static let connectProtocol = Array(":protocol".utf8)
    private static let http = Array("http".utf8)
    private static let https = Array("https".utf8)

    override func headBegan(_ stream: StreamState) { reader.begin(isHead: stream.isHead) }

    override func headField(name: Span<UInt8>, value: Span<UInt8>) { reader.add(name: name, value: value) }

    override func headEnded(_ stream: StreamState, endsStream: Bool) {
        reader.end(endsStream: endsStream)
        if let fault = reader.fault { return abort(stream, fault) }
        if reader.head.status.isInformational {
            // Interim responses do not count as useful work: a flood of them counts as one of control frames.
            if stream.interim.count >= 8 || !control.take(10, now: now) { return abort(stream, .informationalFlood) }
            stream.interim.append(reader.head)
            return events.append(.informational(stream: stream.id))
        }
        stream.hasHead = true
        let isBodiless = reader.isBodiless
        stream.bodyLeft = isBodiless ? 0 : reader.contentLength
        if endsStream, stream.bodyLeft ?? 0 != 0 { return abort(stream, .contentLengthMismatch) }
        // Whatever the app still sends on the stream is dropped.
        if isBodiless { stream.discardsBody = true }
        swap(&stream.response, &reader.head)
        events.append(.response(stream: stream.id, endsStream: endsStream || isBodiless))
    }

    override func announceData(_ stream: StreamState, _ range: Range<Int>) {
        events.append(.data(stream: stream.id, range: range))
    }

    override func announceEnd(_ stream: StreamState) {
        events.append(.end(stream: stream.id))
    }

    override func announceClosed(_ stream: StreamState, _ errorCode: UInt32) {
        let isUnprocessed = !stream.wasSent || errorCode == ErrorCode.refusedStream && !stream.wasResetByOwner
        events.append(.closed(stream: stream.id, errorCode: errorCode, isUnprocessed: isUnprocessed))
    }

    override func announceGoAway(lastStream: Int32, errorCode: UInt32) {
        hasReceivedGoAway = true
        events.append(.goAway(lastStream: lastStream, errorCode: errorCode))
    }
}
