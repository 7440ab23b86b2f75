import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes straight into the socket of a channel as long as nothing waits in the channel: a write through it costs as much as parsing
/// a head. What the socket does not take at once is the channel's, which waits for room, says when too much waits, and finds out
/// what is wrong with the socket.
struct DirectWriter {
    /// That of an open channel. Looked up once: finding it out costs more than the calls that it is for.
    private var descriptor: NIOBSDSocket.Handle?
    private var isLookedUp = false
    /// The channel may still have bytes that it was given.
    private var isBehind = false

    /// Nil when the channel is closed, or has none.
    mutating func socket(of context: ChannelHandlerContext?) -> NIOBSDSocket.Handle? {
        if isLookedUp { return descriptor }
        isLookedUp = true
        descriptor = try? context?.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        return descriptor
    }

    /// The channel has closed its socket, whose number may be another's from now on.
    mutating func closed() {
        isLookedUp = true
        descriptor = nil
    }

    /// The channel is given bytes to write.
    mutating func fallBehind() { isBehind = true }

    /// Returns how many bytes the socket took; the rest is for the channel.
    mutating func offer(_ bytes: ByteBuffer, _ context: ChannelHandlerContext?) -> Int {
        if isBehind { isBehind = Self.waiting(context) > 0 }
        guard !isBehind, let socket = socket(of: context) else { return 0 }
        // The descriptor is that of an open channel, which only this loop closes. An error is the channel's to find.
        return unsafe bytes.withUnsafeReadableBytes { unsafe max(0, send(socket, $0.baseAddress, $0.count, Self.noSignal)) }
    }

    /// Bytes that the channel was given and has not written.
    static func waiting(_ context: ChannelHandlerContext?) -> Int {
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    #if canImport(Darwin)
        private static let noSignal: Int32 = 0
    #else
        private static let noSignal = Int32(MSG_NOSIGNAL)
    #endif
}

extension ByteBuffer {
    func dropping(_ count: Int) -> ByteBuffer {
        var rest = self
        rest.moveReaderIndex(forwardBy: count)
        return rest
    }
}
