import EventLoop
import HTTP1
import HTTPModel
import ProxyCore
import TLS

/// A client's connection: finds out which protocol the client speaks, and passes its bytes on.
final class DownstreamConnection: SocketConnection {
    let worker: Worker
    /// The listener under the configuration that the connection uses; an earlier one cannot be freed as long as it is named here.
    var listener: ListenerContext
    var state = State.inactive
    var awaitsProxyHeader: Bool
    private var admission = Occupancy.Admission.welcome
    /// The client to which this connection is counted; nil when it is counted to none.
    private var countedClient: Peer?
    /// The first bytes, kept while they do not yet show the protocol.
    var held: [UInt8] = []
    /// Whether the client may still begin HTTP/2 with prior knowledge.
    var mayBeHTTP2 = true
    private var isLeaving: Bool

    enum State {
        case inactive
        /// The TLS handshake, including the client's authentication. With `isOver` it has failed, and the client may still read
        /// why.
        case handshake(Peer, isOver: Bool)
        case http1(HTTP1Downstream)
        case http2(HTTP2Downstream)
        case closed
    }

    init(worker: Worker, listener: ListenerContext) {
        self.worker = worker
        self.listener = listener
        awaitsProxyHeader = listener.proxyProtocol
        // True if the connection comes from the queue of a listener that a reload removed.
        isLeaving = worker.listener(listener.id) == nil
        super.init(worker, memory: worker.memory)
    }

    /// Begins with a socket that has been accepted.
    func begin(_ socket: SocketID, from endpoint: Endpoint) {
        adopt(socket)
        worker.opened(self)
        weigh(0)
        // A client's requests are few, so reads are large: the body that it sends is passed on in large parts.
        setReadLimit(Self.readLimit)
        let peer = worker.peer(endpoint)
        begin(peer)
        admit(worker.occupancy.enter(worker.configuration.source.limits, descriptor: Int32(clamping: socket.number)))
        if socket.number >= worker.occupancy.descriptors.clients { worker.sayShortage("connections are refused") }
        if !awaitsProxyHeader { admit(peer) }
    }

    /// The largest number of bytes that one read takes.
    private static let readLimit = 64 << 10

    override var waitsForTurn: Bool { if case .http2 = state { true } else { false } }

    // MARK: Memory

    /// The bytes of memory that this connection uses, beside the output that waits for the client.
    private var charged = 0 {
        didSet { if charged != oldValue { worker.memory.charge(charged - oldValue) } }
    }

    /// Sets the number of bytes that are kept for what has been read, in addition to the connection's fixed cost.
    func weigh(_ bytes: Int) { charged = (listener.certificates == nil ? Self.plain : Self.secured) &+ bytes }

    /// The approximate number of bytes that an idle connection takes, in the clear and with TLS.
    private static let plain = 1 << 10
    static let secured = 24 << 10

    /// The bytes of memory that closing this connection would free.
    var weight: Int {
        switch state {
        case .http2(let connection): charged &+ waiting &+ connection.backlog
        case .http1, .handshake, .inactive, .closed: charged &+ waiting
        }
    }

    /// Gives up what is kept for later requests.
    func dropResting() { if case .http2(let connection) = state { connection.dropResting() } }

    /// Closes the connection so that its memory serves others.
    func shed() {
        worker.counts.refusals.count(Reason.memoryLimit.rawValue)
        cutOff(.client)
    }

    // MARK: Admission

    /// Counts the connection to its client where clients have a limit. A trusted proxy is exempt, because many clients are behind
    /// it.
    func admit(_ peer: Peer) {
        let limits = worker.configuration.source.limits
        guard limits.connectionsPerClient > 0, !peer.isTrusted, peer.address != .unspecified else { return }
        countedClient = peer
        admit(worker.occupancy.enter(peer.address, limits))
    }

    func admit(_ answer: Occupancy.Admission) {
        switch answer {
        case .welcome: break
        case .tooFewDescriptors, .tooManyConnections, .tooManyOfClient:
            if let refusal = answer.refusal { worker.counts.refusals.count(refusal.reason.rawValue) }
            admission = answer
        case .closed:
            worker.counts.refusals.count("closed")
            close()
        }
    }

    /// The error with which every request on this connection is refused; nil when requests are served.
    var refusal: ParseFailure? {
        if admission != .welcome { return admission.refusal }
        guard worker.memory.pressure == .full else { return nil }
        return ParseFailure(
            .memoryLimit, message: "there is no memory for another request at the moment")
    }

    // MARK: Events

    override func received(_ bytes: Span<UInt8>) {
        if awaitsProxyHeader { return readProxyHeader(bytes) }
        if case .lingering(let end) = closing {
            // A stop does not wait for what a client goes on to say.
            if !worker.isDraining { deadline = min(end, worker.clock.now &+ Worker.lingerTimeout) }
            return
        }
        deliver(bytes)
    }

    override func leaving(isBroken: Bool) {
        // Nothing can be delivered any more, whatever the client has sent before.
        if isBroken { return cutOff(.client) }
        if case .http1(let connection) = state { connection.leaving() }
    }

    override func drained() {
        switch state {
        case .http1(let connection): connection.drained()
        case .http2(let connection): connection.drained()
        case .handshake, .inactive, .closed: break
        }
    }

    override func goOn() {
        switch state {
        case .http1(let connection): connection.goOn()
        case .http2(let connection): connection.goOn()
        case .handshake, .inactive, .closed: break
        }
    }

    override func handshakeWaits() { queueHandshake() }
    override func secured() { handshakeDone() }
    override func securityFailed(_ fault: Fault) { refuse(fault) }

    override func inputEnded(isWhole: Bool) {
        switch state {
        case .http1(let connection): connection.inputClosed()
        case .handshake(let peer, isOver: false): handshakeClosed(peer)
        case .http2(let connection):
            // The requests that arrived together with the end have been answered.
            connection.goOn()
            inputEndedWhileClosing()
        case .handshake, .inactive, .closed: close()
        }
    }

    override func deadlinePassed() {
        if case .lingering = closing { return close() }
        switch state {
        case .handshake(let peer, let isOver): handshakeTimedOut(peer, isOver)
        case .http1(let connection): connection.deadlinePassed()
        case .http2(let connection): connection.deadlinePassed()
        case .inactive, .closed: break
        }
    }

    override func gone(_ error: SystemError?) {
        // A health check that only connects is not an error.
        if awaitsProxyHeader, !held.isEmpty { refuseProxyHeader("closed_during_proxy_header") }
        let last = state
        state = .closed
        switch last {
        case .handshake(let peer, isOver: false): endHandshake("closed_during_handshake", peer)
        case .http1(let connection): connection.closed()
        case .http2(let connection): connection.closed()
        case .handshake, .inactive, .closed: break
        }
        charged = 0
        worker.occupancy.leave()
        if let countedClient { worker.occupancy.leave(countedClient.address) }
        countedClient = nil
        worker.closed(self)
    }

    // MARK: The end

    /// Whether the connection closes once its exchanges are done.
    var isDraining: Bool { isLeaving || worker.isDraining }

    /// Uses the configuration of a reload for the exchanges that begin from now on.
    func adoptConfiguration() {
        switch state {
        case .http1(let connection): if connection.phase == .idle { connection.adoptConfiguration() }
        case .http2(let connection): connection.adoptConfiguration()
        case .handshake, .inactive, .closed: break
        }
    }

    /// Takes no new exchanges: an idle connection closes now, any other when its exchanges are done.
    func drain() {
        isLeaving = true
        switch state {
        case .http1(let connection): connection.drain()
        case .http2(let connection): connection.drain()
        case .handshake, .inactive, .closed: break
        }
    }

    /// Why its exchanges lose their client when it ends.
    private(set) var loss = TunnelEnd.client

    /// Closes at once, whatever is in progress. A response that only the end of the connection ends is reset, so that the client
    /// does not take a part of it for the whole (RFC 9112 §8).
    func cutOff(_ loss: TunnelEnd) {
        self.loss = loss
        if case .http1(let connection) = state, connection.wouldLookWhole { reset() } else { close() }
    }

    /// How far the close has come that waits until all output has been sent.
    private enum Closing { case not, sending(lingers: Bool), lingering(until: Int) }
    private var closing = Closing.not
    /// The most milliseconds for which what the client still sends is read.
    private static let longestLinger = 30_000

    /// Closes once all output has been sent. With `lingers`, only this side is closed at first, and what the client still sends
    /// is read and discarded, so that a reset does not destroy the response on its way (RFC 9112 §9.6).
    func finish(lingers: Bool) {
        guard case .not = closing else { return }
        closing = .sending(lingers: lingers)
        if lingers { endOutput() } else { closeAfterSending() }
    }

    override func outputEnded() {
        guard case .sending(lingers: true) = closing else { return }
        closing = .lingering(until: worker.clock.now &+ Self.longestLinger)
        deadline = worker.clock.now &+ Worker.lingerTimeout
    }

    /// Whether all has been sent, and only what the client still says is waited for.
    var isLingering: Bool { if case .lingering = closing { true } else { false } }

    /// Handles the client's closing of its side while this connection is closing: there is nothing left to linger for.
    func inputEndedWhileClosing() {
        switch closing {
        case .sending: closeAfterSending()
        case .lingering, .not: close()
        }
    }
}
