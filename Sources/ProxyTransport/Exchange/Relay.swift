import EventLoop
import HTTP1
import HTTPModel
import HeaderPolicy
import Logging
import ProxyCore

/// Carries out what an exchange decides, between a client's side and an app's: moves bytes, gets connections, and keeps what may
/// have to be sent again.
///
/// It lives on one event loop and is reused for the next request, so that an exchange allocates nothing in the steady state.
final class Relay: Timed {
    let worker: Worker
    private(set) var downstream: DownstreamSide
    private(set) var listener: ListenerContext
    var exchange: Exchange
    /// The app's side; nil while there is none.
    var upstream: UpstreamSide?
    /// The request as it is sent to an HTTP/1.1 app, kept until it can no longer be repeated.
    private(set) var requestBytes: [UInt8] = []
    /// The request as it is sent to an HTTP/2 app, kept as long.
    private(set) var requestMessage = RequestMessage()
    /// The request body that waits for a connection or is kept for a repetition; for a report, the whole body.
    var held: [UInt8] = []
    var heldTrailers: Fields?

    // Getting a connection.
    /// The server that the exchange is with, or was with last. `tried` holds the earlier ones where an upstream has several.
    var server: ServerPool?
    var tried: [ObjectIdentifier] = []
    /// The address that was last tried or connected to, for a server that is known by a name; otherwise empty.
    var triedAddress: [UInt8] = []
    /// When one of the addresses of a name must be connected to.
    var connectBy = Int.max
    /// When the request was first sent again on another connection.
    private(set) var repeatedAt = Int.max
    /// How many times the request was sent to another server.
    var retries = 0
    var lease = Lease.none
    private var isTunnelCounted = false

    enum Lease {
        case none
        case waiting(ServerPool, ServerPool.Pool.Ticket)
        case connecting(HTTP1Upstream)
        case queued(MultiplexedUpstream, MultiplexedUpstream.Pool.Ticket)
    }

    init(worker: Worker, listener: ListenerContext) {
        self.worker = worker
        self.listener = listener
        downstream = worker.nobody
        exchange = Exchange(listener.generation.configuration, listener: listener.index)
        super.init()
        worker.deadlines.insert(self)
    }

    var configuration: CompiledConfiguration { exchange.configuration }
    var now: Int { worker.clock.now }
    /// The number of bytes held for the app.
    var heldBytes: Int { held.count }
    /// The bytes of memory that the relay keeps of its request.
    var weight: Int { exchange.facts.request.storageSize &+ requestBytes.capacity }

    // MARK: Use

    /// Sets the client's side that the relay serves from now on.
    func serve(_ downstream: DownstreamSide) { self.downstream = downstream }

    /// Forgets the last exchange but keeps its storage.
    func reset(_ listener: ListenerContext) {
        deadline = .max
        if listener !== self.listener { self.listener = listener }
        exchange.reset(listener.generation.configuration, listener: listener.index)
        requestBytes.clear()
        dropHeld()
        upstream = nil
        server = nil
        tried.clear()
        if !triedAddress.isEmpty { triedAddress = [] }
        connectBy = .max
        repeatedAt = .max
        retries = 0
        lease = .none
    }

    /// Waits to serve another connection, with buffers of at most `kept` bytes, after the client's side is over and sends nothing
    /// more.
    func rest(keeping kept: Int) {
        letUpstreamGo()
        deadline = .max
        downstream = worker.nobody
        dropHeld()
        exchange.trim(to: kept)
        if requestBytes.capacity > kept { requestBytes = [] }
    }

    /// Retires the relay when its connection is gone; it is not used again.
    func retire() {
        worker.deadlines.remove(self)
        downstream = worker.nobody
        dropHeld()
    }

    // MARK: Actions

    /// Sets the current time for an exchange whose configuration is no longer in force.
    func readClock() {
        guard configuration !== worker.configuration else { return }
        listener.generation.setTime(worker.clock, unixSeconds: worker.unixSeconds)
    }

    func carryOut(_ actions: consuming ExchangeActions) {
        let app = actions.app
        if actions.credit > 0 { downstream.credit(actions.credit) }
        if actions.blames { server?.failed() }
        if actions.cancels { letUpstreamGo() }
        if actions.givesUpOnClient { downstream.giveUpOnClient() }
        switch consume actions.client {
        case .nothing: break
        case .interim: downstream.writeInformational(exchange.response)
        case .head(let head, let body):
            downstream.writeHead(head, body: body)
            exchange.wrote(head)
        case .reply(let head, let body, let leavesBody):
            let length = body.isEmpty ? BodyLength.none : .length(body.count)
            downstream.writeHead(head, body: length)
            exchange.wrote(head)
            if !body.isEmpty { downstream.writeBody(body.span) }
            dropHeld()
            finish(leavesBody: leavesBody)
        case .tunnel(let head, let body):
            downstream.writeHead(head, body: body)
            exchange.wrote(head)
            downstream.beginTunnel()
        case .finish(let leavesBody): finish(leavesBody: leavesBody)
        case .truncate:
            worker.finished(self)
            downstream.truncate()
        case .finishTunnel:
            worker.finished(self)
            downstream.finish(trailers: nil, leavesBody: false)
        case .pause: downstream.setReading(false)
        case .resume: downstream.setReading(true)
        case .stopBody: downstream.stopBody()
        }
        carryOut(app)
        deadline = exchange.deadline
    }

    private func carryOut(_ action: ExchangeActions.ForApp) {
        switch action {
        // These concern bytes at hand; the caller, which has them, moves them.
        case .nothing, .pass, .hold, .forget, .finishBody: break
        case .forward(let upstream, let prefixLength): forward(to: upstream, prefixLength)
        case .repeatRequest:
            guard let pool else { return }
            repeatedAt = min(repeatedAt, now)
            upstream = nil
            pool.acquire(for: self, fresh: true)
        case .moveOn(let isRepeated, let fault):
            upstream = nil
            if pool?.moveOn(self, isRepeated: isRepeated) != true {
                carryOut(exchange.nobodyElse(after: fault, &listener.generation.context))
            }
        case .finishTunnel: upstream?.finishRaw()
        case .read: upstream?.setReading(true)
        }
    }

    func finish(trailers: Fields? = nil, leavesBody: Bool) {
        if leavesBody { exchange.linger(until: now &+ Worker.lingerTimeout) }
        worker.finished(self)
        downstream.finish(trailers: trailers, leavesBody: leavesBody)
    }

    /// Stops counting the exchange among the tunnels.
    func releaseTunnel() {
        guard isTunnelCounted else { return }
        isTunnelCounted = false
        worker.occupancy.closeTunnel()
    }

    func letUpstreamGo() {
        if let upstream {
            self.upstream = nil
            upstream.cancel()
        }
        switch lease {
        case .none: break
        case .waiting(let pool, let ticket): pool.cancel(ticket)
        case .connecting(let connection): connection.abandon()
        case .queued(let pool, let ticket): pool.cancel(ticket)
        }
        lease = .none
    }

    override func deadlinePassed() {
        readClock()
        upstream?.deadlinePassed()
        carryOut(exchange.deadlinePassed(&listener.generation.context))
    }

    /// Sends the request to an upstream, over HTTP/1.1 or HTTP/2.
    private func forward(to index: Int, _ prefixLength: Int) {
        let generation = listener.generation
        let pool = worker.pool(index, of: generation)
        if pool.isHTTP2 {
            requestMessage.assign(
                exchange.facts.request, prefixLength: prefixLength, fields: generation.context.forwarded, host: pool.host,
                acceptsTrailers: exchange.acceptsTrailers)
        } else {
            requestBytes.clear()
            RequestMessage.write(
                &exchange, prefixLength: prefixLength, host: pool.host, fields: &generation.context.forwarded,
                into: &requestBytes)
        }
        if !exchange.upgrade.isEmpty {
            isTunnelCounted = worker.occupancy.openTunnel(configuration.source.limits)
            guard isTunnelCounted else {
                return carryOut(exchange.refuse(.tooManyTunnels, &generation.context))
            }
        }
        pool.acquire(for: self)
    }

    var pool: UpstreamPool? {
        guard let route = exchange.route, case .upstream(let index) = configuration.routes[route].action else { return nil }
        return worker.pool(index, of: listener.generation)
    }

    /// Reports the end of the exchange to the observer, if it observed this one.
    func endObservation() {
        let address = server.map { triedAddress.isEmpty ? $0.address : triedAddress } ?? []
        exchange.endObservation(
            upstreamAddress: String(decoding: address, as: UTF8.self), retries: retries,
            unixMilliseconds: WallClock.unixMilliseconds(), &listener.generation.context)
    }
}
