import EventLoop
import HTTPModel
import HeaderPolicy
package import Logging
package import ProxyCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The proxy as a running thing: event loops, listeners, reload, drain.
package final class Server: Sendable {
    private let accessLog: LogSink?
    /// Logs reports also where there is no access log.
    package let reports: ReportDesk
    let workers: [WorkerThread]
    let occupancy: Occupancy
    let budget: MemoryBudget
    let sockets: SocketSource
    let state: Mutex<State>
    let lookup: AddressLookup?
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
    package init(
        configuration: CompiledConfiguration, accessLog: LogSink?, sockets: SocketSource = SocketSource(),
        lookup: AddressLookup? = nil, descriptors: DescriptorLimit = .raised(), observer: (any ExchangeObserver)? = nil,
        logger: Logger = Logger(label: "letterhead") { _ in SwiftLogNoOpLogHandler() }
    ) async throws {
        let provision = try Provision(configuration)
        self.accessLog = accessLog
        self.sockets = sockets
        self.logger = logger
        self.lookup = lookup
        let occupancy = Occupancy(descriptors: descriptors)
        let budget = MemoryBudget(limit: configuration.source.limits.memory ?? MemoryLimit.automatic())
        let reports = ReportDesk(sink: accessLog)
        self.occupancy = occupancy
        self.budget = budget
        self.reports = reports
        let count = max(1, configuration.source.workers ?? Self.coreCount)
        var workers: [WorkerThread] = []
        for _ in 0..<count {
            workers.append(
                try WorkerThread { loop in
                    Worker(
                        loop, provision: provision, accessLog: accessLog, reports: reports, occupancy: occupancy,
                        budget: budget, loops: count, observer: observer, logger: logger)
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

    package static var coreCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// The loop that accepts for a socket: they take turns.
    func worker(_ number: Int) -> WorkerThread { workers[number % workers.count] }

    /// Binds every listener. Returns their addresses in order, with the ports that port 0 became.
    package func listen() async throws -> [SocketTarget] {
        let source = state.withLock { $0.provision.configuration.source }
        var bound: [SocketTarget] = []
        for (id, listener) in source.listeners.enumerated() {
            let listener = try bind(listener, id: id)
            state.withLock { $0.listeners.append(listener) }
            await listener.socket.start(.clients(id))
            bound.append(listener.address)
        }
        return bound
    }

    /// Serves something local on an address of its own, until `shutDown`: it answers during a drain too. Returns the address.
    package func listen(on target: SocketTarget, for service: any LocalService) async throws -> SocketTarget {
        let bound = try await bind(target, for: service)
        state.withLock { $0.services.append(bound) }
        return bound.address
    }

    /// Binds without accepting yet.
    func bind(_ listener: Listener, id: Int) throws(ListenFailure) -> BoundListener {
        let (socket, isShared) = try sockets.socket(for: listener.bind.value, name: listener.name)
        return BoundListener(id: id, socket: BoundSocket(listener.bind.value, socket, isShared: isShared, worker: worker(id)))
    }

    func bind(_ target: SocketTarget, for service: any LocalService) async throws(ListenFailure) -> BoundService {
        let (socket, isShared) = try sockets.socket(for: target, name: "admin")
        let bound = BoundSocket(target, socket, isShared: isShared, worker: worker(0))
        await bound.start(.service(service))
        return BoundService(socket: bound)
    }

    /// How the upstreams do, in the order of the configuration: at most a quarter of a second old.
    package var upstreamSnapshots: [UpstreamSnapshot] { state.withLock { $0.upstreams }.map(\.board.snapshot) }

    /// The configuration in force.
    package var configuration: Configuration { state.withLock { $0.provision.configuration.source } }

    /// Closes sockets that were handed to this process and that no listener is for; returns them, for people.
    package func closeUnclaimedSockets() -> [String] { sockets.closeUnclaimed() }

    /// What all event loops have counted.
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

    /// Another process listens on the same addresses: from now on this one gets all new connections there.
    /// Returns whether all listeners could do that; where they cannot, the kernel shares connections out.
    package func takeOver() -> Bool {
        let state = state.withLock { $0 }
        var isAlone = true
        for bound in state.listeners.map(\.socket) + state.services.map(\.socket) where sockets.isBesideAnother(bound.target) {
            if case .tcp = bound.target, !bound.isShared, !bound.socket.takeAll(index: 1) { isAlone = false }
        }
        return isAlone
    }

    /// Stops listening, tells clients to go and waits until the last exchange has ended, at most `grace` milliseconds; what
    /// is open then is cut off. Returns whether all of them ended by themselves.
    package func drain(grace: Int) async -> Bool {
        await stopListening()
        // All at once: an exchange that takes long on one loop must not keep idle connections on another.
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

    /// Cuts off everything that is still open.
    package func stop() async {
        await stopListening()
        for worker in workers { _ = await worker.ask { $0.stop() } }
    }

    /// After `drain` or `stop`: ends the event loops and writes what is left of the log, as far as somebody reads it.
    package func shutDown() async {
        await stop()
        for upstream in state.withLock({ $0.upstreams }) { await upstream.watch?.stop() }
        for worker in workers { await worker.end() }
        accessLog?.drain()
    }
}
