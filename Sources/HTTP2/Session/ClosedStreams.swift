/// What became of the last streams of a connection: frames may still come for them, and what those mean depends on how the
/// stream ended (RFC 9113 §5.1). Fixed size; a slot is overwritten by a stream that is `reach` newer.
struct ClosedStreams {
    enum End: Equatable {
        /// Both sides were done.
        case ended
        /// The client reset it.
        case resetByPeer
        /// This side reset it: the peer may not know yet.
        case resetHere
        /// Not opened ever, since a later one was.
        case skipped
        /// Too long ago to know.
        case forgotten
    }

    private static let slots = 128
    /// How far back in stream ids the memory goes.
    static let reach = Int32(slots * 2)

    /// Kept apart so that a burst of exchanges that end well does not push out what the peer may not know.
    private var resets = [Int32](repeating: 0, count: slots)
    private var others = [Int32](repeating: 0, count: slots)

    /// The newest stream that the peer has named in HEADERS.
    var highest: Int32 = 0

    mutating func remember(_ stream: Int32, _ end: End) {
        switch end {
        case .resetHere: resets[Self.slot(stream)] = stream
        case .ended: others[Self.slot(stream)] = stream
        case .resetByPeer: others[Self.slot(stream)] = -stream
        case .skipped, .forgotten: break
        }
    }

    /// How a stream that is not open any more, and not newer than `highest`, ended.
    func end(of stream: Int32) -> End {
        if resets[Self.slot(stream)] == stream { return .resetHere }
        let other = others[Self.slot(stream)]
        if other == stream { return .ended }
        if other == -stream { return .resetByPeer }
        return highest - stream < Self.reach ? .skipped : .forgotten
    }

    private static func slot(_ stream: Int32) -> Int { Int(stream >> 1) & (slots - 1) }
}
