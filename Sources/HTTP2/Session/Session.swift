internal import CNghttp2
internal import HTTPModel

/// What both sides of an HTTP/2 connection have in common: frames, flow control, bodies, output. Without I/O: bytes go in by
/// `receive`, and come out in `output` and `parts`.
///
/// A session belongs to one connection and one event loop. Nothing that a peer sends makes it trap or throw: a connection
/// error (RFC 9113 §5.4.1) leaves a GOAWAY in the output and makes `isFinished` true once that is collected.
///
/// Safe, though it holds a pointer: that is made and freed with the session, and used only in calls made here.
///
/// Calls that name a stream which is gone do nothing: the owner may not have seen its `closed` yet.
@safe public class Session {
    /// A piece of what is to be written, in order.
    public enum Part: Sendable, Hashable {
        /// Of `output`.
        case bytes(Range<Int>)
        /// So many bytes of the body that the owner has queued for this stream. Its frame's header is already in the part
        /// before, so these bytes have to follow, whatever happens to the stream.
        case data(stream: Int32, count: Int)
    }

    /// Frame headers and whole frames to be written; see `parts`.
    public internal(set) var output: [UInt8] = []
    public internal(set) var parts: [Part] = []

    /// Which fields are being read.
    enum Block { case ignored, head, trailers }

    let handle: OpaquePointer
    let settings: HTTP2Settings
    let limits: MessageLimits
    let names: FieldNames
    let isServer: Bool

    /// Open streams; each knows its index. They are owned here: nghttp2 holds plain pointers to them.
    var active: [StreamState] = []
    /// Closed streams of which the owner may still take what the pending events announced.
    var retired: [StreamState] = []
    private var spare: [StreamState] = []

    var walker: FrameWalker
    var closed = ClosedStreams()
    var resets: Allowance
    var control: Allowance
    var continuations = 0
    var literals = LiteralLengths()
    /// The stream whose head has a field that the decoder does not take. What follows on the connection cannot be understood: it ends
    /// once this stream has its answer.
    var lastAnswer: Int32?
    /// The rest of that head, while it is read.
    var late: LateFields?
    var now = 0

    var trailerReader = TrailerReader()
    /// Whose field block is being read; nil when nobody cares for it.
    var blockStream: StreamState?
    var block = Block.ignored

    /// The input of the `receive` under way.
    var inputStart: UInt = 0
    var inputCount = 0
    /// The connection error found during a callback.
    var fault: UInt32?
    /// What the peer did wrong for which the connection ends.
    public internal(set) var connectionFault: ResponseFault?
    /// A frame has come.
    var hasBegun = false
    /// A connection error was found, and GOAWAY is on its way or has been collected.
    public internal(set) var hasFailed = false
    /// nghttp2 cannot go on at all.
    var isBroken = false
    var hasSentGoAway = false

    /// Of the `collectOutput` under way.
    var collected = 0
    var collectLimit = 0

    /// Storage for the lines of a message that goes out.
    var lines = FieldLines()
    var digits: [UInt8] = []

    init(settings: HTTP2Settings, limits: MessageLimits, names: FieldNames, isServer: Bool) throws(HTTP2Failure) {
        self.settings = settings
        self.limits = limits
        self.names = names
        self.isServer = isServer
        walker = FrameWalker(expectsPreface: isServer)
        resets = Allowance(burst: settings.resetBurst, perSecond: settings.resetsPerSecond)
        control = Allowance(burst: settings.controlBurst, perSecond: settings.controlPerSecond)
        unsafe handle = try makeNghttp2Session(isServer: isServer)
        // Unretained: nghttp2 calls back only from within calls made here, and `deinit` frees it.
        unsafe nghttp2_session_set_user_data(handle, Unmanaged.passUnretained(self).toOpaque())
        try announce()
    }

    deinit {
        // No callback comes of this: nghttp2 does not report the streams that it drops here.
        unsafe nghttp2_session_del(handle)
    }

    // MARK: What a side adds

    /// A message head begins; its fields come by `headField`.
    func headBegan(_ stream: StreamState) {}
    func headField(name: Span<UInt8>, value: Span<UInt8>) {}
    func headEnded(_ stream: StreamState, endsStream: Bool) {}
    /// A head has a field that is far too long, `:path` perhaps; of what follows some may come by `lateField`, then it ends.
    func headOverflowed(isTarget: Bool) {}
    func lateField(name: Span<UInt8>, value: Span<UInt8>) {}
    func announceData(_ stream: StreamState, _ range: Range<Int>) {}
    func announceEnd(_ stream: StreamState) {}
    func announceClosed(_ stream: StreamState, _ errorCode: UInt32) {}
    func announceGoAway(lastStream: Int32, errorCode: UInt32) {}

    // MARK: Streams

    /// Streams that are open.
    public var openStreams: Int { active.count }

    /// Nothing more will be read or written: close the connection. After a connection error streams may still count as open;
    /// no event speaks of them any more.
    public var isFinished: Bool {
        if !parts.isEmpty { return false }
        // The handle lives as long as this object.
        if isBroken { return true }
        return unsafe nghttp2_session_want_read(handle) == 0 && nghttp2_session_want_write(handle) == 0
    }

    /// Something waits to be collected.
    public var wantsOutput: Bool {
        // The handle lives as long as this object.
        if isBroken { return false }
        return unsafe nghttp2_session_want_write(handle) != 0
    }

    /// An open stream.
    func open(_ id: Int32) -> StreamState? {
        guard id > 0 else { return nil }
        // The pointer was set by `attach` to an object that `active` owns until `release`, which comes as the stream closes.
        if let pointer = unsafe nghttp2_session_get_stream_user_data(handle, id) {
            return unsafe Unmanaged<StreamState>.fromOpaque(pointer).takeUnretainedValue()
        }
        // A request of this side that has not been framed.
        return isServer ? nil : active.first { $0.id == id }
    }

    /// A stream that is open and that the owner may still act on.
    func live(_ id: Int32) -> StreamState? {
        guard let stream = open(id), !stream.isReset else { return nil }
        return stream
    }

    /// An open stream, or one that closed since the events were last removed.
    func known(_ id: Int32) -> StreamState? {
        open(id) ?? retired.first { $0.id == id }
    }

    func makeStream() -> StreamState {
        let stream = spare.popLast() ?? StreamState()
        stream.index = active.count
        active.append(stream)
        return stream
    }

    /// The stream is closed: it leaves the open ones and waits for the owner to read its events.
    func release(_ stream: StreamState) {
        guard stream.index < active.count, active[stream.index] === stream, let last = active.popLast() else { return }
        if last !== stream {
            active[stream.index] = last
            last.index = stream.index
        }
        if blockStream === stream { setBlock(nil, .ignored) }
        retired.append(stream)
    }

    func setBlock(_ stream: StreamState?, _ kind: Block) {
        blockStream = stream
        block = kind
    }

    /// The owner has read the events.
    func recycle() {
        for stream in retired where spare.count < 32 {
            stream.clear()
            spare.append(stream)
        }
        retired.removeAll(keepingCapacity: true)
    }

    // MARK: Ending

    /// Resets a stream (RST_STREAM). What was offered and not framed is dropped.
    public func reset(_ stream: Int32, errorCode: UInt32) {
        guard let state = live(stream) else { return }
        state.wasResetByOwner = true
        submitReset(state, errorCode)
    }

    func submitReset(_ stream: StreamState, _ errorCode: UInt32) {
        stream.isReset = true
        stream.discardsBody = true
        // The handle lives as long as this object; an id that nghttp2 does not know is no error.
        unsafe nghttp2_submit_rst_stream(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, errorCode)
    }

    /// A stream error found here: the owner learns of it at once, the peer by RST_STREAM.
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

    /// Ends the connection with an error: GOAWAY goes out, nothing more is read.
    func fail(_ errorCode: UInt32) {
        guard !hasFailed else { return }
        hasFailed = true
        if connectionFault == nil { connectionFault = ResponseFault(errorCode: errorCode) }
        // The handle lives as long as this object.
        if unsafe nghttp2_session_terminate_session(handle, errorCode) != 0 { isBroken = true }
    }

    /// Ends the connection with an error of the owner's, as for a peer that is too slow: GOAWAY goes out, nothing more is read.
    public func terminate(errorCode: UInt32) { fail(errorCode) }

    /// The last step of a shutdown: GOAWAY with the last stream that is served. Those in flight go on.
    public func finishShutdown() {
        guard !hasSentGoAway, !hasFailed else { return }
        hasSentGoAway = true
        // The handle lives as long as this object; no debug data is given.
        unsafe nghttp2_submit_goaway(
            handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), nghttp2_session_get_last_proc_stream_id(handle),
            ErrorCode.noError, nil, 0)
    }
}
