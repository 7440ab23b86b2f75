import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the handlers of connections have in common: they pause and go on reading, and what they write goes straight into the socket
/// as long as nothing waits in the channel. A write through the channel costs as much as parsing a head. What the socket does not
/// take at once is the channel's, which waits for room, says when too much waits, and finds out what is wrong with the socket.
class SocketConnection {
    final private(set) var context: ChannelHandlerContext?
    /// As the channel last said: asking it costs more than remembering.
    final private(set) var isWritable = true
    private var isReading = true
    private var wantsRead = false
    private var needsFlush = false
    /// The channel may still have bytes that it was given.
    private var isBehind = false
    /// How it reads from the socket; nil where something stands between the two, TLS for example.
    private let reads: ReadSize?
    /// Bytes that waited for the peer when this was last looked at.
    private var waited = 0
    /// That of an open channel. Looked up once: finding it out costs more than the calls that it is for.
    final private(set) lazy var socket: NIOBSDSocket.Handle? =
        try? context?.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }

    init(reads: ReadSize?) { self.reads = reads }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard let reads, let options = context.channel.syncOptions else { return }
        // Without them it would read as any other channel does.
        try? options.setOption(.recvAllocator, value: reads)
        try? options.setOption(.maxMessagesPerRead, value: 1)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// The channel has closed its socket, whose number may be another's from now on.
    func channelInactive(context: ChannelHandlerContext) { socket = nil }

    // MARK: Reading

    /// Nobody stands behind this handler who would want to know.
    final func channelReadComplete(context: ChannelHandlerContext) {}

    func read(context: ChannelHandlerContext) {
        if isReading { context.read() } else { wantsRead = true }
    }

    /// Stops or goes on reading from the socket.
    final func setReading(_ isReading: Bool) {
        guard isReading != self.isReading else { return }
        self.isReading = isReading
        guard isReading, wantsRead else { return }
        wantsRead = false
        context?.read()
    }

    // MARK: Writing

    /// The channel says whether it takes more.
    final func noteWritability(_ context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        noteWaiting()
    }

    /// Whether the peer has taken some of what waits for it, since this was last asked or since it began to wait.
    final func hasTakenSome() -> Bool {
        let before = waited
        waited = waiting
        return waited > 0 && waited < before
    }

    private func noteWaiting() { if !isWritable { waited = waiting } }

    /// Bytes that the channel was given and has not written.
    private var waiting: Int { (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }

    /// Writes with the next flush, together with what comes until then.
    final func queue(_ bytes: ByteBuffer) {
        needsFlush = true
        context?.write(NIOAny(bytes), promise: nil)
    }

    /// Writes what is too large to be copied beside something else: at once, unless something is queued.
    final func write(_ bytes: ByteBuffer) {
        let sent = offer(bytes)
        if sent < bytes.readableBytes { queue(bytes.dropping(sent)) }
    }

    /// Writes at once.
    final func writeAndFlush(_ bytes: ByteBuffer) {
        let sent = offer(bytes)
        guard sent < bytes.readableBytes else { return }
        needsFlush = false
        isBehind = true
        context?.writeAndFlush(NIOAny(bytes.dropping(sent)), promise: nil)
        noteWaiting()
    }

    final func flushWritten() {
        guard needsFlush else { return }
        needsFlush = false
        isBehind = true
        context?.flush()
        noteWaiting()
    }

    /// Returns how many bytes the socket took.
    private func offer(_ bytes: ByteBuffer) -> Int {
        guard reads != nil, !needsFlush, !isBehind || hasCaughtUp, let socket else { return 0 }
        // The descriptor is that of an open channel, which only this loop closes. An error is the channel's to find.
        return unsafe bytes.withUnsafeReadableBytes { unsafe max(0, send(socket, $0.baseAddress, $0.count, Self.noSignal)) }
    }

    #if canImport(Darwin)
        private static let noSignal: Int32 = 0
    #else
        private static let noSignal = Int32(MSG_NOSIGNAL)
    #endif

    /// The channel has written all that it was given.
    private var hasCaughtUp: Bool {
        isBehind = waiting > 0
        return !isBehind
    }
}

extension ByteBuffer {
    fileprivate func dropping(_ count: Int) -> ByteBuffer {
        var rest = self
        rest.moveReaderIndex(forwardBy: count)
        return rest
    }
}
