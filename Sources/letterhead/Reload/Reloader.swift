import Admin
import EventLoop
import HeaderPolicy
import Logging
import ProxyConfig
import ProxyCore
import ProxyTransport

/// Reloads the configuration, one reload at a time.
actor Reloader {
    enum Cause: String { case signal, admin, watch }

    private let source: ConfigurationSource
    private let server: Server
    private let ring: ExchangeRing
    private let status: ReloadStatus
    private let notification: ServiceNotification
    private let logger: Logger
    private var makeService: (@Sendable (SocketTarget?) -> AdminService)?
    private var last: Task<[String]?, Never>?
    private var isOver = false
    private var isReading = false
    private var watch = FileWatch()

    init(
        _ source: ConfigurationSource, server: Server, ring: ExchangeRing, status: ReloadStatus,
        notification: ServiceNotification, logger: Logger
    ) {
        self.source = source
        self.server = server
        self.ring = ring
        self.status = status
        self.notification = notification
        self.logger = logger
    }

    /// Sets what makes the service for the admin listener of a later configuration, at its own address.
    func serve(_ makeService: @escaping @Sendable (SocketTarget?) -> AdminService) { self.makeService = makeService }

    /// Reloads the configuration. Nil if the new one is in force, otherwise why the old one stays.
    @discardableResult
    func reload(_ cause: Cause) async -> [String]? {
        let previous = last
        let task = TaskLoop.start {
            _ = await previous?.value
            return await self.perform(cause)
        }
        last = task
        return await task.value
    }

    /// Stops reloading; returns when the last reload is over. One that still reads its files is left alone: they may be where nothing
    /// answers.
    func end() async {
        isOver = true
        if !isReading { _ = await last?.value }
        // The services have the reloader among their actions.
        makeService = nil
    }

    private func perform(_ cause: Cause) async -> [String]? {
        guard !isOver else { return ["the process drains"] }
        notification.reloading()
        defer { if !isOver { notification.ready() } }
        let reading = await read()
        guard !isOver else { return ["the process drains"] }
        watch.watch(reading.files, keepsOthers: reading.outcome.configuration == nil)
        do {
            let provision = try reading.provision()
            let compiled = provision.configuration
            let service = makeService?(compiled.source.admin?.value)
            let outcome = try await server.reload(provision, admin: service)
            ring.configuration = compiled
            succeeded(outcome, cause, warnings: reading.outcome.diagnostics)
            LogLevel.set(compiled.source.logLevel)
            return nil
        } catch let error as ConfigurationErrors {
            return failed(error.diagnostics.filter { $0.severity == .error }.map { ("\($0.location)", $0.message) }, cause)
        } catch let error as PolicyErrors {
            return failed(error.errors.map { ("\($0.location)", $0.message) }, cause)
        } catch {
            return failed([("", "\(error)")], cause)
        }
    }

    /// Reads on a thread of its own, so that nothing else waits for a file.
    private func read() async -> ConfigurationSource.Reading {
        isReading = true
        defer { isReading = false }
        return await withCheckedContinuation { done in
            let read = { @Sendable [source] in done.resume(returning: source.read(waits: false)) }
            if !DetachedThread.start(read) { read() }
        }
    }

    private func succeeded(_ outcome: Server.Reload, _ cause: Cause, warnings: [Diagnostic]) {
        status.succeeded(pending: outcome.pending, now: WallClock.unixSeconds())
        for warning in warnings {
            logger.warning("configuration warning", metadata: ["at": "\(warning.location)", "warning": "\(warning.message)"])
        }
        for address in outcome.added { logger.info("listening", metadata: ["address": "\(address)"]) }
        for address in outcome.removed { logger.info("no longer listening", metadata: ["address": "\(address)"]) }
        for note in outcome.pending { logger.warning("needs a restart", metadata: ["what": "\(note)"]) }
        logger.info("configuration reloaded", metadata: ["cause": "\(cause.rawValue)"])
        TaskLoop.start {
            // Reading has needed the same pages as at the start; by then the workers have let go of the former configuration.
            await TaskLoop.pause(Service.settling)
            ReturnedMemory.giveBackText()
        }
    }

    private func failed(_ problems: [(place: String, message: String)], _ cause: Cause) -> [String] {
        for problem in problems {
            logger.error(
                "configuration not reloaded",
                metadata: ["cause": "\(cause.rawValue)", "at": "\(problem.place)", "error": "\(problem.message)"])
        }
        let lines = problems.map { $0.place.isEmpty ? $0.message : "\($0.place): error: \($0.message)" }
        status.failed(lines)
        return lines
    }

    /// Checks the files periodically, and reloads when one has changed. Ends when its task is cancelled.
    func keepWatching(_ files: [String: FileWatch.Digest]) async {
        watch.watch(files)
        while !Task.isCancelled {
            await TaskLoop.pause(FileWatch.interval)
            if watch.hasChanged() { await reload(.watch) }
        }
    }
}
