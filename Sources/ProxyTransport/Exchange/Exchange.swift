import HTTP1
import HTTPModel
import HeaderPolicy
import NIOCore
import ProxyCore

/// One request with its response: carries out what `ExchangeMachine` decides.
///
/// Lives on one event loop, reads nothing from sockets itself, and is used again for the next request, so that an exchange
/// allocates nothing in the steady state.
final class Exchange: Timed {
    let worker: Worker
    private(set) var downstream: any Downstream
    private(set) var listener: ListenerContext
    /// The configuration under which the exchange began; a reload does not change it.
    private(set) var configuration: CompiledConfiguration

    var facts = ExchangeFacts()
    var response = ResponseHead()
    var machine = ExchangeMachine()

    var policy: CompiledPolicy
    var route: Int?
    /// The request as it goes upstream, kept until it can no longer be repeated.
    var requestBytes: [UInt8] = []
    /// The same for an upstream of HTTP/2.
    var requestMessage = RequestMessage()
    /// Request body that waits for a connection, or is kept for a repetition.
    var heldBody: [ByteBuffer] = []
    var heldBytes = 0 { didSet { if heldBytes != oldValue { worker.memory.charge(heldBytes - oldValue) } } }
    var heldTrailers: Fields?
    /// How the request body is framed towards the upstream.
    var requestBody = BodyLength.none
    /// The protocols that the client offers to switch to; those of the 101, once the app has chosen.
    var upgrade: [UInt8] = []
    /// Of a WebSocket by extended CONNECT, which the app gets as an upgrade; empty otherwise.
    var webSocketKey: [UInt8] = []
    /// The client has ended its side of a tunnel.
    var tunnelInputEnded = false
    /// The client reads trailers, and says so in `TE`.
    var acceptsTrailers = false
    /// Set while the body of reports is on its way; it is held.
    var collector: ReportCollector?
    var upstream: (any UpstreamSide)?
    /// Which server it is with, or was with at last; and, where there are several, which it was with before.
    var server: ServerPool?
    var tried: [ObjectIdentifier] = []
    /// Of a server that is known by a name, the address that was tried or connected to at last.
    var triedAddress: [UInt8] = []
    /// Until when one of the addresses of a name has to be connected to.
    var connectBy = Int.max
    /// How often another server got the request.
    var retries = 0
    /// How the exchange waits for a connection.
    var lease = Lease.none

    enum Lease {
        case none
        case waiting(ServerPool, ServerPool.Pool.Ticket)
        case connecting(ConnectionAttempt)
        case queued(MultiplexedUpstream, MultiplexedUpstream.Pool.Ticket)
    }

    /// The response is a stream of events, whose next part may be long in coming.
    var streamsEvents = false
    /// What was wrong with the app's response.
    var badResponse: BadResponse?

    /// Nil unless somebody looks.
    var watch: ExchangeWatch?

    // What the access log tells.
    var requestBytesRead = 0
    var responseBytesWritten = 0
    var startedAt: UInt64 = 0
    var upstreamStartedAt: UInt64 = 0
    var upstreamHeadAt: UInt64 = 0

    init(worker: Worker, downstream: any Downstream, listener: ListenerContext) {
        self.worker = worker
        self.downstream = downstream
        self.listener = listener
        configuration = listener.generation.configuration
        policy = configuration.listeners[listener.index].unrouted
        super.init()
        worker.deadlines.insert(self)
    }

    /// The connection is gone: the exchange will not be used again.
    func retire() {
        worker.deadlines.remove(self)
        downstream = Nobody.shared
        dropHeld()
    }

    /// What it keeps of its request.
    var weight: Int { facts.request.storageSize &+ requestBytes.capacity }

    /// The client's side is over: the exchange waits to serve another connection, with buffers of at most `kept` bytes.
    func rest(keeping kept: Int) {
        deadline = .max
        downstream = Nobody.shared
        dropHeld()
        facts.request.trim(to: kept)
        response.trim(to: kept)
        if requestBytes.capacity > kept { requestBytes = [] }
    }

    /// What it did for others is forgotten when a request begins.
    func serve(_ downstream: any Downstream) { self.downstream = downstream }

    /// Forgets the last exchange and keeps the storage.
    func reset(_ listener: ListenerContext) {
        deadline = .max
        facts.removeAll()
        response.removeAll()
        machine = ExchangeMachine()
        if listener !== self.listener {
            self.listener = listener
            configuration = listener.generation.configuration
        }
        policy = configuration.listeners[listener.index].unrouted
        route = nil
        requestBytes.removeAll(keepingCapacity: true)
        acceptsTrailers = false
        dropHeld()
        heldTrailers = nil
        owed = 0
        owesUpstream = false
        requestBody = .none
        upgrade.removeAll(keepingCapacity: true)
        webSocketKey = []
        tunnelInputEnded = false
        collector = nil
        upstream = nil
        server = nil
        if !tried.isEmpty { tried.removeAll(keepingCapacity: true) }
        if !triedAddress.isEmpty { triedAddress = [] }
        connectBy = .max
        retries = 0
        streamsEvents = false
        badResponse = nil
        watch = nil
        lease = .none
        requestBytesRead = 0
        responseBytesWritten = 0
        upstreamStartedAt = 0
        upstreamHeadAt = 0
        lastMoment = .max
        awaitsBody = false
        pausedAt = nil
    }

    var limits: Limits { configuration.source.limits }
    var timeouts: Timeouts { configuration.source.timeouts }

    /// When the exchange ends, whatever it is doing.
    var lastMoment = Int.max
    /// The client is the one that is waited for.
    var awaitsBody = false
    /// When the request body would have begun, had the client never been asked to pause.
    var bodyStartedAt = 0
    /// Since when the client has been asked to pause.
    var pausedAt: Int?
    /// The exchange is counted among the tunnels.
    var isTunnelCounted = false

    /// Request body bytes that have come and that the client has no credit for yet.
    var owed = 0
    /// Something of the request has been written that has not been flushed.
    var owesUpstream = false
    /// The request's head has just been read, and perhaps more.
    var isForwarding = false

    override func deadlinePassed() {
        guard !machine.isComplete else { return downstream.stopBody() }
        if machine.isTunnel {
            endTunnel(.idle)
        } else if worker.clock.now >= lastMoment {
            breakOff(504, "exchange_timeout")
        } else if awaitsBody {
            downstream.giveUpOnClient()
            breakOff(408, "request_body_timeout")
        } else {
            giveUp(upstream == nil ? .connectTimeout : .responseTimeout)
        }
        downstream.flush()
    }

    func end(trailers: borrowing Fields, leavesBody: Bool) {
        deadline = leavesBody ? worker.clock.now + Worker.lingerTimeout : .max
        worker.finished(self)
        downstream.finish(trailers: trailers, leavesBody: leavesBody)
    }

    /// Ends the exchange before its time: with an answer if there is none yet. The app must not take a part of a request for
    /// the whole.
    func breakOff(_ status: Status, _ reason: String) {
        if machine.isTunnel { return endTunnel(.stalled) }
        letUpstreamGo()
        if collector != nil { return refuseReport(status, reason) }
        if machine.canReply { return reply(status, reason: reason) }
        facts.reason = reason
        abandon()
    }

    /// The response breaks off.
    func abandon() {
        deadline = .max
        _ = machine.downstreamLost()
        worker.finished(self)
        downstream.truncate()
    }

    /// The client is gone, or has reset the stream.
    func downstreamLost() {
        deadline = .max
        guard !machine.isComplete else { return }
        if machine.isTunnel { return concludeTunnel(worker.isStopping ? .stop : .client) }
        facts.reason = "client_closed"
        letUpstreamGo()
        _ = machine.downstreamLost()
        worker.finished(self)
    }

    func letUpstreamGo() {
        if let upstream {
            self.upstream = nil
            upstream.cancel()
        }
        switch lease {
        case .none: break
        case .waiting(let pool, let ticket): pool.cancel(ticket)
        case .connecting(let attempt): attempt.abandon()
        case .queued(let pool, let ticket): pool.cancel(ticket)
        }
        lease = .none
        machine.upstreamDropped()
    }
}
