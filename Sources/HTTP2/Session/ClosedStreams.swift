/// How the last streams of a connection ended. Frames may still arrive for them, whose meaning depends on that (RFC 9113 §5.1).
/// The size is fixed: a slot is overwritten by a stream that is `reach` newer, and never by an older one that ends later.
struct ClosedStreams {
    enum End: Equatable {
        /// Both sides were done.
        case ended
        /// The peer has reset the stream.
        case resetByPeer
        /// This side has reset the stream, which the peer may not know yet.
        case resetHere
        /// The peer has reset the stream and said more on it all the same, which was answered once.
        case toldOnce
        /// The stream was never opened, because a later one was.
        case skipped
        /// The stream ended too long ago to be known.
        case forgotten
    }

    private static let slots = 128
    /// How far back in stream IDs the memory reaches.
    static let reach = Int32(slots * 2)

    /// This side's resets are kept apart, so that a burst of exchanges that end well does not push out those that the peer may
    /// not know of.
    private var resets = [Int32](repeating: 0, count: slots)
    private var others = [Int32](repeating: 0, count: slots)

    /// The largest window of a stream.
    private let window: Int
    /// The bytes that may be on their way on streams that this side has reset: what their windows allowed at the most.
    private var late = 0

    init(window: Int) { self.window = window }

    /// Whether a frame was on its way when this side reset its stream, as far as that can be.
    mutating func takesLate(_ stream: Int32, bytes: Int) -> Bool {
        guard bytes > 0, bytes <= late, end(of: stream) == .resetHere else { return false }
        late -= bytes
        return true
    }

    /// The newest stream that the peer has named in HEADERS.
    var highest: Int32 = 0

    mutating func remember(_ stream: Int32, _ end: End) {
        let slot = Self.slot(stream)
        switch end {
        case .resetHere where stream > abs(resets[slot]):
            resets[slot] = stream
            late = min(late + window, window * Self.slots)
        case .toldOnce where stream > abs(resets[slot]): resets[slot] = -stream
        case .ended where stream > abs(others[slot]): others[slot] = stream
        case .resetByPeer where stream > abs(others[slot]): others[slot] = -stream
        case .ended, .resetByPeer, .resetHere, .toldOnce, .skipped, .forgotten: break
        }
    }

    /// Returns how a stream ended that is no longer open and is not newer than `highest`.
    func end(of stream: Int32) -> End {
        let reset = resets[Self.slot(stream)]
        if abs(reset) == stream { return reset > 0 ? .resetHere : .toldOnce }
        let other = others[Self.slot(stream)]
        if other == stream { return .ended }
        if other == -stream { return .resetByPeer }
        return highest - stream < Self.reach ? .skipped : .forgotten
    }

    private static func slot(_ stream: Int32) -> Int { Int(stream >> 1) & (slots - 1) }
}
