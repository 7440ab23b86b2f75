import HTTPModel
import HeaderPolicy
import NIOCore
import NIOPosix
import ProxyCore

/// The connections of one event loop to one upstream: carries out what `ConnectionPool` decides.
final class UpstreamPool {
    typealias Pool = ConnectionPool<HTTP1Upstream, Exchange>

    let configuration: CompiledConfiguration
    private let upstream: Upstream
    private unowned let worker: Worker
    private var pool: Pool
    private var nextServer = 0

    init(_ upstream: Upstream, configuration: CompiledConfiguration, worker: Worker) {
        self.upstream = upstream
        self.configuration = configuration
        self.worker = worker
        var limits = Pool.Limits()
        limits.connections = upstream.maxConnections
        limits.idle = upstream.maxIdle
        limits.waiting = upstream.maxPending
        limits.idleTime = upstream.timeouts.idle ?? configuration.source.timeouts.upstreamIdle
        limits.waitingTime = upstream.timeouts.connect ?? configuration.source.timeouts.connect
        pool = Pool(limits)
    }

    var isEmpty: Bool { pool.isEmpty }

    // MARK: What exchanges ask for

    /// Gives the exchange a connection, now or later; or tells it that there is none.
    func acquire(for exchange: Exchange, fresh: Bool = false) {
        switch pool.lease(for: exchange, fresh: fresh, now: worker.clock.now) {
        case .reuse(let key, let connection):
            connection.key = key
            exchange.upstreamConnected(connection, reused: true)
        case .connect(let key, let closing):
            closing?.close()
            connect(key, for: exchange)
        case .wait(let ticket):
            exchange.lease = .waiting(self, ticket)
        case .full:
            exchange.upstreamFailed(.overloaded)
        }
    }

    /// The exchange waits no longer.
    func cancel(_ ticket: Pool.Ticket) { pool.cancel(ticket) }

    private func connect(_ key: Pool.Key, for exchange: Exchange) {
        let attempt = ConnectionAttempt(exchange)
        exchange.lease = .connecting(attempt)
        let servers = upstream.servers
        let target = servers[nextServer % servers.count].value
        nextServer = (nextServer + 1) % servers.count
        let timeout = exchange.connectTimeout
        let connection = HTTP1Upstream(worker: worker, pool: self)
        let bootstrap = ClientBootstrap(group: worker.eventLoop)
            .connectTimeout(timeout > 0 ? .milliseconds(Int64(timeout)) : .hours(1))
            .channelOption(.writeBufferWaterMark, value: .init(low: 32 << 10, high: 128 << 10))
        let state = NIOLoopBound((self, connection, attempt, key), eventLoop: worker.eventLoop)
        let made: EventLoopFuture<any Channel>
        switch target {
        case .tcp(let host, let port):
            made =
                bootstrap
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(state.value.1)
                    }
                }
                .connect(host: host, port: port)
        case .unix(let path):
            made =
                bootstrap
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(state.value.1)
                    }
                }
                .connect(unixDomainSocketPath: path)
        }
        made.assumeIsolated().whenComplete { result in
            let (pool, connection, attempt, key) = state.value
            pool.connected(result.map { _ in }, connection, attempt, key)
        }
    }

    private func connected(
        _ result: Result<Void, any Error>, _ connection: HTTP1Upstream, _ attempt: ConnectionAttempt, _ key: Pool.Key
    ) {
        worker.clock.refresh()
        switch result {
        case .success:
            connection.key = key
            pool.connected(key, connection)
            guard let exchange = attempt.exchange else { return release(connection) }
            exchange.upstreamConnected(connection, reused: false)
        case .failure(let error):
            let next = pool.connectFailed(key)
            if let exchange = attempt.exchange {
                let downstream = exchange.downstream
                exchange.upstreamFailed(Self.isTimeout(error) ? .connectTimeout : .connectFailed)
                downstream.flush()
            }
            carryOut(next)
        }
    }

    private static func isTimeout(_ error: any Error) -> Bool {
        if case ChannelError.connectTimeout = error { return true }
        return false
    }

    // MARK: What connections say

    /// The connection's exchange is over, cleanly on both sides.
    func release(_ connection: HTTP1Upstream) {
        guard let key = connection.key else { return }
        let (closing, next) = pool.release(key, reusable: true, now: worker.clock.now)
        closing?.close()
        carryOut(next)
    }

    func closed(_ connection: HTTP1Upstream) {
        guard let key = connection.key else { return }
        connection.key = nil
        carryOut(pool.closed(key))
    }

    private func carryOut(_ next: Pool.Next) {
        switch next {
        case .nothing: break
        case .serve(let exchange, let key, let connection):
            connection.key = key
            exchange.upstreamConnected(connection, reused: true)
        case .connect(let exchange, let key):
            connect(key, for: exchange)
        }
    }

    func expire(now: Int) {
        let (closing, timedOut) = pool.expire(now: now)
        for connection in closing { connection.close() }
        for exchange in timedOut {
            let downstream = exchange.downstream
            exchange.upstreamFailed(.overloaded)
            downstream.flush()
        }
    }

    /// Closes what is idle, now and from now on.
    func close() {
        for connection in pool.retire() { connection.close() }
    }
}

/// Ties a connection that is being made to the exchange that wants it; letting go leaves the connection to the pool.
final class ConnectionAttempt {
    fileprivate private(set) var exchange: Exchange?

    fileprivate init(_ exchange: Exchange) { self.exchange = exchange }

    func abandon() { exchange = nil }
}
