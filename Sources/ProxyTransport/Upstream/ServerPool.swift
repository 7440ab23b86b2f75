import HTTPModel
import HeaderPolicy
import Logging
import ProxyCore
import TLS

/// The connections of one event loop to one server. It carries out what `ConnectionPool` decides; HTTP/2 connections belong to
/// `MultiplexedUpstream`.
final class ServerPool {
    typealias Pool = ConnectionPool<HTTP1Upstream, Relay>

    let identity: ServerIdentity
    /// The server's address as it is logged.
    let address: [UInt8]
    let configuration: CompiledConfiguration
    private let ejection: Ejection?
    /// Receives failures and successes of the server; nil if they make no difference.
    private let monitor: UpstreamMonitor?
    private var pool: Pool
    private let dialer: Dialer
    private let multiplexed: MultiplexedUpstream?
    /// The counts of this event loop.
    private var counts = ServerCounts()
    /// The number of failures in a row.
    private var streak = 0

    init(
        _ identity: ServerIdentity, of upstream: Upstream, _ resources: UpstreamResources,
        configuration: CompiledConfiguration, worker: Worker
    ) {
        self.identity = identity
        address = Array("\(identity.target)".utf8)
        self.configuration = configuration
        monitor = resources.monitor
        ejection = upstream.ejection
        var limits = Pool.Limits()
        limits.connections = upstream.maxConnections
        limits.idle = upstream.maxIdle
        limits.waiting = upstream.maxPending
        limits.idleTime = upstream.timeouts.idle ?? configuration.source.timeouts.upstreamIdle
        limits.waitingTime = upstream.timeouts.connect ?? configuration.source.timeouts.connect
        pool = Pool(limits)
        dialer = Dialer(upstream.name, identity, security: resources.security, worker: worker)
        multiplexed =
            upstream.scheme.isHTTP2
            ? MultiplexedUpstream(upstream, dialer: dialer, configuration: configuration, worker: worker) : nil
        multiplexed?.server = self
    }

    var isEmpty: Bool { pool.isEmpty && multiplexed?.isEmpty != false }

    /// The number of requests that the server has, or that wait for it.
    var load: Int { multiplexed?.load ?? (pool.count &- pool.idleCount &+ pool.waitingCount) }
    var connections: Int { multiplexed?.connections ?? pool.count }
    var waiting: Int { multiplexed?.waiting ?? pool.waitingCount }

    // MARK: Calls from exchanges

    /// Gives the exchange a connection, now or later, or tells it that there is none.
    func acquire(for relay: Relay, fresh: Bool = false) {
        counts.requests &+= 1
        if !relay.triedAddress.isEmpty { relay.triedAddress = [] }
        if let multiplexed { return multiplexed.acquire(for: relay) }
        while true {
            switch pool.lease(for: relay, fresh: fresh, now: relay.now) {
            case .reuse(let key, let connection):
                connection.key = key
                if !connection.hasSpokenUnasked(before: relay) { return serve(relay, connection, reused: true) }
                connection.close()
            case .connect(let key, let closing):
                closing?.close()
                return connect(key, for: relay)
            case .wait(let ticket):
                return relay.lease = .waiting(self, ticket)
            case .full:
                return relay.upstreamFailed(.overloaded)
            }
        }
    }

    /// Removes an exchange that no longer waits.
    func cancel(_ ticket: Pool.Ticket) { pool.cancel(ticket) }

    private func connect(_ key: Pool.Key, for relay: Relay) {
        let connection = HTTP1Upstream(self, worker: relay.worker, for: relay)
        relay.lease = .connecting(connection)
        connection.key = key
        dialer.dial(connection, timeout: relay.connectTimeout)
    }

    /// Called when the connection is made.
    func connected(_ connection: HTTP1Upstream) {
        guard let key = connection.key else { return }
        pool.connected(key, connection)
        guard let relay = connection.takeAsker() else { return connection.close() }
        serve(relay, connection, reused: false)
    }

    /// Called when the connection could not be made.
    func dialFailed(_ connection: HTTP1Upstream, _ failure: DialFailure) {
        guard let key = connection.key else { return }
        connection.key = nil
        let next = pool.connectFailed(key)
        if failure.fault != .overloaded { unreachable() }
        if let relay = connection.takeAsker() {
            relay.triedAddress = Array(failure.address.utf8)
            relay.upstreamFailed(failure.fault)
        }
        carryOut(next)
    }

    /// Called when the connection is no longer made, because nobody wants it.
    func abandoned(_ connection: HTTP1Upstream) {
        guard let key = connection.key else { return }
        connection.key = nil
        carryOut(pool.connectFailed(key))
    }

    private func serve(_ relay: Relay, _ connection: HTTP1Upstream, reused: Bool) {
        if dialer.isName { relay.triedAddress = connection.peerAddress }
        connection.begin(relay, reused: reused)
        relay.upstreamConnected(.http1(connection), reused: reused)
    }

    // MARK: The server's state

    /// Counts an exchange that came here after another server had failed it.
    func countRetry() { counts.retries &+= 1 }

    var snapshot: ServerLoad {
        var snapshot = ServerLoad()
        snapshot.counts = counts
        snapshot.active = load
        snapshot.waiting = waiting
        snapshot.connections = connections
        return snapshot
    }

    /// Notes that a connection could not be made.
    func unreachable() {
        counts.connectFailures &+= 1
        note()
    }

    /// Notes that an exchange got no response.
    func failed() {
        counts.failures &+= 1
        note()
    }

    /// Logs that a response could not be passed on.
    func refused(_ cause: BadResponse, requestID: [UInt8]) {
        dialer.log(
            "upstream response refused", .invalidResponse, key: cause.fault,
            [
                "request_id": "\(String(decoding: requestID, as: UTF8.self))", "fault": "\(cause.fault)",
                "cause": "\(cause.message)",
            ])
    }

    private func note() {
        guard let monitor, ejection != nil else { return }
        streak &+= 1
        monitor.failed(identity)
    }

    /// Judges the server by the status of a response, whose head has arrived.
    func answered(_ status: Status) {
        guard let monitor, let ejection else { return }
        if !ejection.statuses.isEmpty, ejection.isFailure(status) { return failed() }
        guard streak > 0 else { return }
        streak = 0
        monitor.succeeded(identity)
    }

    // MARK: Events of connections

    /// Takes back a connection whose exchange has ended cleanly on both sides.
    func release(_ connection: HTTP1Upstream) {
        guard let key = connection.key else { return }
        let (closing, next) = pool.release(key, reusable: true, now: connection.worker.clock.now)
        closing?.close()
        carryOut(next)
    }

    /// Logs that TLS failed after the handshake.
    func failed(_ fault: Fault) { dialer.log(dialer.failure(.tls(fault))) }

    func closed(_ connection: HTTP1Upstream) {
        guard let key = connection.key else { return }
        connection.key = nil
        carryOut(pool.closed(key))
    }

    private func carryOut(_ next: Pool.Next) {
        switch next {
        case .nothing: break
        case .serve(let relay, let key, let connection):
            connection.key = key
            serve(relay, connection, reused: true)
        case .connect(let relay, let key):
            connect(key, for: relay)
        }
    }

    func expire(now: Int) {
        multiplexed?.expire(now: now)
        let (closing, timedOut) = pool.expire(now: now)
        for connection in closing { connection.close() }
        for relay in timedOut { relay.upstreamFailed(.overloaded) }
    }

    /// Closes idle connections, now and from now on.
    func close() {
        multiplexed?.close()
        for connection in pool.retire() { connection.close() }
    }
}
