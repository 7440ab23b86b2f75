import HTTPModel
import HeaderPolicy
import ProxyCore
import TLS

/// The HTTP/2 connections of one event loop to one server. It carries out what `MultiplexedPool` decides.
final class MultiplexedUpstream {
    typealias Pool = MultiplexedPool<HTTP2Upstream, Relay>

    let upstream: Upstream
    let configuration: CompiledConfiguration
    private let dialer: Dialer
    private unowned let worker: Worker
    private var pool: Pool
    /// The number of connections that could not be made.
    private var failures = 0

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
        // TLS and a name with several addresses take time, and an attempt that fails answers the exchanges that wait.
        limits.waitingTime *= 2
        pool = Pool(limits)
    }

    /// Streams that their app has not ended yet.
    private var lingering: [(connection: HTTP2Upstream, stream: Int32, until: Int)] = []

    /// The server's pool, which learns of connections that cannot be made or that break.
    weak var server: ServerPool?

    var isEmpty: Bool { pool.isEmpty }
    var load: Int { pool.openCount &+ pool.waitingCount }
    var connections: Int { pool.count }
    var waiting: Int { pool.waitingCount }

    // MARK: Calls from exchanges

    /// Gives the exchange a stream, now or later, or tells it that there is none.
    func acquire(for relay: Relay) {
        switch pool.lease(for: relay, now: worker.clock.now) {
        case .use(let key, let connection, let used): serve(relay, key, connection, used: used)
        case .wait(let ticket):
            relay.lease = .queued(self, ticket)
            proceed()
        case .full: relay.upstreamFailed(.overloaded)
        }
    }

    /// Removes an exchange that no longer waits.
    func cancel(_ ticket: Pool.Ticket) { pool.cancel(ticket) }

    private func serve(_ relay: Relay, _ key: Pool.Key, _ connection: HTTP2Upstream, used: Bool) {
        guard let stream = connection.open(for: relay) else {
            // The connection has ended and not reported that yet; another one takes the exchange.
            _ = pool.leave(key)
            if let closing = pool.ended(key, now: worker.clock.now) { closing.shutDown() }
            return acquire(for: relay)
        }
        if dialer.isName { relay.triedAddress = connection.peerAddress }
        // One that was made after another had closed is not closed for having been idle.
        relay.upstreamConnected(.http2(stream), reused: used && connection.madeAt < relay.repeatedAt, mayBeRefused: true)
    }

    /// Serves the exchanges that wait, as far as possible.
    private func proceed() {
        while true {
            switch pool.next(now: worker.clock.now) {
            case .nothing: return
            case .serve(let relay, let key, let connection, let used): serve(relay, key, connection, used: used)
            case .connect(let key, let relay):
                let before = failures
                connect(key, timeout: relay.connectTimeout)
                // An attempt that failed at once would fail again. Exchanges that still wait get a stream that becomes free, or
                // the next attempt.
                guard failures == before else { return }
            }
        }
    }

    private func connect(_ key: Pool.Key, timeout: Int) {
        guard let connection = HTTP2Upstream(self, key, worker: worker) else {
            return failed(key, DialFailure(fault: .overloaded, cause: "there is no memory for a connection"))
        }
        dialer.dial(connection, timeout: timeout)
    }

    // MARK: Events of connections

    /// Called when the connection is made, including TLS.
    func connected(_ connection: HTTP2Upstream, _ key: Pool.Key) {
        pool.connected(key, connection, now: worker.clock.now)
        proceed()
    }

    /// Called when the connection could not be made.
    func failed(_ key: Pool.Key, _ failure: DialFailure) {
        failures &+= 1
        if failure.fault != .overloaded { server?.unreachable() }
        for relay in pool.connectFailed(key, now: worker.clock.now) {
            relay.triedAddress = Array(failure.address.utf8)
            relay.upstreamFailed(failure.fault)
        }
    }

    /// Called when TLS failed after the handshake.
    func failed(_ fault: Fault) { server?.failed(fault) }

    /// Called when the peer changes the number of streams that it allows.
    func allows(_ key: Pool.Key, _ capacity: Int) {
        pool.allows(key, capacity)
        proceed()
    }

    /// Called when the connection takes no more streams.
    func leave(_ key: Pool.Key) {
        if let closing = pool.leave(key) { closing.shutDown() }
        proceed()
    }

    /// Called when a stream has ended.
    func ended(_ key: Pool.Key) {
        if let closing = pool.ended(key, now: worker.clock.now) { closing.shutDown() }
        proceed()
    }

    func closed(_ key: Pool.Key) {
        pool.closed(key)
        proceed()
    }

    /// Gives a stream from which nothing more is needed a while to end by itself.
    func linger(_ connection: HTTP2Upstream, _ stream: Int32) {
        lingering.append((connection, stream, worker.clock.now &+ Worker.lingerTimeout))
    }

    // MARK: Time

    func expire(now: Int) {
        while let first = lingering.first, first.until <= now {
            lingering.removeFirst()
            first.connection.giveUp(first.stream)
        }
        let (closing, timedOut) = pool.expire(now: now)
        for connection in closing { connection.shutDown() }
        for relay in timedOut { relay.upstreamFailed(.overloaded) }
        // If the last attempt to connect has failed, another one may start now.
        proceed()
    }

    /// Closes connections without streams, now and from now on.
    func close() {
        for connection in pool.retire() { connection.shutDown() }
    }
}
