import EventLoop
import HTTP1
import HTTPModel
import ProxyCore
import TLS

/// A client's connection: finds out which protocol the client speaks, and hands its bytes on.
final class DownstreamConnection: SocketConnection {
    let worker: Worker
    let listener: ListenerContext
    var state = State.inactive
    var awaitsProxyHeader: Bool
    private var admission = Occupancy.Admission.welcome
    /// The client among whose connections it is counted.
    private var countedClient: Peer?
    /// The first bytes, while it is not clear what they begin.
    var held: [UInt8] = []
    /// Nothing has been agreed that rules HTTP/2 out.
    var mayBeHTTP2 = true
    private var isLeaving: Bool

    enum State {
        case inactive
        /// TLS, until the client has proved what it has to; who has failed to may still read why.
        case handshake(Peer, isOver: Bool)
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
        super.init(worker, memory: worker.memory)
    }

    /// Begins with a socket that has been accepted.
    func begin(_ socket: SocketID, from endpoint: Endpoint) {
        adopt(socket)
        worker.opened(self)
        weigh(0)
        // Requests of one client are few; what it sends on is read in large parts when an app takes it.
        setReadLimit(Self.readLimit)
        let peer = worker.peer(endpoint)
        begin(peer)
        admit(worker.occupancy.enter(worker.configuration.source.limits, descriptor: Int32(clamping: socket.number)))
        if socket.number >= worker.occupancy.descriptors.clients { worker.sayShortage("connections are refused") }
        if !awaitsProxyHeader { admit(peer) }
    }

    /// Bytes that are read at once.
    private static let readLimit = 64 << 10

    override var waitsForTurn: Bool { if case .http2 = state { true } else { false } }

    // MARK: Memory

    /// Bytes of memory of this connection, beside what waits for the client.
    private var charged = 0 {
        didSet { if charged != oldValue { worker.memory.charge(charged - oldValue) } }
    }

    /// What it has read and cannot forget yet, and what it needs for that.
    func weigh(_ bytes: Int) { charged = (listener.certificates == nil ? Self.plain : Self.secured) &+ bytes }

    /// What an idle connection takes, about.
    private static let plain = 1 << 10
    static let secured = 24 << 10

    /// All that is gained by giving it up.
    var weight: Int {
        switch state {
        case .http2(let connection): charged &+ waiting &+ connection.backlog
        case .http1, .handshake, .inactive, .closed: charged &+ waiting
        }
    }

    /// It is given up, so that its memory serves others.
    func shed() {
        worker.counts.refusals.count(Reason.memoryLimit.rawValue)
        close()
    }

    // MARK: Who is let in

    /// Counts the client's connection, where clients have a limit. Behind a trusted proxy are many clients.
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

    /// Why nothing on this connection is served; nil where it is.
    var refusal: ParseFailure? {
        if admission != .welcome { return admission.refusal }
        guard worker.memory.pressure == .full else { return nil }
        return ParseFailure(
            .memoryLimit, message: "there is no memory for another request at the moment")
    }

    // MARK: What happens

    override func received(_ bytes: Span<UInt8>) {
        if awaitsProxyHeader { return readProxyHeader(bytes) }
        deliver(bytes)
    }

    override func leaving() { if case .http1(let connection) = state { connection.leaving() } }

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
            // What came with the end has its answers.
            connection.goOn()
            close()
        case .handshake, .inactive, .closed: close()
        }
    }

    override func deadlinePassed() {
        switch state {
        case .handshake(let peer, let isOver): handshakeTimedOut(peer, isOver)
        case .http1(let connection): connection.deadlinePassed()
        case .http2(let connection): connection.deadlinePassed()
        case .inactive, .closed: break
        }
    }

    override func gone(_ error: SystemError?) {
        // A health check that only connects is none of this.
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

    /// The connection ends with the exchanges that it has.
    var isDraining: Bool { isLeaving || worker.isDraining }

    /// No new exchanges: idle connections end, the others when their exchanges have.
    func drain() {
        isLeaving = true
        switch state {
        case .http1(let connection): connection.drain()
        case .http2(let connection): connection.drain()
        case .handshake, .inactive, .closed: break
        }
    }

    /// How far a close is that waits for what has been sent.
    private enum Closing { case not, sending(lingers: Bool), lingering }
    private var closing = Closing.not

    /// Closes once everything that was sent has been taken. With `lingers`, only this side at first: what the client is still sending is
    /// read and thrown away, so that a reset does not destroy the response on its way (RFC 9112 §9.6).
    func finish(lingers: Bool) {
        guard case .not = closing else { return }
        closing = .sending(lingers: lingers)
        if lingers { endOutput() } else { closeAfterSending() }
    }

    override func outputEnded() {
        guard case .sending(lingers: true) = closing else { return }
        closing = .lingering
        if case .http1(let connection) = state { connection.lingers() }
    }

    /// The client has closed its side while this one is closing: there is nothing to linger for.
    func inputEndedWhileClosing() {
        switch closing {
        case .sending: closeAfterSending()
        case .lingering, .not: close()
        }
    }
}
