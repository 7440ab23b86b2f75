/// What a loop knows of one descriptor. Slots are used again with the number of the descriptor, under another generation.
struct SocketSlot {
    enum Use: UInt8 { case free, connecting, open, listening }

    var generation: UInt32 = 0
    var use = Use.free
    /// This side ends when everything that waits has been written.
    var endsOutput = false
    /// The client wants to be told of bytes.
    var reads = false
    /// The peer has ended its side, and everything before has been read.
    var inputEnded = false
    /// The client has been told that the peer has ended its side.
    var leavingWasTold = false
    /// Writing has failed; the client will be told.
    var isBroken = false
    /// Why, as `errno` has it.
    var failure: Int32 = 0
    /// It is ready for what nobody here wants, urgent data or the end of both sides: it is no longer polled for errors alone.
    var isNoisy = false
    /// A listener that gets connections even when there are no descriptors left.
    var isEssential = false
    /// What is polled for, as libuv has it.
    var interest: Int32 = 0
    /// The most bytes of one read.
    var readLimit: Int32 = 0
    var owner = SocketOwner.none
    /// What the peer has not taken yet. Without storage where nothing waits.
    var backlog: [UInt8] = []
    /// How much of the backlog's start has been written.
    var written = 0

    var waiting: Int { backlog.count &- written }
}
