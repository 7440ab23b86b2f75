import Admin
import ArgumentParser
import Foundation
import HeaderPolicy
import Logging
import ProxyCore
import ProxyTransport

/// The process around the server: listeners, log, signals, the way down.
struct Service {
    let configuration: Configuration
    let logger: Logger

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
        let server = try await makeServer(compiled)
        do {
            if let admin = configuration.admin {
                let address = try await server.listen(on: admin.value, for: AdminService(readiness: readiness))
                logger.info("admin listening", metadata: ["address": "\(address)"])
            }
            let addresses = try await server.listen()
            for address in addresses { logger.info("listening", metadata: ["address": "\(address)"]) }
            readiness.set(.ready)
            started(addresses)
        } catch {
            let targets = (configuration.admin.map { [$0.value] } ?? []) + configuration.listeners.map(\.bind.value)
            logger.critical(
                "cannot listen",
                metadata: ["error": "\(error)", "addresses": "\(targets.map(\.description).joined(separator: ", "))"])
            await server.shutDown()
            throw ExitCode(1)
        }
        await untilSignalled(signals, server, readiness)
        await server.shutDown()
    }

    private func makeServer(_ compiled: CompiledConfiguration) async throws -> Server {
        do {
            return try await Server(configuration: compiled, accessLog: AccessLogSink(descriptor: 1), logger: logger)
        } catch let fault as ConfigurationFault {
            StandardError.write("\(fault.location): error: \(fault.message)\n")
            throw ExitCode(2)
        }
    }

    private func untilSignalled(_ signals: Signals, _ server: Server, _ readiness: Readiness) async {
        var received = signals.stream.makeAsyncIterator()
        _ = await received.next()
        readiness.set(.draining)
        let grace = configuration.timeouts.drain
        logger.info("draining", metadata: ["grace_ms": "\(grace)"])
        let outcome = await withTaskGroup(of: String.self) { tasks in
            tasks.addTask { await server.drain(grace: grace) ? "drained" : "drain_timeout" }
            tasks.addTask {
                for await _ in signals.stream { break }
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

/// SIGTERM and SIGINT as a stream.
final class Signals: Sendable {
    let stream: AsyncStream<Int32>
    // Set once, never read: it keeps the sources alive.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        signal(SIGPIPE, SIG_IGN)
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
    }
}
