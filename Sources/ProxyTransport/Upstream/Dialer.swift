import EventLoop
import HTTPModel
import HeaderPolicy
import Logging
import ProxyCore
import TLS

/// Why a connection could not be made.
struct DialFailure: Error {
    var fault: UpstreamFault
    /// The cause in words, for the log.
    var cause: String
    /// The last address that was tried, for a server that is known by a name.
    var address = ""
}

/// Makes the connections of one event loop to one server, and logs those that fail.
final class Dialer {
    private unowned let worker: Worker
    private let upstream: String
    private let server: ServerIdentity
    let destination: Destination
    /// For each key that was logged: until which time of the loop's clock, in milliseconds, it is not logged again, and how many
    /// lines were left out.
    private var quiet: [String: (until: Int, unlogged: Int)] = [:]

    /// The milliseconds for one log line, so that an app that is down does not fill the log.
    private static let logInterval = 1_000

    /// - Parameter upstream: the name of the upstream, for logs.
    init(_ upstream: String, _ server: ServerIdentity, security: UpstreamSecurity?, worker: Worker) {
        self.upstream = upstream
        self.server = server
        self.worker = worker
        destination = Destination(server.target, named: server.named, security: security)
        if case .tcp(let host, _) = server.target { isName = IPAddress(host.utf8.span) == nil } else { isName = false }
    }

    /// Whether the server is known by a name, so that only a connection itself knows which of the addresses it has.
    let isName: Bool

    /// Connects within `timeout` milliseconds (0 means no limit), including TLS. `dialled` or `dialFailed` follows.
    func dial(_ connection: UpstreamConnection, timeout: Int) { connection.dial(self, timeout: timeout) }

    /// What it means for a request that there is no connection.
    func failure(_ why: NoConnection) -> DialFailure {
        switch why {
        case .unknown(_, let error): return DialFailure(fault: .connectFailed, cause: error.text)
        case .refused(let attempts):
            guard let last = attempts.all.last else { return DialFailure(fault: .connectFailed, cause: "no address is known") }
            return DialFailure(
                fault: attempts.isTimeout ? .connectTimeout : .connectFailed,
                cause: isName ? attempts.namedText : last.error.text, address: isName ? "\(last.address)" : "")
        case .shortage(let error): return DialFailure(fault: .overloaded, cause: error.text)
        case .late(let address, let isHandshake):
            return DialFailure(
                fault: .connectTimeout, cause: isHandshake ? "the TLS handshake took too long" : "no answer in time",
                address: isName ? address.map { "\($0)" } ?? "" : "")
        case .broken: return failure(.tls(Fault("closed_during_handshake")))
        case .tls(let fault): return DialFailure(fault: .tlsFailed, cause: destination.words(for: fault))
        case .otherProtocol(let agreed): return DialFailure(fault: .tlsFailed, cause: TLSWords.noHTTP2(agreed))
        case .noSession: return DialFailure(fault: .tlsFailed, cause: "TLS cannot be set up")
        }
    }

    // MARK: The log

    /// Reports that a connection could not be made.
    func say(_ failure: DialFailure) {
        if failure.fault == .overloaded { worker.sayShortage("no connections to apps") } else { log(failure) }
    }

    /// Logs a failure, whose details the client must not learn.
    func log(_ failure: DialFailure) {
        var details: Logger.Metadata = ["cause": "\(failure.cause)"]
        if !failure.address.isEmpty { details["address"] = "\(failure.address)" }
        log("upstream connection failed", failure.fault, key: failure.fault.reason.rawValue, details)
    }

    /// - Parameter key: lines with the same key are limited to one per interval. There are only a few keys.
    func log(_ message: Logger.Message, _ fault: UpstreamFault, key: String, _ details: Logger.Metadata) {
        let now = worker.clock.now
        let former = quiet[key, default: (until: .min, unlogged: 0)]
        guard now >= former.until else { return quiet[key] = (former.until, former.unlogged + 1) }
        quiet[key] = (now + Self.logInterval, 0)
        var metadata: Logger.Metadata = ["upstream": "\(upstream)", "peer": "\(server)", "reason": "\(fault.reason.rawValue)"]
        metadata.merge(details) { $1 }
        if former.unlogged > 0 { metadata["not_logged"] = "\(former.unlogged)" }
        worker.logger.warning(message, metadata: metadata)
    }
}
