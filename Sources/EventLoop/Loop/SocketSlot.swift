/// The loop's state for one descriptor. A slot is reused when its descriptor number is, with another generation.
struct SocketSlot {
    enum Use: UInt8 { case free, connecting, open, listening }

    var generation: UInt32 = 0
    var use = Use.free
    /// Whether this side is closed once all waiting bytes have been written.
    var endsOutput = false
    /// Whether the client wants to receive bytes.
    var reads = false
    /// Whether the peer has closed its side and everything before that has been read.
    var inputEnded = false
    /// Whether the client has been told that the peer has closed its side.
    var leavingWasTold = false
    /// Whether the socket has an error that the client will be told of.
    var isBroken = false
    /// The error, as an `errno` value.
    var failure: Int32 = 0
    /// Whether the socket is ready for something that nobody wants, such as urgent data or the end of both sides. It is then no
    /// longer polled for errors alone.
    var isNoisy = false
    /// Whether this is a listener that can accept even when no descriptors are left.
    var isEssential = false
    /// The events that are polled for, as libuv's flags.
    var interest: Int32 = 0
    /// The most bytes of one read.
    var readLimit: Int32 = 0
    var owner = SocketOwner.none
    /// The bytes that the peer has not taken yet. It has no storage while nothing waits.
    var backlog: [UInt8] = []
    /// The number of bytes at the start of the backlog that have been written.
    var written = 0

    var waiting: Int { backlog.count &- written }
}
