import HTTPModel
public import HeaderPolicy
public import Logging
import NIOCore
import NIOPosix
public import ProxyCore
import Synchronization

/// The proxy as a running thing: event loops, listeners, drain.
public final class Server: Sendable {
    private let configuration: CompiledConfiguration
    private let group: MultiThreadedEventLoopGroup
    private let accessLog: AccessLogSink?
    /// Logs reports also where there is no access log.
    public let reports: ReportDesk
    /// By the identity of the event loop.
    private let workers: [ObjectIdentifier: NIOLoopBound<Worker>]
    private let occupancy = Occupancy()
    /// For each listener, in order; nil where cleartext is spoken.
    private let certificates: [CurrentCertificates?]
    private let channels = Mutex<[any Channel]>([])

    /// Starts the event loops; nothing listens yet.
    ///
    /// - Parameter logger: is told of connections that fail before there is an exchange.
    /// - Throws: `PolicyErrors` for files of certificates that cannot be used.
    public init(
        configuration: CompiledConfiguration, accessLog: AccessLogSink?,
        logger: Logger = Logger(label: "letterhead") { _ in SwiftLogNoOpLogHandler() }
    ) async throws {
        certificates = try Self.readCertificates(configuration.source).map { $0.map { CurrentCertificates($0) } }
        var security: [UpstreamSecurity?] = []
        for upstream in configuration.source.upstreams { security.append(try UpstreamSecurity(upstream)) }
        self.configuration = configuration
        self.accessLog = configuration.source.accessLog == .off ? nil : accessLog
        reports = ReportDesk(sink: accessLog)
        group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.source.workers ?? System.coreCount)
        var workers: [ObjectIdentifier: NIOLoopBound<Worker>] = [:]
        for loop in group.makeIterator() {
            let (log, reports, occupancy, security) = (self.accessLog, reports, occupancy, security)
            workers[ObjectIdentifier(loop)] = try await loop.submit {
                NIOLoopBound(
                    try Worker(
                        eventLoop: loop, configuration: configuration, security: security, accessLog: log, reports: reports,
                        occupancy: occupancy, logger: logger),
                    eventLoop: loop)
            }.get()
        }
        self.workers = workers
    }

    /// Binds every listener. Returns their addresses in order, with the ports that port 0 became.
    public func listen() async throws -> [SocketTarget] {
        var bound: [SocketTarget] = []
        for (index, listener) in configuration.source.listeners.enumerated() {
            let context = ListenerContext(
                index: index, name: "\(listener.bind.value)", certificates: certificates[index],
                proxyProtocol: listener.proxyProtocol)
            let workers = workers
            let (channel, address) =
                try await bind(listener.bind.value) { channel in
                    guard let worker = workers[ObjectIdentifier(channel.eventLoop)] else {
                        return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
                    }
                    return channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            DownstreamHandler(worker: worker.value, listener: context))
                    }
                }
            channels.withLock { $0.append(channel) }
            bound.append(address)
        }
        return bound
    }

    /// Serves something local on an address of its own, until `shutDown`: it answers during a drain too. Returns the address.
    public func listen(on target: SocketTarget, for service: any LocalService) async throws -> SocketTarget {
        try await bind(target) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers(
                    IdleStateHandler(readTimeout: ServiceHandler.idleTime), ServiceHandler(service: service))
            }
        }.address
    }

    private static let unsentLimit = NIOBSDSocket.Option(rawValue: TCP_NOTSENT_LOWAT)

    private func bind(
        _ target: SocketTarget, _ initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) async throws -> (channel: any Channel, address: SocketTarget) {
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .childChannelInitializer(initializer)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: Worker.waterMark)
        let channel: any Channel
        switch target {
        case .tcp(let host, let port):
            bootstrap =
                bootstrap
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                // Accepted connections inherit it: what is not sent yet and waits in the kernel, for a client that does not read.
                .serverChannelOption(.tcpOption(Self.unsentLimit), value: 128 << 10)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            channel = try await bootstrap.bind(host: host, port: port).get()
        case .unix(let path):
            channel = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        }
        guard case .tcp(let host, _) = target, let port = channel.localAddress?.port else { return (channel, target) }
        return (channel, .tcp(host: host, port: port))
    }

    /// Stops listening, tells clients to go and waits until the last exchange has ended, at most `grace` milliseconds; what
    /// is open then is cut off. Returns whether all of them ended by themselves.
    public func drain(grace: Int) async -> Bool {
        await stopListening()
        // All at once: an exchange that takes long on one loop must not keep idle connections on another.
        let drained = workers.values.map { worker in
            let promise = worker.eventLoop.makePromise(of: Bool.self)
            worker.eventLoop.execute { worker.value.drain(grace: grace) { promise.succeed($0) } }
            return promise.futureResult
        }
        var isClean = true
        for future in drained where (try? await future.get()) != true { isClean = false }
        return isClean
    }

    private func stopListening() async {
        let open = channels.withLock { channels in
            defer { channels = [] }
            return channels
        }
        for channel in open { try? await channel.close() }
    }

    /// Cuts off everything that is still open.
    public func stop() async {
        await stopListening()
        for worker in workers.values {
            try? await worker.eventLoop.submit { worker.value.stop() }.get()
        }
    }

    /// After `drain` or `stop`: ends the event loops and writes what is left of the log.
    public func shutDown() async {
        await stop()
        try? await group.shutdownGracefully()
        accessLog?.drain()
        reports.drain()
    }
}

extension Server {
    /// Reads the certificates of all TLS listeners again; connections from now on get them, those that are open stay.
    /// Returns how many there are.
    ///
    /// - Throws: everything that is wrong with them; then nothing changes.
    @discardableResult
    public func reloadCertificates() throws(PolicyErrors) -> Int {
        let read = try Self.readCertificates(configuration.source)
        for (current, fresh) in zip(certificates, read) {
            if let current, let fresh { current.replace(with: fresh) }
        }
        return read.reduce(0) { $0 + ($1?.certificates.count ?? 0) }
    }

    private static func readCertificates(_ configuration: Configuration) throws(PolicyErrors) -> [ListenerCertificates?] {
        var errors: [PolicyError] = []
        var read: [ListenerCertificates?] = []
        for listener in configuration.listeners {
            do throws(PolicyErrors) {
                if let tls = listener.tls { read.append(try ListenerCertificates(tls)) } else { read.append(nil) }
            } catch {
                errors += error.errors
            }
        }
        guard errors.isEmpty else { throw PolicyErrors(errors) }
        return read
    }
}
