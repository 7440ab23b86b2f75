import HeaderPolicy
import Logging
import NIOCore
import NIOPosix
import ProxyCore

/// A listener's socket with the channel that accepts from it.
struct BoundListener: Sendable {
    let id: Int
    /// As it was configured.
    let target: SocketTarget
    let socket: ListeningSocket
    let channel: any Channel
    /// With the port that port 0 became.
    let address: SocketTarget

    /// Accepts from now on; who has come before has waited.
    func start() async throws { try await channel.setOption(.autoRead, value: true).get() }

    /// How often a socket is looked at from which connections still have to be accepted, and for how long.
    private static let look = Duration.milliseconds(1)
    private static let patience = TimeAmount.seconds(2)

    /// Accepts everybody who waits, and then nobody any more. Where another process gets the same socket, those who wait wait
    /// for that.
    ///
    /// - Parameter loops: on which connections begin that were accepted here.
    func stop(_ loops: some Sequence<any EventLoop>) async {
        let deadline = NIODeadline.now() + Self.patience
        while true {
            try? await channel.setOption(.autoRead, value: false).get()
            // What was accepted has to have begun: a channel takes with it what it has not handed over yet.
            for loop in loops { try? await loop.submit {}.get() }
            if await close(unlessWaitingUntil: deadline) { return }
            try? await channel.setOption(.autoRead, value: true).get()
            try? await Task.sleep(for: Self.look)
        }
    }

    /// False while somebody waits to be accepted.
    private func close(unlessWaitingUntil deadline: NIODeadline) async -> Bool {
        let promise = channel.eventLoop.makePromise(of: Bool.self)
        channel.eventLoop.execute {
            // The descriptor is the channel's while that is open, and it is closed on this loop.
            if channel.isActive, !socket.isShared, socket.hasWaiting, NIODeadline.now() < deadline {
                return promise.succeed(false)
            }
            channel.close().whenComplete { _ in promise.succeed(true) }
        }
        return (try? await promise.futureResult.get()) ?? true
    }
}

/// An address with something local behind it.
struct BoundService: Sendable {
    let target: SocketTarget
    let socket: ListeningSocket
    let channel: any Channel
    let address: SocketTarget
}

extension Server {
    /// Binds without accepting yet.
    func bind(_ listener: Listener, id: Int) async throws -> BoundListener {
        let workers = workers
        let socket = try sockets.socket(for: listener.bind.value, name: listener.name)
        let (channel, address) = try await bind(socket, listener.bind.value) { channel in
            guard let worker = workers[ObjectIdentifier(channel.eventLoop)]?.value, let listener = worker.accept(id) else {
                return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
            }
            return channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(DownstreamHandler(worker: worker, listener: listener))
            }
        }
        return BoundListener(id: id, target: listener.bind.value, socket: socket, channel: channel, address: address)
    }

    func bind(_ target: SocketTarget, for service: any LocalService) async throws -> BoundService {
        let socket = try sockets.socket(for: target, name: "admin")
        let (channel, address) = try await bind(socket, target) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers(
                    IdleStateHandler(readTimeout: ServiceHandler.idleTime), ServiceHandler(service: service))
            }
        }
        try await channel.setOption(.autoRead, value: true).get()
        return BoundService(target: target, socket: socket, channel: channel, address: address)
    }

    private static let unsentLimit = NIOBSDSocket.Option(rawValue: TCP_NOTSENT_LOWAT)

    private func bind(
        _ socket: ListeningSocket, _ target: SocketTarget,
        _ initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) async throws -> (channel: any Channel, address: SocketTarget) {
        let (occupancy, logger) = (occupancy, logger)
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.autoRead, value: false)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let failures = AcceptFailures(occupancy) { cause in
                        logger.warning(
                            "connections cannot be accepted",
                            metadata: ["address": "\(target)", "cause": "\(cause)", "help": "\(DescriptorLimit.help)"])
                    }
                    try channel.pipeline.syncOperations.addHandlers(AcceptFailures.pause(), failures)
                }
            }
            .childChannelInitializer(initializer)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: Worker.waterMark)
        if case .tcp = target {
            bootstrap =
                bootstrap
                // Accepted connections inherit it: what is not sent yet and waits in the kernel, for a client that does not read.
                .serverChannelOption(.tcpOption(Self.unsentLimit), value: 128 << 10)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        }
        let channel = try await bootstrap.withBoundSocket(socket.descriptor).get()
        socket.restoreBacklog()
        guard case .tcp(let host, _) = target, let port = channel.localAddress?.port else { return (channel, target) }
        return (channel, .tcp(host: host, port: port))
    }

    func stop(_ listeners: [BoundListener]) async {
        let loops = workers.values.map(\.eventLoop)
        await withTaskGroup { tasks in
            for listener in listeners { tasks.addTask { await listener.stop(loops) } }
        }
    }
}
