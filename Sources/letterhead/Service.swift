import Admin
import ArgumentParser
import Foundation
import HTTPModel
import HeaderPolicy
import Logging
import ProxyCore
import ProxyTransport

/// The process around the server: listeners, log, signals, the way down.
struct Service {
    let configuration: Configuration
    let logger: Logger
    private let notification = ServiceNotification()

    init(configuration: Configuration) {
        self.configuration = configuration
        logger = Logger(label: "letterhead") { _ in JSONLogHandler() }
    }

    /// Runs until a signal ends it. `started` is told the addresses of the listeners.
    func run(started: ([SocketTarget]) -> Void = { _ in }) async throws {
        let compiled: CompiledConfiguration
        do {
            compiled = try CompiledConfiguration(configuration)
        } catch {
            for problem in error.errors { StandardError.write("\(problem.location): error: \(problem.message)\n") }
            throw ExitCode(2)
        }
        let signals = Signals()
        let readiness = Readiness()
        for upstream in configuration.upstreams where upstream.tls?.verifies == false {
            logger.warning(
                "certificates of this upstream are not verified: whoever is on the way can read and change everything",
                metadata: ["upstream": "\(upstream.name)"])
        }
        let ring = ExchangeRing(compiled)
        let server = try await makeServer(compiled, observer: ring)
        do {
            if let admin = configuration.admin {
                let inspector = Inspector(ring, at: admin.value, writing: .asJSON)
                let service = AdminService(readiness: readiness, inspector: inspector)
                let address = try await server.listen(on: admin.value, for: service)
                logger.info("admin listening", metadata: ["address": "\(address)"])
            }
            let addresses = try await server.listen()
            for address in addresses { logger.info("listening", metadata: ["address": "\(address)"]) }
            readiness.set(.ready)
            started(addresses)
            notification.ready()
        } catch {
            let targets = (configuration.admin.map { [$0.value] } ?? []) + configuration.listeners.map(\.bind.value)
            logger.critical(
                "cannot listen",
                metadata: ["error": "\(error)", "addresses": "\(targets.map(\.description).joined(separator: ", "))"])
            await server.shutDown()
            throw ExitCode(1)
        }
        let life = Task { await notification.keepAlive { await isAlive() } }
        await untilSignalled(signals, server, readiness)
        life.cancel()
        await server.shutDown()
    }

    private func makeServer(_ compiled: CompiledConfiguration, observer: any ExchangeObserver) async throws -> Server {
        do {
            return try await Server(
                configuration: compiled, accessLog: AccessLogSink(descriptor: 1), observer: observer, logger: logger)
        } catch let error as PolicyErrors {
            for problem in error.errors { StandardError.write("\(problem.location): error: \(problem.message)\n") }
            throw ExitCode(2)
        }
    }

    /// Whether the event loops still answer: asked of the admin listener, where there is one with a known port.
    private func isAlive() async -> Bool {
        guard let admin = configuration.admin?.value else { return true }
        if case .tcp(_, port: 0) = admin { return true }
        return (try? await HealthProbe.get("/livez", from: admin, timeout: 5_000)) == 200
    }

    private func untilSignalled(_ signals: Signals, _ server: Server, _ readiness: Readiness) async {
        var received = signals.stream.makeAsyncIterator()
        while let signal = await received.next(), signal == SIGHUP { reload(server) }
        readiness.set(.draining)
        notification.stopping()
        let grace = configuration.timeouts.drain
        logger.info("draining", metadata: ["grace_ms": "\(grace)"])
        let outcome = await withTaskGroup(of: String.self) { tasks in
            tasks.addTask { await server.drain(grace: grace) ? "drained" : "drain_timeout" }
            tasks.addTask {
                for await signal in signals.stream where signal != SIGHUP { break }
                return Task.isCancelled ? "drained" : "second_signal"
            }
            let first = await tasks.next() ?? "drained"
            if first == "second_signal" { await server.stop() }
            tasks.cancelAll()
            return first
        }
        logger.info("stopped", metadata: ["reason": "\(outcome)"])
    }

    /// SIGHUP: the certificates of TLS listeners are read again.
    private func reload(_ server: Server) {
        notification.reloading()
        defer { notification.ready() }
        do {
            let count = try server.reloadCertificates()
            logger.info("certificates reloaded", metadata: ["certificates": "\(count)"])
        } catch {
            for problem in error.errors {
                logger.error(
                    "certificates not reloaded", metadata: ["error": "\(problem.message)", "at": "\(problem.location)"])
            }
        }
    }
}
