import NIOCore

/// What the handlers of connections have in common: they pause and go on reading, and what they write goes straight into the socket
/// (`DirectWriter`).
class SocketConnection {
    final private(set) var context: ChannelHandlerContext?
    /// As the channel last said: asking it costs more than remembering.
    final private(set) var isWritable = true
    private var isReading = true
    private var wantsRead = false
    private var needsFlush = false
    private var writer = DirectWriter()
    /// How it reads from the socket; nil where something stands between the two, TLS for example.
    private let reads: ReadSize?
    /// Bytes that waited for the peer when this was last looked at.
    private var waited = 0
    private let memory: LoopMemory?
    /// Bytes that are counted as waiting in the channel.
    private(set) final var waiting = 0
    /// That of an open channel.
    final var socket: NIOBSDSocket.Handle? { writer.socket(of: context) }

    /// The channel keeps the buffer that it read into, and the library as much for what it decrypted: a record's worth at the most.
    private static let encrypted: any RecvByteBufferAllocator =
        AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2 << 10, maximum: 16 << 10)

    /// - Parameter memory: where it is counted what waits.
    init(reads: ReadSize?, memory: LoopMemory? = nil) {
        self.reads = reads
        self.memory = memory
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard let options = context.channel.syncOptions else { return }
        // Without them it would read as any other channel does.
        try? options.setOption(.recvAllocator, value: reads ?? Self.encrypted)
        // One read at a time: a peer that takes nothing stops the next.
        try? options.setOption(.maxMessagesPerRead, value: 1)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelInactive(context: ChannelHandlerContext) {
        writer.closed()
        countWaiting(0)
    }

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
        waited = DirectWriter.waiting(context)
        return waited > 0 && waited < before
    }

    private func noteWaiting() {
        let count = DirectWriter.waiting(context)
        if !isWritable { waited = count }
        countWaiting(count)
    }

    final func countWaiting() { countWaiting(DirectWriter.waiting(context)) }

    private func countWaiting(_ count: Int) {
        guard let memory, count != waiting else { return }
        if (count == 0) != (waiting == 0) { memory.lags(self, count > 0) }
        memory.charge(count - waiting)
        waiting = count
    }

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
        writer.fallBehind()
        context?.writeAndFlush(NIOAny(bytes.dropping(sent)), promise: nil)
        noteWaiting()
    }

    final func flushWritten() {
        guard needsFlush else { return }
        needsFlush = false
        writer.fallBehind()
        context?.flush()
        noteWaiting()
    }

    /// Returns how many bytes the socket took.
    private func offer(_ bytes: ByteBuffer) -> Int {
        reads != nil && !needsFlush ? writer.offer(bytes, context) : 0
    }
}
