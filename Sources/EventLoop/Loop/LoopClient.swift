/// Who is told what happens on a loop. Everything is called on the loop's thread, one thing after the other: while one of these runs,
/// none other does, whatever it calls on the loop.
///
/// A class to inherit from, so that a call costs one look into its table and no reference is counted.
open class LoopClient {
    public init() {}

    /// A connection has come. Nothing is read from it before this returns.
    open func accepted(_ socket: SocketID, from peer: Endpoint, on listener: ListenerID) {}

    /// No connection can be accepted for now, for want of descriptors or memory: it is tried again when a socket has been closed, or
    /// after a moment. Told each time; who logs it counts.
    open func acceptFailed(_ error: SystemError, on listener: ListenerID) {}

    /// A connection that was asked for is there.
    open func connected(_ socket: SocketID, _ owner: SocketOwner) {}

    /// Bytes have come. The span is the loop's buffer, and lasts as long as the call.
    open func received(_ bytes: Span<UInt8>, on socket: SocketID, _ owner: SocketOwner) {}

    /// The peer has ended its side, or has reset the connection, while reading is paused: what it has sent before can still be read. Told
    /// once.
    open func leaving(_ socket: SocketID, _ owner: SocketOwner) {}

    /// The peer has ended its side, and all that it has sent has been read. Told once.
    open func ended(_ socket: SocketID, _ owner: SocketOwner) {}

    /// The peer has taken what waited for it.
    open func drained(_ socket: SocketID, _ owner: SocketOwner) {}

    /// The connection could not be made, or has broken. It is closed, and its identity is nobody's from now on.
    open func failed(_ socket: SocketID, _ owner: SocketOwner, _ error: SystemError) {}

    /// The moment has come that `Loop.setAlarm` named.
    open func alarm() {}

    /// All that was ready has been told, and what timers asked for: now is the time to write what each connection has to say.
    open func endTurn() {}
}

/// A connection of a loop, for as long as it is open; afterwards calls with it do nothing.
public struct SocketID: Hashable, Sendable {
    let descriptor: Int32
    let generation: UInt32

    /// The number of its descriptor: how many descriptors there are is bounded.
    public var number: Int { Int(descriptor) }
}

/// A connection on its way from one loop to another.
public struct DetachedSocket: Sendable {
    let descriptor: Int32

    /// Closes it: there is no loop to go to.
    public func close() { Platform.close(descriptor) }
}

/// What a client says of a socket of its own, so that it knows it again without a look-up.
public struct SocketOwner: Hashable, Sendable {
    public var kind: UInt32
    public var index: UInt32

    public init(kind: UInt32, index: UInt32) {
        self.kind = kind
        self.index = index
    }

    public static let none = SocketOwner(kind: 0, index: 0)
}

/// A listening socket of a loop.
public struct ListenerID: Hashable, Sendable {
    let descriptor: Int32
    let generation: UInt32
}
