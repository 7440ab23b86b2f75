import Admin
import EventLoop
import HTTPModel
import HeaderPolicy
import Logging
import ProxyConfig
import ProxyCore
import ProxyTransport
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The serving process: listeners, log, signals, reloads and the shutdown.
struct Service {
    private let source: ConfigurationSource
    private let first: FirstConfiguration
    private let logger: Logger
    /// The files that the first reading depended on.
    private let files: [String: FileWatch.Digest]
    /// The process that this one replaces, if any.
    private let predecessor: Predecessor?
    private let logs = ServiceLogs()
    private let descriptors = DescriptorLimit.raised()
    private let notification = ServiceNotification()
    private let readiness = Readiness()
    private let status = ReloadStatus(now: WallClock.unixSeconds())

    /// The configuration that the process starts with. It is taken from here by the start, because after a reload nobody needs it.
    private final class FirstConfiguration: Sendable {
        private let provision: Mutex<Provision?>

        init(_ provision: Provision) { self.provision = Mutex(provision) }

        func take() throws -> Provision {
            guard let provision = provision.withLock({ $0.take() }) else { throw ExitCode(1) }
            return provision
        }
    }

    /// Reads the configuration. Errors are written to standard error, and the exit code is then 2.
    init(_ source: ConfigurationSource, predecessor: Int32? = nil, handler: any LogHandler = JSONLogHandler()) throws {
        let reading = source.read(waits: true)
        let provision = try ConfigurationOption.reporting { () throws(ConfigurationErrors) in try reading.provision() }
        let configuration = provision.configuration.source
        for warning in reading.outcome.diagnostics { StandardError.write("\(warning)\n") }
        self.source = source
        first = FirstConfiguration(provision)
        do throws(Predecessor.Refusal) {
            let targets = configuration.listeners.map(\.bind.value) + [configuration.admin?.value].compactMap { $0 }
            self.predecessor = try predecessor.map { id throws(Predecessor.Refusal) in try Predecessor(id, for: targets) }
        } catch {
            StandardError.write("letterhead: cannot take over: \(error)\nhelp: `ss -ltnp` shows who listens\n")
            throw ExitCode(1)
        }
        files = reading.files
        LogLevel.set(configuration.logLevel)
        logger = Logger(label: "letterhead") { _ in handler }
    }

    /// The milliseconds for exchanges in progress when a signal comes; nil: as `timeouts.drain` says.
    var drain: Int?

    /// Runs once, until a signal ends it. `started` is called with the addresses of the listeners and of the admin listener.
    func run(
        _ signals: Signals = Signals(), started: ([SocketTarget], _ admin: SocketTarget?) -> Void = { _, _ in }
    ) async throws {
        let (server, reloader) = try await start(first.take(), started)
        if let predecessor { await replace(predecessor, server) }
        let tasks = [
            TaskLoop.start { await notification.keepAlive { await isAlive(server) } },
            TaskLoop.start { if server.configuration.watch { await reloader.keepWatching(files) } },
            TaskLoop.start {
                // Wait until the first connections have been taken.
                await TaskLoop.pause(Self.settling)
                if !Task.isCancelled { ReturnedMemory.giveBackText() }
            },
        ]
        await untilSignalled(signals, server, reloader)
        for task in tasks { task.cancel() }
        await server.shutDown()
        logs.leave()
    }

    /// Starts to listen.
    private func start(
        _ provision: Provision, _ started: ([SocketTarget], _ admin: SocketTarget?) -> Void
    ) async throws -> (Server, Reloader) {
        let configuration = provision.configuration.source
        try checkDescriptors(configuration)
        for upstream in configuration.upstreams where upstream.tls?.verifies == false {
            logger.warning(
                "certificates of this upstream are not verified: whoever is on the way can read and change everything",
                metadata: ["upstream": "\(upstream.name)"])
        }
        let ring = ExchangeRing(provision.configuration)
        let server = try await Server(
            provision, accessLog: logs.access,
            sockets: SocketSource(environment: Environment.current, beside: predecessor?.listeners ?? []),
            descriptors: descriptors, observer: ring, logger: logger)
        let reloader = Reloader(source, server: server, ring: ring, status: status, notification: notification, logger: logger)
        let makeService = { @Sendable [readiness, status, actions = actions(reloader, server)] (admin: SocketTarget?) in
            AdminService(
                readiness: readiness, at: admin, reloads: status, actions: actions,
                inspector: Inspector(ring, at: admin, writing: .asJSON),
                upstreams: { server.upstreamSnapshots }, violations: { server.reports.violations })
        }
        await reloader.serve(makeService)
        let service = makeService(configuration.admin?.value)
        do {
            var adminAddress: SocketTarget?
            if let admin = configuration.admin {
                let address = try await server.listen(on: admin.value, for: service)
                adminAddress = address
                logger.info("admin listening", metadata: ["address": "\(address)"])
            }
            let addresses = try await server.listen()
            for address in addresses { logger.info("listening", metadata: ["address": "\(address)"]) }
            for socket in server.sockets.closeUnclaimed() {
                logger.warning("no listener for a socket that was handed over", metadata: ["socket": "\(socket)"])
            }
            for socket in server.sockets.unusable {
                logger.warning("what was handed over is no listening socket", metadata: ["socket": "\(socket)"])
            }
            compareDescriptors(configuration)
            readiness.set(.ready)
            started(addresses, adminAddress)
            notification.ready()
        } catch {
            let targets = (configuration.admin.map { [$0.value] } ?? []) + configuration.listeners.map(\.bind.value)
            let failed = (error as? ListenFailure).map { [$0.target] } ?? targets
            logger.critical(
                "cannot listen",
                metadata: ["error": "\(error)", "address": "\(failed.map(\.description).joined(separator: ", "))"])
            await reloader.end()
            await server.shutDown()
            throw ExitCode(1)
        }
        return (server, reloader)
    }

    private func checkDescriptors(_ configuration: Configuration) throws {
        let workers = configuration.workers ?? SystemLimits.cores
        let least = DescriptorLimit.least(workers: workers)
        guard descriptors.count >= least else {
            logger.critical(
                "too few files may be open",
                metadata: ["open_files": "\(descriptors.count)", "least": "\(least)", "help": "ulimit -n"])
            throw ExitCode(1)
        }
    }

    /// Warns if more clients may connect than there are descriptors beside those that the process has for itself.
    private func compareDescriptors(_ configuration: Configuration) {
        let (limit, fitting) = (configuration.limits.connections, descriptors.clients - ProcessUsage.currentOpenFiles())
        guard limit > fitting else { return }
        logger.warning(
            "limits.connections does not fit the limit of open files",
            metadata: [
                "connections": "\(limit)", "open_files": "\(descriptors.count)",
                "fitting": "\(max(0, fitting))", "help": "\(DescriptorLimit.help); each connection to an app takes one as well",
            ])
    }

    private func actions(_ reloader: Reloader, _ server: Server) -> AdminActions {
        let (logger, logs) = (logger, logs)
        return AdminActions(
            reload: { await reloader.reload(.admin) },
            logLevel: { LogLevel.value.rawValue },
            setLogLevel: { word in
                guard let level = Logger.Level(rawValue: word) else { return false }
                LogLevel.set(level)
                logger.notice("log level", metadata: ["level": "\(word)"])
                return true
            },
            metrics: { await server.metrics() }, process: { ProcessFacts.read(logs) })
    }

    /// The time allowed for connection handshakes that began before this process took over: they end at the predecessor's socket,
    /// which must still exist.
    private static let handshakes = Duration.seconds(1)

    /// The time after a configuration has come into force when memory that only reading it needed is given back.
    static let settling = Duration.seconds(1)

    /// Takes over all new connections from another process, and tells it to drain.
    private func replace(_ predecessor: Predecessor, _ server: Server) async {
        let isAlone = server.takeOver()
        await TaskLoop.pause(Self.handshakes)
        let error = predecessor.end()
        logger.info(
            "took over",
            metadata: [
                "from": "\(predecessor.id)", "all_connections": "\(isAlone)",
                "signalled": "\(error == 0 ? "yes" : SystemFile.Failure(error).description)",
            ])
    }

    /// Whether the event loops still respond. This asks the admin listener, if there is one.
    private func isAlive(_ server: Server) async -> Bool {
        guard let admin = server.adminAddress else { return true }
        return (try? await HealthProbe.get("/livez", from: admin, timeout: 5_000)) == 200
    }

    private func untilSignalled(_ signals: Signals, _ server: Server, _ reloader: Reloader) async {
        var received = signals.stream.makeAsyncIterator()
        while let signal = await received.next(), signal != SIGTERM {
            if let foreign = Signals.foreign[signal] {
                logger.warning("signal ignored", metadata: ["signal": "\(foreign.name)", "help": "\(foreign.help)"])
            } else {
                TaskLoop.start { await reloader.reload(.signal) }
            }
        }
        readiness.set(.draining)
        await reloader.end()
        notification.stopping()
        let grace = drain ?? server.configuration.timeouts.drain
        logger.info("draining", metadata: ["grace_ms": "\(grace)"])
        let outcome = await withTaskGroup(of: String.self) { tasks in
            tasks.addTask { await server.drain(grace: grace) ? "drained" : "drain_timeout" }
            tasks.addTask {
                for await signal in signals.stream where signal == SIGTERM { break }
                return Task.isCancelled ? "drained" : "second_signal"
            }
            let first = await tasks.next() ?? "drained"
            if first == "second_signal" { await server.stop() }
            tasks.cancelAll()
            return first
        }
        logger.info("stopped", metadata: ["reason": "\(outcome)"])
    }
}
