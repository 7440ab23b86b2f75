import NIOCore

/// Stands before the TLS library and gives it no more at once than fits into a record. The library keeps room for the most that it
/// ever encrypted at once for as long as the connection lives: after one large response that would be the size of a read from the app.
final class RecordSlicer: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The library begins with 16 KiB, which has to be enough for this and what encryption adds.
    static let limit = 15 << 10

    /// Bytes that the library will encrypt with the next flush.
    private var unflushed = 0
    private var isSlicing = false
    private var hasWritabilityChanged = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = unwrapOutboundIn(data)
        isSlicing = true
        while unflushed + bytes.readableBytes > Self.limit, let part = bytes.readSlice(length: Self.limit - unflushed) {
            unflushed = 0
            context.writeAndFlush(wrapOutboundOut(part), promise: nil)
        }
        isSlicing = false
        unflushed += bytes.readableBytes
        context.write(wrapOutboundOut(bytes), promise: promise)
        guard hasWritabilityChanged else { return }
        hasWritabilityChanged = false
        context.fireChannelWritabilityChanged()
    }

    func flush(context: ChannelHandlerContext) {
        unflushed = 0
        context.flush()
    }

    /// Who learns of room writes more, which must not come between two parts.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isSlicing { hasWritabilityChanged = true } else { context.fireChannelWritabilityChanged() }
    }
}
