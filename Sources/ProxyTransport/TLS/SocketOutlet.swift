import NIOCore

/// Stands behind the TLS library, and writes straight into the socket what the library has encrypted.
final class SocketOutlet: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var writer = DirectWriter()
    private var needsFlush = false

    /// The library flushes each of its writes, so that none need wait for a flush. One whose end somebody wants to know is the
    /// channel's.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        let sent = promise == nil && !needsFlush ? writer.offer(bytes, context) : 0
        guard sent < bytes.readableBytes || promise != nil else { return }
        needsFlush = true
        context.write(wrapOutboundOut(bytes.dropping(sent)), promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        guard needsFlush else { return }
        needsFlush = false
        writer.fallBehind()
        context.flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        writer.closed()
        context.fireChannelInactive()
    }
}
