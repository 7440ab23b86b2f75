import HTTP1
import HTTP2
import HTTPModel
import NIOCore
import NIOTLS
import ProxyCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The channel handler of a client's connection. Finds out which protocol the client speaks and hands the bytes on.
final class DownstreamHandler: SocketConnection, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let worker: Worker
    let listener: ListenerContext
    private var state = State.inactive
    private var awaitsProxyHeader: Bool
    /// The worker looks after it.
    private var isKnown = false
    private var admission = Occupancy.Admission.welcome
    /// It is counted among the connections.
    private var isCounted = false
    /// The client among whose connections it is counted.
    private var countedClient: IPAddress?
    /// The first bytes, while it is not clear what they begin.
    private var held = ByteBuffer()
    /// The place of the TLS library's handler, where there is one.
    var tls: ChannelHandlerContext?
    /// Nothing has been agreed that rules it out.
    var mayBeHTTP2 = true

    private enum State {
        case inactive
        case handshake(TLSHandshake)
        case http1(HTTP1Downstream)
        case http2(HTTP2Downstream)
        case closed
    }

    init(worker: Worker, listener: ListenerContext) {
        self.worker = worker
        self.listener = listener
        awaitsProxyHeader = listener.proxyProtocol
        // From the queue of a listener that a reload took out.
        isLeaving = worker.listener(listener.id) == nil
        super.init(reads: listener.certificates == nil ? ReadSize(worker.readBuffers) : nil, memory: worker.memory)
    }

    override func handlerAdded(context: ChannelHandlerContext) {
        super.handlerAdded(context: context)
        isKnown = true
        worker.opened(self)
        weigh(0)
    }

    override func handlerRemoved(context: ChannelHandlerContext) {
        // Without having been active, if the listener is gone that accepted it.
        leave()
        super.handlerRemoved(context: context)
        tls = nil
    }

    /// Bytes of memory of this connection, beside what waits in its channel.
    private var charged = 0 {
        didSet { if charged != oldValue { worker.memory.charge(charged - oldValue) } }
    }

    /// What it has read and cannot forget yet, and what it needs for that.
    func weigh(_ bytes: Int) { if isKnown { charged = (listener.certificates == nil ? Self.plain : Self.secured) &+ bytes } }

    /// The connection waits for its next request.
    func takeBack(_ workspace: HTTP1Workspace) {
        weigh(0)
        worker.takeBack(workspace)
    }

    /// What an idle connection takes, about.
    private static let plain = 4 << 10
    private static let secured = 40 << 10

    /// All that is gained by giving it up.
    var weight: Int {
        switch state {
        case .http2(let connection): charged &+ waiting &+ connection.backlog
        case .http1, .handshake, .inactive, .closed: charged &+ waiting
        }
    }

    /// It is given up, so that its memory serves others.
    func shed() {
        worker.counts.refusals.count("memory_limit")
        close()
    }

    private func leave() {
        guard isKnown else { return }
        isKnown = false
        charged = 0
        worker.closed(self)
    }

    func channelActive(context: ChannelHandlerContext) {
        let peer = worker.peer(context.remoteAddress)
        begin(peer)
        isCounted = true
        let descriptor = socket
        admit(worker.occupancy.enter(worker.configuration.source.limits, descriptor: descriptor))
        if Int(descriptor ?? 0) >= worker.occupancy.descriptors.clients { worker.sayShortage("connections are refused") }
        if !awaitsProxyHeader { admit(peer) }
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
        case .refused(_, let reason):
            worker.counts.refusals.count(reason)
            admission = answer
        case .closed:
            worker.counts.refusals.count("closed")
            close()
        }
    }

    /// Why nothing on this connection is served; nil where it is.
    var refusal: ParseFailure? {
        guard case .refused(let status, let reason) = admission else {
            guard worker.memory.pressure == .full else { return nil }
            return ParseFailure(
                status: 503, reason: "memory_limit", message: "there is no memory for another request at the moment")
        }
        return ParseFailure(status: status, reason: reason, message: "there are too many connections")
    }

    private func begin(_ peer: Peer) {
        guard let current = listener.certificates else {
            beginHTTP1(peer)
            return
        }
        state = .handshake(
            TLSHandshake(handler: self, worker: worker, listener: listener, current: current, peer: peer))
    }

    /// The wait for a first byte is bounded as the wait for the rest of a head is.
    @discardableResult
    func beginHTTP1(_ peer: Peer) -> HTTP1Downstream {
        let connection = HTTP1Downstream(handler: self, worker: worker, listener: listener, peer: peer)
        state = .http1(connection)
        return connection
    }

    @discardableResult
    func beginHTTP2(_ peer: Peer) -> HTTP2Downstream? {
        guard let session = HTTP2Downstream(handler: self, worker: worker, listener: listener, peer: peer) else {
            state = .closed
            close()
            return nil
        }
        state = .http2(session)
        return session
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        worker.clock.refresh()
        let bytes = unwrapInboundIn(data)
        if awaitsProxyHeader { return readProxyHeader(bytes) }
        deliver(bytes)
        worker.readBuffers.giveBack(bytes)
    }

    private func deliver(_ bytes: ByteBuffer) {
        switch state {
        case .handshake(let handshake): handshake.read(bytes)
        case .http1(let connection):
            if mayBeHTTP2, connection.isUntouched {
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
    private func readProxyHeader(_ bytes: ByteBuffer) {
        held.writeImmutableBuffer(bytes)
        let read = held
        switch ProxyProtocol.read(read.readableBytesUInt8Span) {
        case .needMore: break
        case .failed:
            refuseProxyHeader("bad_proxy_header", state)
            retire()
            close()
        case .header(let length, let source):
            awaitsProxyHeader = false
            if let peer = worker.peer(source) {
                retire()
                begin(peer)
                admit(peer)
            }
            var rest = held
            held = ByteBuffer()
            rest.moveReaderIndex(forwardBy: length)
            if rest.readableBytes > 0 { deliver(rest) }
        }
    }

    private func refuseProxyHeader(_ reason: String, _ state: State) {
        awaitsProxyHeader = false
        let peer: Peer? =
            switch state {
            case .handshake(let handshake): handshake.peer
            case .http1(let connection): connection.peer
            case .http2, .inactive, .closed: nil
            }
        let client = String(decoding: peer?.text ?? [], as: UTF8.self)
        let details = [("reason", reason), ("client", client), ("listener", listener.name)]
        worker.connectionLog.write("connection refused", details, now: worker.clock.now)
    }

    /// Ends what has begun and has not been told anything yet.
    private func retire() {
        switch state {
        case .handshake(let handshake): handshake.retire()
        case .http1(let connection): connection.retire()
        case .http2, .inactive, .closed: break
        }
        state = .closed
    }

    /// The first bytes: HTTP/2 with prior knowledge begins with a preface that no HTTP/1 request can be.
    private func decide(_ connection: HTTP1Downstream, _ bytes: ByteBuffer) {
        held.writeImmutableBuffer(bytes)
        let bytes = held
        let match = Preface.compare(bytes.readableBytesUInt8Span)
        if match == .prefix { return }
        held = ByteBuffer()
        if match == .different { return connection.read(bytes) }
        connection.retire()
        beginHTTP2(connection.peer)?.read(bytes)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        worker.clock.refresh()
        noteWritability(context)
        switch state {
        case .http1(let connection): connection.writabilityChanged(isWritable)
        case .http2(let connection): connection.writabilityChanged(isWritable)
        case .handshake, .inactive, .closed: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            worker.clock.refresh()
            switch state {
            case .http1(let connection): connection.inputClosed()
            case .handshake, .http2, .inactive, .closed: close()
            }
        } else if case TLSUserEvent.handshakeCompleted(let negotiated) = event, case .handshake(let handshake) = state {
            worker.clock.refresh()
            secured(handshake, negotiated)
        }
        context.fireUserInboundEventTriggered(event)
    }

    override func channelInactive(context: ChannelHandlerContext) {
        super.channelInactive(context: context)
        worker.clock.refresh()
        let state = self.state
        self.state = .closed
        // A health check that only connects is none of this.
        if awaitsProxyHeader, held.readableBytes > 0 { refuseProxyHeader("closed_during_proxy_header", state) }
        switch state {
        case .handshake(let handshake): handshake.closed()
        case .http1(let connection): connection.closed()
        case .http2(let connection): connection.closed()
        case .inactive, .closed: break
        }
        leave()
        if isCounted { worker.occupancy.leave() }
        isCounted = false
        if let countedClient { worker.occupancy.leave(countedClient) }
        countedClient = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset by the client, or an end without TLS's own: the connection is of no more use, and says so by becoming
        // inactive.
        worker.clock.refresh()
        if case .handshake(let handshake) = state, tls != nil { return handshake.failed(error) }
        if tls != nil { tlsFailed(error) }
        close()
    }

    /// The connection ends with the exchanges that it has.
    var isDraining: Bool { isLeaving || worker.isDraining }
    private var isLeaving: Bool

    /// No new exchanges: idle connections end, the others when their exchanges have.
    func drain() {
        isLeaving = true
        switch state {
        case .http1(let connection): connection.drain()
        case .http2(let connection): connection.drain()
        case .handshake, .inactive, .closed: break
        }
    }

    func close() {
        if let tls { closeTLS(tls) } else { context?.close(promise: nil) }
    }

    /// Closes so that the client sees a reset: a clean end would look like the end of the message.
    func reset() {
        guard let context else { return }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        guard let options = context.channel as? any SocketOptionProvider else { return close() }
        options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
            // Past the TLS library, which would say that this is a proper end.
            (handler.value.tls ?? handler.value.context)?.close(promise: nil)
        }
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
            if case .http1(let connection) = state { connection.lingers() }
            context?.close(mode: .output, promise: nil)
        } else {
            close()
        }
    }

    /// The client has closed its side while this one is closing: there is nothing to linger for.
    func inputEndedWhileClosing() {
        switch closing {
        case .flushing: closing = .flushing(linger: false)
        case .lingering, .not: close()
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
