internal import CNghttp2
internal import HTTPModel

/// The part that both sides of an HTTP/2 connection share: frames, flow control, bodies, output. It does no I/O: bytes go in by
/// `receive`, and come out in `output` and `parts`.
///
/// A session belongs to one connection and one event loop. Nothing that a peer sends makes it trap or throw: a connection error
/// (RFC 9113 §5.4.1) adds a GOAWAY to the output, and `isFinished` is true once that is collected.
///
/// The class is safe although it holds a pointer: that is made and freed with the session, and only used in calls made here.
///
/// Calls for a stream that is gone do nothing, because the owner may not have seen its `closed` yet.
@safe public class Session {
    /// One piece of the output; the pieces are in order.
    public enum Part: Sendable, Hashable {
        /// A range of `output`.
        case bytes(Range<Int>)
        /// This many bytes of the body that the owner has queued for this stream. The part before it has the frame's header, so
        /// these bytes must follow, whatever happens to the stream.
        case data(stream: Int32, count: Int)
    }

    /// The frame headers and whole frames to write; see `parts`.
    public internal(set) var output: [UInt8] = []
    public internal(set) var parts: [Part] = []

    /// The kind of field block that is being read.
    enum Block { case ignored, head, trailers }

    let handle: OpaquePointer
    let settings: HTTP2Settings
    let limits: MessageLimits
    /// The names of fields in heads that begin from now on.
    private(set) var names: FieldNames
    let isServer: Bool

    /// The open streams; each knows its index. They are owned here, since nghttp2 only holds plain pointers to them.
    var active: [StreamState] = []
    /// Closed streams for which the owner may still take what the pending events announced.
    var retired: [StreamState] = []
    private var spare: [StreamState] = []
    /// The open stream that was asked for last, and its number: several questions about the same one follow each other. Like all
    /// references here that are not counted, it ends when `active` gives up the stream.
    private var recent: (id: Int32, stream: Unmanaged<StreamState>)?

    var walker: FrameWalker
    var closed: ClosedStreams
    var resets: Allowance
    var control: Allowance
    var continuations = 0
    var literals = LiteralLengths()
    /// The stream whose head has a field that the decoder does not accept. Later field blocks cannot be decoded, so the
    /// connection ends once this stream has its response.
    var lastAnswer: Int32?
    /// The search in the rest of that head; nil if there is none.
    var late: LateFields?
    var now = 0

    var trailerReader = TrailerReader()
    /// The stream whose field block is being read; nil when the block is ignored.
    private var blockStream: Unmanaged<StreamState>?
    var block = Block.ignored

    /// The address and length of the input of the current `receive`.
    var inputStart: UInt = 0
    var inputCount = 0
    /// The code of a connection error that was found during a callback.
    var fault: UInt32?
    /// The peer's fault for which the connection ends.
    public internal(set) var connectionFault: ResponseFault?
    /// Whether a frame has arrived.
    var hasBegun = false
    /// Whether a connection error was found, so that GOAWAY is on its way or has been collected.
    public internal(set) var hasFailed = false
    /// Whether nghttp2 cannot go on at all.
    var isBroken = false
    var hasSentGoAway = false

    /// The bytes collected by the current `collectOutput`, and their limit.
    var collected = 0
    var collectLimit = 0

    /// Storage for the lines of an outgoing message.
    var lines = FieldLines()
    /// The digits of its status.
    var digits: [UInt8] = [0, 0, 0]

    init(settings: HTTP2Settings, limits: MessageLimits, names: FieldNames, isServer: Bool) throws(HTTP2Failure) {
        self.settings = settings
        self.limits = limits
        self.names = names
        self.isServer = isServer
        walker = FrameWalker(expectsPreface: isServer)
        closed = ClosedStreams(window: max(0, settings.initialWindow))
        resets = Allowance(burst: settings.resetBurst, perSecond: settings.resetsPerSecond)
        control = Allowance(burst: settings.controlBurst, perSecond: settings.controlPerSecond)
        unsafe handle = try makeNghttp2Session(isServer: isServer)
        // The reference is not retained: nghttp2 only calls back during calls made here, and `deinit` frees it.
        unsafe nghttp2_session_set_user_data(handle, Unmanaged.passUnretained(self).toOpaque())
        try announce()
    }

    deinit {
        // This causes no callback, because nghttp2 does not report the streams that it drops here.
        unsafe nghttp2_session_del(handle)
    }

    // MARK: For subclasses to override

    /// Called when a message head begins; its fields follow by `headField`.
    func headBegan(_ stream: StreamState) {}
    func headField(name: Span<UInt8>, value: Span<UInt8>) {}
    func headEnded(_ stream: StreamState, endsStream: Bool) {}
    /// Called when a head has a field that is far too long, perhaps `:path`. Some of the later fields may follow by `lateField`,
    /// then the head ends.
    func headOverflowed(isTarget: Bool) {}
    func lateField(name: Span<UInt8>, value: Span<UInt8>) {}
    func announceData(_ stream: StreamState, _ range: Range<Int>) {}
    func announceEnd(_ stream: StreamState) {}
    func announceClosed(_ stream: StreamState, _ errorCode: UInt32) {}
    func announceGoAway(lastStream: Int32, errorCode: UInt32) {}

    // MARK: Streams

    /// The number of open streams.
    public var openStreams: Int { active.count }

    /// Whether nothing more will be read or written, so that the connection should be closed. After a connection error streams
    /// may still count as open, but no events of them follow.
    public var isFinished: Bool {
        if !parts.isEmpty { return false }
        // The handle lives as long as this object.
        if isBroken { return true }
        return unsafe nghttp2_session_want_read(handle) == 0 && nghttp2_session_want_write(handle) == 0
    }

    /// Calls `body` with an open stream; returns nil if there is none.
    ///
    /// The stream is not counted for the call, which would cost more than most of these calls do: `active` owns it, `release`
    /// moves it to `retired`, and it leaves that only when the owner removes the events, which no body does.
    @discardableResult
    @inline(__always)
    func withOpen<Result>(_ id: Int32, _ body: (StreamState) -> Result) -> Result? {
        guard let stream = unsafe find(id) else { return nil }
        return unsafe stream._withUnsafeGuaranteedRef(body)
    }

    /// Calls `body` with an open stream on which the owner may still act.
    @inline(__always)
    func withLive(_ id: Int32, _ body: (StreamState) -> Void) {
        guard let stream = unsafe find(id) else { return }
        unsafe stream._withUnsafeGuaranteedRef { if !$0.isReset { body($0) } }
    }

    /// Calls `body` with an open stream, or with one that closed since the events were last removed.
    @discardableResult
    @inline(__always)
    func withKnown<Result>(_ id: Int32, _ body: (StreamState) -> Result) -> Result? {
        if let stream = unsafe find(id) { return unsafe stream._withUnsafeGuaranteedRef(body) }
        return retired.first { $0.id == id }.map(body)
    }

    /// Calls `body` with the stream whose field block is being read; returns nil if there is none.
    @discardableResult
    @inline(__always)
    func withBlockStream<Result>(_ body: (StreamState) -> Result) -> Result? {
        guard let stream = unsafe blockStream else { return nil }
        return unsafe stream._withUnsafeGuaranteedRef(body)
    }

    func isOpen(_ id: Int32) -> Bool { unsafe find(id) != nil }

    private func find(_ id: Int32) -> Unmanaged<StreamState>? {
        guard id > 0 else { return nil }
        if let recent = unsafe recent, unsafe recent.id == id { return unsafe recent.stream }
        guard let stream = unsafe search(for: id) else { return nil }
        unsafe recent = (id, stream)
        return unsafe stream
    }

    private func search(for id: Int32) -> Unmanaged<StreamState>? {
        // `attach` has set the pointer to an object that `active` owns until `release`, which is called when the stream closes.
        if let pointer = unsafe nghttp2_session_get_stream_user_data(handle, id) {
            return unsafe Unmanaged<StreamState>.fromOpaque(pointer)
        }
        // This side's request may not have been framed yet.
        return isServer ? nil : unsafe active.first { $0.id == id }.map(Unmanaged.passUnretained)
    }

    /// Adds an open stream, which `active` owns.
    func makeStream() -> Unmanaged<StreamState> {
        let stream = spare.popLast() ?? StreamState()
        stream.index = active.count
        let reference = unsafe Unmanaged.passUnretained(stream)
        active.append(stream)
        return unsafe reference
    }

    /// Moves a closed stream out of the open ones, where it waits until the owner has read its events.
    func release(_ stream: StreamState) {
        let index = stream.index
        guard index < active.count, active[index] === stream else { return }
        if withBlockStream({ $0 === stream }) == true { setBlock(nil, .ignored) }
        if unsafe recent?.id == stream.id { unsafe recent = nil }
        retired.append(stream)
        // The last one takes its place.
        let last = active.removeLast()
        guard last !== stream else { return }
        last.index = index
        active[index] = last
    }

    func setBlock(_ stream: StreamState?, _ kind: Block) {
        unsafe blockStream = stream.map(Unmanaged.passUnretained)
        block = kind
    }

    /// Makes closed streams reusable when the owner has read the events.
    func recycle() {
        while let stream = retired.popLast() {
            stream.clear(keeping: Self.storageKept(beside: spare.count))
            spare.append(stream)
        }
    }

    /// The bytes of storage that a buffer of a closed stream keeps for a later one, beside so many other closed streams. Few may
    /// keep what a large head took, so that many streams at once do not fill the memory.
    public static func storageKept(beside count: Int) -> Int { count < 16 ? 16 << 10 : 4 << 10 }

    /// Frees the storage of closed streams, which is kept for later ones, but for so many.
    public func rest(keeping count: Int) { if spare.count > count { spare.removeFirst(spare.count &- count) } }

    /// Changes the names of fields for heads that begin from now on. Requests in progress keep theirs for their trailers.
    func replaceNames(by new: FieldNames) {
        for stream in active where stream.names == nil { stream.names = names }
        names = new
    }

    // MARK: Ending

    /// The fault in what the peer sent on a stream, or nil. Known until its `closed` has been handled.
    public func fault(of stream: Int32) -> ResponseFault? { withKnown(stream, \.fault) ?? nil }

    /// Whether this side has ended the stream because of a frame of the peer. Known until its `closed` has been handled.
    public func wasBrokenByPeer(_ stream: Int32, _ errorCode: UInt32) -> Bool {
        errorCode != ErrorCode.noError && withKnown(stream) { !$0.wasResetByPeer && !$0.wasResetByOwner } == true
    }

    /// Resets a stream (RST_STREAM). Bytes that were offered and not framed are dropped.
    public func reset(_ stream: Int32, errorCode: UInt32) {
        withLive(stream) {
            $0.wasResetByOwner = true
            submitReset($0, errorCode)
        }
    }

    func submitReset(_ stream: StreamState, _ errorCode: UInt32) {
        stream.isReset = true
        stream.discardsBody = true
        // The handle lives as long as this object; an id that nghttp2 does not know is no error.
        check(unsafe nghttp2_submit_rst_stream(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, errorCode))
    }

    /// Ends a stream with an error that was found here: the owner learns of it at once, the peer by RST_STREAM.
    func abort(_ stream: StreamState, _ fault: ResponseFault) {
        guard !stream.isReset else { return }
        stream.fault = fault
        let errorCode = fault.errorCode
        submitReset(stream, errorCode)
        if stream.isAnnounced {
            stream.isAnnounced = false
            announceClosed(stream, errorCode)
        }
    }

    /// Ends the connection with an error: GOAWAY is sent, and nothing more is read.
    func fail(_ errorCode: UInt32) {
        guard !hasFailed else { return }
        hasFailed = true
        if connectionFault == nil { connectionFault = ResponseFault(errorCode: errorCode) }
        // The handle lives as long as this object.
        if unsafe nghttp2_session_terminate_session(handle, errorCode) != 0 { isBroken = true }
    }

    /// Ends a shutdown with a GOAWAY that names the last stream that is served. Streams in progress go on.
    public func finishShutdown() {
        guard !hasSentGoAway, !hasFailed else { return }
        hasSentGoAway = true
        // The handle lives as long as this object; no debug data is given.
        check(
            unsafe nghttp2_submit_goaway(
                handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), nghttp2_session_get_last_proc_stream_id(handle),
                ErrorCode.noError, nil, 0))
    }
}
