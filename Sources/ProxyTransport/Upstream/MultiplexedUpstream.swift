import NIOCore
import ProxyCore

/// The HTTP/2 connections of one event loop to one server: carries out what `MultiplexedPool` decides.
final class MultiplexedUpstream {
    typealias Pool = MultiplexedPool<HTTP2Upstream, Exchange>

    let upstream: Upstream
    let configuration: CompiledConfiguration
    private let dialer: Dialer
    var isSecured: Bool { dialer.isSecured }
    private unowned let worker: Worker
    private var pool: Pool

    init(_ upstream: Upstream, dialer: Dialer, configuration: CompiledConfiguration, worker: Worker) {
        self.upstream = upstream
        self.dialer = dialer
        self.configuration = configuration
        self.worker = worker
        var limits = Pool.Limits()
        limits.connections = upstream.maxConnections
        limits.waiting = upstream.maxPending
        limits.streams = upstream.maxStreams
        limits.idleTime = upstream.timeouts.idle ?? configuration.source.timeouts.upstreamIdle
        limits.waitingTime = upstream.timeouts.connect ?? configuration.source.timeouts.connect
        // TLS and a name with several addresses take their time; an attempt that fails answers those who wait.
        limits.waitingTime *= 2
        pool = Pool(limits)
    }

    /// Streams whose app has still to end them.
    private var lingering: [(connection: HTTP2Upstream, stream: Int32, until: Int)] = []

    /// The server is known by a name.
    var isName = false

    /// Is told of connections that cannot be made.
    weak var server: ServerPool?

    var isEmpty: Bool { pool.isEmpty }
    var load: Int { pool.openCount &+ pool.waitingCount }
    var connections: Int { pool.count }
    var waiting: Int { pool.waitingCount }

    // MARK: What exchanges ask for

    /// Gives the exchange a stream, now or later; or tells it that there is none.
    func acquire(for exchange: Exchange) {
        switch pool.lease(for: exchange, now: worker.clock.now) {
        case .use(let key, let connection, let used): serve(exchange, key, connection, used: used)
        case .wait(let ticket):
            exchange.lease = .queued(self, ticket)
            proceed()
        case .full: exchange.upstreamFailed(.overloaded)
        }
    }

    /// The exchange waits no longer.
    func cancel(_ ticket: Pool.Ticket) { pool.cancel(ticket) }

    private func serve(_ exchange: Exchange, _ key: Pool.Key, _ connection: HTTP2Upstream, used: Bool) {
        guard let stream = connection.open(for: exchange) else {
            // It has ended without saying so yet: another one will take the exchange.
            pool.leave(key)
            if let closing = pool.ended(key, now: worker.clock.now) { closing.close() }
            return acquire(for: exchange)
        }
        if isName { exchange.triedAddress = connection.peerAddress }
        exchange.upstreamConnected(stream, reused: used, mayBeRefused: true)
    }

    /// Does what there is to do for those who wait.
    private func proceed() {
        while true {
            switch pool.next(now: worker.clock.now) {
            case .nothing: return
            case .serve(let exchange, let key, let connection, let used): serve(exchange, key, connection, used: used)
            case .connect(let key, let exchange): connect(key, timeout: exchange.connectTimeout)
            }
        }
    }

    private func connect(_ key: Pool.Key, timeout: Int) {
        dialer.dial(timeout: timeout, make: { [self] in HTTP2Upstream(worker: worker, owner: self) }) { [self] in
            connected($0, key)
        }
    }

    private func connected(_ result: Result<HTTP2Upstream, DialFailure>, _ key: Pool.Key) {
        worker.clock.refresh()
        switch result {
        case .success(let connection):
            connection.begin(key)
            pool.connected(key, connection, now: worker.clock.now)
        case .failure(let failure):
            if failure.fault != .overloaded { server?.unreachable() }
            for exchange in pool.connectFailed(key, now: worker.clock.now) {
                exchange.triedAddress = Array(failure.address.utf8)
                fail(exchange, failure.fault)
            }
        }
        proceed()
    }

    private func fail(_ exchange: Exchange, _ fault: UpstreamFault) {
        let downstream = exchange.downstream
        exchange.upstreamFailed(fault)
        downstream.flush()
    }

    // MARK: What connections say

    /// The peer allows so many streams now.
    func allows(_ key: Pool.Key, _ capacity: Int) {
        pool.allows(key, capacity)
        proceed()
    }

    /// The connection takes no more streams.
    func leave(_ key: Pool.Key) {
        pool.leave(key)
        proceed()
    }

    /// A stream has ended.
    func ended(_ key: Pool.Key) {
        if let closing = pool.ended(key, now: worker.clock.now) { closing.close() }
        proceed()
    }

    func closed(_ key: Pool.Key) {
        pool.closed(key)
        proceed()
    }

    /// TLS failed after the handshake.
    func failed(_ error: any Error) {
        let cause = TLSFailure.cause(error, certificate: nil, now: worker.unixSeconds)
        dialer.log(DialFailure(fault: .tlsFailed, cause: cause))
    }

    /// A stream of which nothing more is wanted has a while to end by itself.
    func linger(_ connection: HTTP2Upstream, _ stream: Int32) {
        lingering.append((connection, stream, worker.clock.now &+ Worker.lingerTimeout))
    }

    func expire(now: Int) {
        while let first = lingering.first, first.until <= now {
            lingering.removeFirst()
            first.connection.giveUp(first.stream)
        }
        let (closing, timedOut) = pool.expire(now: now)
        for connection in closing { connection.close() }
        for exchange in timedOut { fail(exchange, .overloaded) }
    }

    /// Closes what has no stream, now and from now on.
    func close() {
        for connection in pool.retire() { connection.close() }
    }
}
