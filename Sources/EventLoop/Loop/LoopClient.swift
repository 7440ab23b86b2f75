/// The receiver of a loop's events. All methods are called on the loop's thread, one after the other: none is called while
/// another one runs, whatever that one calls on the loop.
///
/// This is a class for subclassing, so that a call costs one look into its table and no reference counting.
open class LoopClient {
    public init() {}

    /// Called when a connection has been accepted. Nothing is read from it before this returns.
    open func accepted(_ socket: SocketID, from peer: Endpoint, on listener: ListenerID) {}

    /// Called when no connection can be accepted for lack of descriptors or memory. The loop tries again when a socket has been
    /// closed, or after a moment. This is called each time, so a client that logs it should limit its lines.
    open func acceptFailed(_ error: SystemError, on listener: ListenerID) {}

    /// Called when a connection has been made.
    open func connected(_ socket: SocketID, _ owner: SocketOwner) {}

    /// Called with received bytes. The span is the loop's buffer and is valid during the call.
    open func received(_ bytes: Span<UInt8>, on socket: SocketID, _ owner: SocketOwner) {}

    /// Called once when the peer has closed its side while reading is paused, and each time that the connection is found broken with
    /// bytes unread. They can still be read.
    ///
    /// - Parameter isBroken: whether the peer takes nothing more.
    open func leaving(_ socket: SocketID, _ owner: SocketOwner, isBroken: Bool) {}

    /// Called once when the peer has closed its side and all of its bytes have been read.
    open func ended(_ socket: SocketID, _ owner: SocketOwner) {}

    /// Called when the peer has taken all waiting bytes.
    open func drained(_ socket: SocketID, _ owner: SocketOwner) {}

    /// Called when the connection could not be made or has broken. The socket is closed, and its identity is no longer valid.
    open func failed(_ socket: SocketID, _ owner: SocketOwner, _ error: SystemError) {}

    /// Called at the time that was set with `Loop.setAlarm`.
    open func alarm() {}

    /// Called after all ready sockets and timers: the time to write what the connections have to send.
    open func endTurn() {}
}

/// Identifies a connection of a loop while it is open; afterwards, calls with it do nothing.
public struct SocketID: Hashable, Sendable {
    let descriptor: Int32
    let generation: UInt32

    /// The number of its descriptor, which is bounded by the limit on descriptors.
    public var number: Int { Int(descriptor) }
}

/// A connection on its way from one loop to another.
public struct DetachedSocket: Sendable {
    let descriptor: Int32

    /// Closes the connection because there is no loop to take it.
    public func close() { Platform.close(descriptor) }
}

/// A client's own identification of a socket, by which it finds its state without a look-up.
public struct SocketOwner: Hashable, Sendable {
    public var kind: UInt32
    public var index: UInt32

    public init(kind: UInt32, index: UInt32) {
        self.kind = kind
        self.index = index
    }

    public static let none = SocketOwner(kind: 0, index: 0)
}

/// Identifies a listening socket of a loop.
public struct ListenerID: Hashable, Sendable {
    let descriptor: Int32
    let generation: UInt32
}
