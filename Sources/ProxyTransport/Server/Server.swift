package import EventLoop
import HTTPModel
import HeaderPolicy
package import Logging
package import ProxyCore
import Synchronization

/// The running proxy: event loops, listeners, reload, drain.
package final class Server: Sendable {
    private let accessLog: LogSink?
    /// The log of reports, which exists even where there is no access log.
    package let reports: ReportDesk
    let shadowDesk: ShadowDesk
    let workers: [WorkerThread]
    /// The settings that take effect at the start of the process only.
    let lasting: LastingSettings
    let occupancy: Occupancy
    let budget: MemoryBudget
    package let sockets: SocketSource
    let state: Mutex<State>
    let lookup: AddressLookup?
    let logger: Logger

    /// The listeners, and the configuration that is in force.
    struct State: Sendable {
        var provision: Provision
        /// The shared resources of each upstream, in order.
        var upstreams: [UpstreamResources]
        var listeners: [BoundListener] = []
        var services: [BoundService] = []
        var nextID: Int
    }

    /// What a reload cannot change.
    struct LastingSettings: Sendable {
        var workers: Int?
        var watch: Bool

        init(_ configuration: Configuration) {
            workers = configuration.workers
            watch = configuration.watch
        }
    }

    /// Starts the event loops without listening yet.
    ///
    /// - Parameters:
    ///   - sockets: the source of the listeners' sockets.
    ///   - lookup: finds the addresses of upstream servers; nil asks the system.
    ///   - descriptors: the limit on descriptors.
    ///   - observer: receives the exchanges that `inspector` selects.
    ///   - logger: logs connections that fail before there is an exchange.
    /// - Throws: `SystemError` if a loop cannot be started.
    package init(
        _ provision: Provision, accessLog: LogSink?, sockets: SocketSource = SocketSource(),
        lookup: AddressLookup? = nil, descriptors: DescriptorLimit = .raised(), observer: (any ExchangeObserver)? = nil,
        logger: Logger = Logger(label: "letterhead") { _ in SwiftLogNoOpLogHandler() }
    ) async throws {
        let configuration = provision.configuration
        self.accessLog = accessLog
        lasting = LastingSettings(configuration.source)
        self.sockets = sockets
        self.logger = logger
        self.lookup = lookup
        let occupancy = Occupancy(descriptors: descriptors)
        let budget = MemoryBudget(limit: configuration.source.limits.memory ?? MemoryBudget.automaticLimit())
        let reports = ReportDesk(sink: accessLog)
        let shadowDesk = ShadowDesk(logger)
        self.occupancy = occupancy
        self.budget = budget
        self.reports = reports
        self.shadowDesk = shadowDesk
        let count = max(1, configuration.source.workers ?? SystemLimits.cores)
        var workers: [WorkerThread] = []
        for _ in 0..<count {
            workers.append(
                try WorkerThread { loop in
                    Worker(
                        loop, provision: provision, accessLog: accessLog, reports: reports, shadowDesk: shadowDesk,
                        occupancy: occupancy, budget: budget, loops: count, observer: observer, logger: logger)
                })
        }
        self.workers = workers
        let all = workers
        for (place, worker) in workers.enumerated() {
            worker.post {
                $0.peers = all
                $0.place = place
            }
        }
        let upstreams = await UpstreamResources.make(provision, workers: workers, lookup: lookup, logger: logger)
        let ids = Array(configuration.source.listeners.indices)
        for worker in workers { _ = await worker.ask { $0.adopt(provision, upstreams: upstreams, listeners: ids) } }
        state = Mutex(State(provision: provision, upstreams: upstreams, nextID: configuration.source.listeners.count))
    }

    /// The loop that accepts for a socket; sockets are dealt out to the loops in turn.
    func worker(_ number: Int) -> WorkerThread { workers[number % workers.count] }

    /// Binds every listener. Returns their addresses in order, with the actual port where port 0 was configured.
    package func listen() async throws -> [SocketTarget] {
        let source = state.withLock { $0.provision.configuration.source }
        var bound: [SocketTarget] = []
        for (id, listener) in source.listeners.enumerated() {
            let listener = try bind(listener, id: id)
            state.withLock { $0.listeners.append(listener) }
            try await listener.socket.start(.clients(id))
            bound.append(listener.address)
        }
        return bound
    }

    /// Serves a local service on an address of its own until `shutDown`, even during a drain. Returns the address.
    package func listen(on target: SocketTarget, for service: any LocalService) async throws -> SocketTarget {
        let bound = try await bind(target, for: service)
        state.withLock { $0.services.append(bound) }
        return bound.address
    }

    /// Binds a listener without accepting yet.
    func bind(_ listener: Listener, id: Int) throws(ListenFailure) -> BoundListener {
        let (socket, isShared) = try sockets.socket(
            for: listener.bind.value, name: listener.name, isForEveryUser: !listener.proxyProtocol)
        return BoundListener(id: id, socket: BoundSocket(listener.bind.value, socket, isShared: isShared, worker: worker(id)))
    }

    func bind(_ target: SocketTarget, for service: any LocalService) async throws(ListenFailure) -> BoundService {
        let (socket, isShared) = try sockets.socket(for: target, name: "admin", isForEveryUser: false)
        let bound = BoundSocket(target, socket, isShared: isShared, worker: worker(0))
        do throws(ListenFailure) {
            try await bound.start(.service(service))
        } catch {
            await bound.close()
            throw error
        }
        return BoundService(socket: bound)
    }

    /// The state of the upstreams, in the order of the configuration; at most a quarter of a second old.
    package var upstreamSnapshots: [UpstreamSnapshot] { state.withLock { $0.upstreams }.map(\.board.snapshot) }

    /// The address on which the admin listener listens, if there is one.
    package var adminAddress: SocketTarget? { state.withLock { $0.services.first?.address } }

    /// The configuration in force.
    package var configuration: Configuration { state.withLock { $0.provision.configuration.source } }

    /// The sum of what all event loops have counted.
    package func metrics() async -> MetricsSnapshot {
        var snapshot = MetricsSnapshot()
        for worker in workers { if let part = await worker.ask({ $0.metrics() }) { snapshot.add(part) } }
        snapshot.workers = workers.count
        snapshot.reports = reports.counts
        snapshot.memory = budget.used
        snapshot.memoryLimit = budget.limit
        snapshot.droppedLogBlocks = accessLog?.droppedBlocks ?? 0
        snapshot.certificates = state.withLock { $0.provision.certificateDates }
        return snapshot
    }

    /// Takes over the addresses that another process also listens on: from now on this process gets all new connections. Returns
    /// whether all listeners could do that; for the others, the kernel distributes connections between both processes.
    package func takeOver() -> Bool {
        let state = state.withLock { $0 }
        var isAlone = true
        for bound in state.listeners.map(\.socket) + state.services.map(\.socket) where sockets.isBesideAnother(bound.target) {
            if case .tcp = bound.target, !bound.isShared, !bound.socket.takeAll(index: 1) { isAlone = false }
        }
        sockets.predecessorIsReplaced()
        return isAlone
    }

    /// Stops listening, announces the end to clients, and waits until the last exchange has ended, for at most `grace`
    /// milliseconds; what is open then is cut off. Returns whether all exchanges ended by themselves.
    package func drain(grace: Int) async -> Bool {
        await stopListening()
        // All loops drain at once, so that a long exchange on one does not keep idle connections open on another.
        return await withTaskGroup(of: Bool.self) { tasks in
            for worker in workers { tasks.addTask { await Self.drain(worker, grace: grace) } }
            var isClean = true
            for await one in tasks where !one { isClean = false }
            return isClean
        }
    }

    private static func drain(_ worker: WorkerThread, grace: Int) async -> Bool {
        await withCheckedContinuation { done in
            let isThere = worker.post { $0.drain(grace: grace) { done.resume(returning: $0) } }
            if !isThere { done.resume(returning: false) }
        }
    }

    private func stopListening() async {
        let open = state.withLock { state in
            defer { state.listeners = [] }
            return state.listeners
        }
        await stop(open)
    }

    func stop(_ listeners: [BoundListener]) async {
        await withTaskGroup { tasks in for listener in listeners { tasks.addTask { await listener.socket.stop() } } }
    }

    /// Stops listening and cuts off everything that is still open.
    package func stop() async {
        await stopListening()
        for worker in workers { _ = await worker.ask { $0.stop() } }
    }

    /// Ends the event loops after `drain` or `stop`, and writes the rest of the log as far as its reader takes it.
    package func shutDown() async {
        await stop()
        let rest = state.withLock { $0 }
        for upstream in rest.upstreams { await upstream.monitor?.stop() }
        for service in rest.services { await service.socket.close() }
        for worker in workers { await worker.end() }
        accessLog?.drain()
    }
}
