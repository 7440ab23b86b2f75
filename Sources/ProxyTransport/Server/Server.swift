import HTTPModel
import HeaderPolicy
public import Logging
import NIOCore
import NIOPosix
public import ProxyCore
import Synchronization

/// The proxy as a running thing: event loops, listeners, reload, drain.
public final class Server: Sendable {
    let group: MultiThreadedEventLoopGroup
    private let accessLog: LogSink?
    /// Logs reports also where there is no access log.
    public let reports: ReportDesk
    /// By the identity of the event loop.
    let workers: [ObjectIdentifier: NIOLoopBound<Worker>]
    let occupancy: Occupancy
    let budget: MemoryBudget
    let sockets: SocketSource
    let state: Mutex<State>
    let lookup: NameLookup
    let logger: Logger

    /// What is listened on, and what is in force there.
    struct State: Sendable {
        var provision: Provision
        /// For each upstream, in order.
        var upstreams: [UpstreamResources]
        var listeners: [BoundListener] = []
        var services: [BoundService] = []
        var nextID: Int
    }

    /// Starts the event loops; nothing listens yet.
    ///
    /// - Parameters:
    ///   - sockets: where those of the listeners come from.
    ///   - lookup: finds the addresses of upstreams' servers; nil asks the system.
    ///   - descriptors: how many there may be.
    ///   - observer: gets the exchanges that `inspector` wants.
    ///   - logger: is told of connections that fail before there is an exchange.
    /// - Throws: `PolicyErrors` for files of certificates that cannot be used.
    public init(
        configuration: CompiledConfiguration, accessLog: LogSink?, sockets: SocketSource = SocketSource(),
        lookup: NameLookup? = nil, descriptors: DescriptorLimit = .raised(), observer: (any ExchangeObserver)? = nil,
        logger: Logger = Logger(label: "letterhead") { _ in SwiftLogNoOpLogHandler() }
    ) async throws {
        let provision = try Provision(configuration)
        self.accessLog = accessLog
        self.sockets = sockets
        self.logger = logger
        occupancy = Occupancy(descriptors: descriptors)
        budget = MemoryBudget(limit: configuration.source.limits.memory ?? MemoryLimit.automatic())
        self.lookup = lookup ?? { try SystemResolver.addresses(of: $0) }
        reports = ReportDesk(sink: accessLog)
        group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.source.workers ?? System.coreCount)
        let upstreams = await UpstreamResources.make(provision, group: group, lookup: self.lookup, logger: logger)
        state = Mutex(State(provision: provision, upstreams: upstreams, nextID: configuration.source.listeners.count))
        var workers: [ObjectIdentifier: NIOLoopBound<Worker>] = [:]
        let loops = configuration.source.workers ?? System.coreCount
        for loop in group.makeIterator() {
            let (reports, occupancy, budget) = (reports, occupancy, budget)
            workers[ObjectIdentifier(loop)] = try await loop.submit {
                NIOLoopBound(
                    Worker(
                        eventLoop: loop, provision: provision, upstreams: upstreams, accessLog: accessLog, reports: reports,
                        occupancy: occupancy, budget: budget, loops: loops, observer: observer, logger: logger),
                    eventLoop: loop)
            }.get()
        }
        self.workers = workers
    }

    /// Binds every listener. Returns their addresses in order, with the ports that port 0 became.
    public func listen() async throws -> [SocketTarget] {
        let source = state.withLock { $0.provision.configuration.source }
        var bound: [SocketTarget] = []
        for (id, listener) in source.listeners.enumerated() {
            let listener = try await bind(listener, id: id)
            state.withLock { $0.listeners.append(listener) }
            try await listener.start()
            bound.append(listener.address)
        }
        return bound
    }

    /// Serves something local on an address of its own, until `shutDown`: it answers during a drain too. Returns the address.
    public func listen(on target: SocketTarget, for service: any LocalService) async throws -> SocketTarget {
        let bound = try await bind(target, for: service)
        state.withLock { $0.services.append(bound) }
        return bound.address
    }

    /// How the upstreams do, in the order of the configuration: at most a quarter of a second old.
    public var upstreamSnapshots: [UpstreamSnapshot] { state.withLock { $0.upstreams }.map(\.board.snapshot) }

    /// The configuration in force.
    public var configuration: Configuration { state.withLock { $0.provision.configuration.source } }

    /// Closes sockets that were handed to this process and that no listener is for; returns them, for people.
    public func closeUnclaimedSockets() -> [String] { sockets.closeUnclaimed() }

    /// What all event loops have counted.
    public func metrics() async -> MetricsSnapshot {
        var snapshot = MetricsSnapshot()
        for worker in workers.values {
            if let part = try? await worker.eventLoop.submit({ worker.value.metrics() }).get() { snapshot.add(part) }
        }
        snapshot.workers = workers.count
        snapshot.reports = reports.counts
        snapshot.memory = budget.used
        snapshot.memoryLimit = budget.limit
        snapshot.droppedLogBlocks = accessLog?.droppedBlocks ?? 0
        snapshot.certificates = state.withLock { $0.provision.certificateDates }
        return snapshot
    }

    /// Another process listens on the same addresses: from now on this one gets all new connections there.
    /// Returns whether all listeners could do that; where they cannot, the kernel shares connections out.
    public func takeOver() -> Bool {
        let state = state.withLock { $0 }
        let sockets = state.listeners.map { ($0.target, $0.socket) } + state.services.map { ($0.target, $0.socket) }
        var isAlone = true
        for case (let target, let socket) in sockets where self.sockets.isBesideAnother(target) {
            if case .tcp = target, !socket.isShared, !socket.takeAll(index: 1) { isAlone = false }
        }
        return isAlone
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
        let open = state.withLock { state in
            defer { state.listeners = [] }
            return state.listeners
        }
        await stop(open)
    }

    /// Cuts off everything that is still open.
    public func stop() async {
        await stopListening()
        for worker in workers.values {
            try? await worker.eventLoop.submit { worker.value.stop() }.get()
        }
    }

    /// After `drain` or `stop`: ends the event loops and writes what is left of the log, as far as somebody reads it.
    public func shutDown() async {
        await stop()
        for upstream in state.withLock({ $0.upstreams }) { await upstream.watch?.stop() }
        try? await group.shutdownGracefully()
        accessLog?.drain()
    }
}
