import HTTPModel
import HeaderPolicy
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import ProxyCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why a connection could not be made.
struct DialFailure: Error {
    var fault: UpstreamFault
    /// For people.
    var cause: String
    /// Of a name, the address that was tried last.
    var address = ""
}

/// Makes the connections of one event loop to one server: TCP or a Unix socket, and TLS where it is asked for.
final class Dialer {
    private unowned let worker: Worker
    private let upstream: String
    private let server: ServerIdentity
    private let security: UpstreamSecurity?
    var isSecured: Bool { security != nil }
    /// What is logged, and milliseconds of the loop's clock before which it is not logged again.
    private var quiet: [String: (until: Int, unlogged: Int)] = [:]

    /// An app that is down must not fill the log: one line in so many milliseconds.
    private static let logInterval = 1_000

    /// - Parameter upstream: its name, for logs.
    init(_ upstream: String, _ server: ServerIdentity, security: UpstreamSecurity?, worker: Worker) {
        self.upstream = upstream
        self.server = server
        self.security = security
        self.worker = worker
    }

    /// Connects, within `timeout` milliseconds (0 is for ever), TLS included. Each attempt gets a handler of its own, for a name
    /// may have several addresses; `done` gets that of the one which succeeded.
    func dial<Connection: ChannelHandler>(
        timeout: Int, make: @escaping () -> Connection, done: @escaping (Result<Connection, DialFailure>) -> Void
    ) {
        let target = server.target
        let named = server.named
        let limit: TimeAmount = timeout > 0 ? .milliseconds(Int64(timeout)) : .hours(1)
        let limitOfDescriptors = worker.occupancy.descriptors.upstreams
        let state = NIOLoopBound((make, security, self), eventLoop: worker.eventLoop)
        var bootstrap = ClientBootstrap(group: worker.eventLoop)
            .channelOption(.writeBufferWaterMark, value: Worker.waterMark)
            // The app's end is told from a connection that broke.
            .channelOption(.allowRemoteHalfClosure, value: security == nil)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (make, security, _) = state.value
                    let pipeline = channel.pipeline.syncOperations
                    // The last ones are for those who ask how the process is.
                    let number = try? pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
                    if Int(number ?? 0) >= limitOfDescriptors { throw IOError(errnoCode: EMFILE, reason: "socket") }
                    if let security {
                        let tls = try security.handler(for: named)
                        try pipeline.addHandler(SocketOutlet())
                        try pipeline.addHandler(tls)
                        try pipeline.addHandler(RecordSlicer())
                        try pipeline.addHandler(
                            TLSWatch(
                                tls, requiredProtocol: security.requiredProtocol, name: security.requiredName(of: named),
                                limit: limit))
                    }
                    try pipeline.addHandler(make())
                }
            }
        if case .tcp = target { bootstrap = bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1) }
        bootstrap.connect(to: target, within: limit).assumeIsolated().whenComplete { result in
            let dialer = state.value.2
            let finish = { (result: Result<Connection, DialFailure>) in
                if case .failure(let failure) = result {
                    if failure.fault == .overloaded {
                        dialer.worker.sayShortage("no connections to apps")
                    } else {
                        dialer.log(failure)
                    }
                }
                done(result)
            }
            do {
                let pipeline = try result.get().pipeline.syncOperations
                let connection = try pipeline.handler(type: Connection.self)
                guard dialer.security != nil else { return finish(.success(connection)) }
                try pipeline.handler(type: TLSWatch.self).whenDone { finish($0.map { connection }) }
            } catch {
                finish(.failure(Self.failure(error)))
            }
        }
    }

    private static func failure(_ error: any Error) -> DialFailure {
        if isShortage(error) { return DialFailure(fault: .overloaded, cause: systemText(error)) }
        if case ChannelError.connectTimeout = error { return DialFailure(fault: .connectTimeout, cause: "no answer in time") }
        if let error = error as? NoAddressAnswers {
            return DialFailure(
                fault: error.isTimeout ? .connectTimeout : .connectFailed, cause: error.text,
                address: error.attempts.last.map { hostText($0.address) } ?? "")
        }
        if let error = error as? NIOConnectionError {
            guard let last = error.connectionErrors.last else {
                let lookup = error.dnsAError ?? error.dnsAAAAError
                return DialFailure(fault: .connectFailed, cause: lookup.map { "\($0)" } ?? "\(error)")
            }
            let tried = NoAddressAnswers(attempts: error.connectionErrors.map { ($0.target, $0.error) })
            // The log has the address already where that was all.
            let isName = IPAddress(error.host.utf8.span) == nil
            if tried.isTimeout {
                return DialFailure(
                    fault: .connectTimeout, cause: "no answer in time", address: isName ? hostText(last.target) : "")
            }
            return DialFailure(
                fault: .connectFailed, cause: isName ? tried.text : systemText(last.error),
                address: isName ? hostText(last.target) : "")
        }
        return DialFailure(fault: .connectFailed, cause: systemText(error))
    }

    /// This process has no descriptor left, or the machine has none: nothing that the server could help.
    private static func isShortage(_ error: any Error) -> Bool {
        if let error = error as? NIOConnectionError { return error.connectionErrors.contains { isShortage($0.error) } }
        if let error = error as? NoAddressAnswers { return error.attempts.contains { isShortage($0.error) } }
        return [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains((error as? IOError)?.errnoCode ?? 0)
    }

    /// Tells people what the client must not know.
    func log(_ failure: DialFailure) {
        var details: Logger.Metadata = ["cause": "\(failure.cause)"]
        if !failure.address.isEmpty { details["address"] = "\(failure.address)" }
        log("upstream connection failed", failure.fault, key: failure.fault.rawValue, details)
    }

    /// - Parameter key: what is the same has one line in so many milliseconds; one of a few words.
    func log(_ message: Logger.Message, _ fault: UpstreamFault, key: String, _ details: Logger.Metadata) {
        let now = worker.clock.now
        let former = quiet[key, default: (until: .min, unlogged: 0)]
        guard now >= former.until else { return quiet[key] = (former.until, former.unlogged + 1) }
        quiet[key] = (now + Self.logInterval, 0)
        var metadata: Logger.Metadata = ["upstream": "\(upstream)", "peer": "\(server)", "reason": "\(fault.rawValue)"]
        metadata.merge(details) { $1 }
        if former.unlogged > 0 { metadata["not_logged"] = "\(former.unlogged)" }
        worker.logger.warning(message, metadata: metadata)
    }
}

/// Stands behind TLS and tells how the handshake ended. Afterwards it lets everything pass.
final class TLSWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias Outcome = Result<Void, DialFailure>

    private let tls: NIOSSLClientHandler
    private let requiredProtocol: String?
    private let name: String?
    private let limit: TimeAmount
    private var timer: Scheduled<Void>?
    private var outcome: Outcome?
    private var listener: ((Outcome) -> Void)?

    /// - Parameters:
    ///   - requiredProtocol: what ALPN has to agree on; nil takes anything.
    ///   - name: what the certificate has to be for; nil takes any that the library takes.
    init(_ tls: NIOSSLClientHandler, requiredProtocol: String?, name: String?, limit: TimeAmount) {
        self.tls = tls
        self.name = name
        self.requiredProtocol = requiredProtocol
        self.limit = limit
    }

    func whenDone(_ listener: @escaping (Outcome) -> Void) {
        if let outcome { listener(outcome) } else { self.listener = listener }
    }

    private func end(_ outcome: Outcome, _ context: ChannelHandlerContext) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        timer?.cancel()
        timer = nil
        let listener = listener
        self.listener = nil
        listener?(outcome)
        if case .failure = outcome { context.close(promise: nil) }
    }

    private func fail(_ cause: String, _ context: ChannelHandlerContext) {
        end(.failure(DialFailure(fault: .tlsFailed, cause: cause)), context)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let state = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: limit) {
            let (watch, context) = state.value
            watch.end(
                .failure(DialFailure(fault: .connectTimeout, cause: "the TLS handshake took too long")), context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { fail("the connection was closed", context) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted(let agreed) = event {
            if let requiredProtocol, agreed != requiredProtocol {
                fail(
                    "it does not speak HTTP/2 over TLS: it agreed to \(agreed.map { "`\($0)`" } ?? "no protocol") (ALPN)", context
                )
            } else if let name, tls.peerCertificate.map({ ServerName.isNamed(name, by: $0) }) != true {
                fail("its certificate is not for \(name)", context)
            } else {
                end(.success(()), context)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard outcome == nil else { return context.fireErrorCaught(error) }
        let cause =
            TLSFailure.isTLS(error)
            ? TLSFailure.cause(error, certificate: tls.peerCertificate, now: WallClock.unixSeconds()) : "\(error)"
        fail(cause, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail("it closed the connection during the handshake", context)
        context.fireChannelInactive()
    }
}
