import HTTP1
import HTTP2
import HTTPModel
import NIOCore
import ProxyCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The channel handler of a client's connection. Finds out which protocol the client speaks and hands the bytes on.
final class DownstreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let worker: Worker
    private let listener: ListenerContext
    private var state = State.inactive
    private var isReading = true
    private var wantsRead = false
    private var awaitsProxyHeader: Bool
    private var admission = Occupancy.Admission.welcome
    /// It is counted among the connections.
    private var isCounted = false
    /// The client among whose connections it is counted.
    private var countedClient: IPAddress?

    private enum State {
        case inactive
        case http1(HTTP1Downstream)
        case http2(HTTP2Downstream)
        case closed
    }

    init(worker: Worker, listener: ListenerContext) {
        self.worker = worker
        self.listener = listener
        awaitsProxyHeader = listener.proxyProtocol
    }

    private(set) var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        worker.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        // The wait for a first byte is bounded as the wait for the rest of a head is.
        let connection = HTTP1Downstream(
            handler: self, worker: worker, listener: listener, peer: worker.peer(context.remoteAddress))
        state = .http1(connection)
        isCounted = true
        admit(worker.occupancy.enter(worker.configuration.source.limits))
        if !awaitsProxyHeader { admit(connection.peer) }
        context.fireChannelActive()
    }

    /// Counts the client's connection, where clients have a limit. Behind a trusted proxy are many clients.
    private func admit(_ peer: Peer) {
        let limits = worker.configuration.source.limits
        guard limits.connectionsPerClient > 0, !peer.isTrusted, peer.address != .unspecified else { return }
        countedClient = peer.address
        admit(worker.occupancy.enter(peer.address, limits))
    }

    private func admit(_ answer: Occupancy.Admission) {
        switch answer {
        case .welcome: break
        case .refused: admission = answer
        case .closed: context?.close(promise: nil)
        }
    }

    /// Why nothing on this connection is served; nil where it is.
    var refusal: ParseFailure? {
        guard case .refused(let status, let reason) = admission else { return nil }
        return ParseFailure(status: status, reason: reason, message: "there are too many connections")
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        worker.clock.refresh()
        let bytes = unwrapInboundIn(data)
        switch state {
        case .http1(let connection):
            if awaitsProxyHeader {
                readProxyHeader(connection, bytes)
            } else if connection.isUntouched {
                decide(connection, bytes)
            } else {
                connection.read(bytes)
            }
        case .http2(let connection): connection.read(bytes)
        case .inactive, .closed: break
        }
    }

    /// The first bytes, where a proxy says for whom it speaks. Nobody else may connect to such a listener: a client that could
    /// leave the header out could also make one up.
    private func readProxyHeader(_ connection: HTTP1Downstream, _ bytes: ByteBuffer) {
        var held = connection.takeHeld()
        held.writeImmutableBuffer(bytes)
        switch ProxyProtocol.read(held.readableBytesUInt8Span) {
        case .needMore: connection.hold(held)
        case .failed:
            state = .closed
            connection.retire()
            context?.close(promise: nil)
        case .header(let length, let source):
            awaitsProxyHeader = false
            if let peer = worker.peer(source) { connection.peer = peer }
            admit(connection.peer)
            held.moveReaderIndex(forwardBy: length)
            if held.readableBytes > 0 { decide(connection, held) }
        }
    }

    /// The first bytes: HTTP/2 with prior knowledge begins with a preface that no HTTP/1 request can be.
    private func decide(_ connection: HTTP1Downstream, _ bytes: ByteBuffer) {
        var held = connection.takeHeld()
        held.writeImmutableBuffer(bytes)
        switch Preface.compare(held.readableBytesUInt8Span) {
        case .different:
            connection.read(held)
        case .prefix:
            connection.hold(held)
        case .whole:
            let peer = connection.peer
            connection.retire()
            guard let session = HTTP2Downstream(handler: self, worker: worker, listener: listener, peer: peer) else {
                state = .closed
                context?.close(promise: nil)
                return
            }
            state = .http2(session)
            session.read(held)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if isReading { context.read() } else { wantsRead = true }
    }

    /// Stops or goes on reading from the socket.
    func setReading(_ isReading: Bool) {
        guard isReading != self.isReading else { return }
        self.isReading = isReading
        guard isReading, wantsRead, let context else { return }
        wantsRead = false
        context.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        worker.clock.refresh()
        isWritable = context.channel.isWritable
        switch state {
        case .http1(let connection): connection.writabilityChanged(isWritable)
        case .http2(let connection): connection.writabilityChanged(isWritable)
        case .inactive, .closed: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            worker.clock.refresh()
            switch state {
            case .http1(let connection): connection.inputClosed()
            case .http2, .inactive, .closed: context.close(promise: nil)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        worker.clock.refresh()
        let state = self.state
        self.state = .closed
        switch state {
        case .http1(let connection): connection.closed()
        case .http2(let connection): connection.closed()
        case .inactive, .closed: break
        }
        worker.closed(self)
        if isCounted { worker.occupancy.leave() }
        isCounted = false
        if let countedClient { worker.occupancy.leave(countedClient) }
        countedClient = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset by the client: the connection is of no more use, and says so by becoming inactive.
        context.close(promise: nil)
    }

    /// No new exchanges: idle connections end, the others when their exchanges have.
    func drain() {
        switch state {
        case .http1(let connection): connection.drain()
        case .http2(let connection): connection.drain()
        case .inactive, .closed: break
        }
    }

    /// As the channel last said: asking it costs more than remembering.
    private(set) var isWritable = true
    private var needsFlush = false

    func write(_ bytes: ByteBuffer) {
        needsFlush = true
        context?.write(wrapOutboundOut(bytes), promise: nil)
    }

    func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    func close() { context?.close(promise: nil) }

    /// Closes so that the client sees a reset: a clean end would look like the end of the message.
    func reset() {
        guard let context else { return }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        guard let options = context.channel as? any SocketOptionProvider else { return close() }
        options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in handler.value.close() }
    }

    /// How far a close is that waits for what has been written.
    private enum Closing { case not, flushing(linger: Bool), lingering }
    private var closing = Closing.not

    /// Closes once everything written has left. With `linger`, only this side at first: what the client is still sending is
    /// read and thrown away, so that a reset does not destroy the response on its way (RFC 9112 §9.6).
    func closeAfterFlush(linger: Bool) {
        guard let context, case .not = closing else { return }
        closing = .flushing(linger: linger)
        let promise = context.eventLoop.makePromise(of: Void.self)
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        promise.futureResult.whenComplete { _ in handler.value.flushed() }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
    }

    private func flushed() {
        if case .flushing(linger: true) = closing {
            closing = .lingering
            context?.close(mode: .output, promise: nil)
        } else {
            context?.close(promise: nil)
        }
    }

    /// The client has closed its side while this one is closing: there is nothing to linger for.
    func inputEndedWhileClosing() {
        switch closing {
        case .flushing: closing = .flushing(linger: false)
        case .lingering, .not: context?.close(promise: nil)
        }
    }
}

/// The 24 bytes with which an HTTP/2 connection begins (RFC 9113 §3.4).
enum Preface {
    enum Match { case different, prefix, whole }

    static func compare(_ bytes: Span<UInt8>) -> Match {
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8.span
        for index in 0..<min(bytes.count, preface.count) where bytes[index] != preface[index] { return .different }
        return bytes.count >= preface.count ? .whole : .prefix
    }
}
