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
    let security: UpstreamSecurity?
    /// The addresses of the server.
    let addresses: AddressList
    /// For each key that was logged: until which time of the loop's clock, in milliseconds, it is not logged again, and how many
    /// lines were left out.
    private var quiet: [String: (until: Int, unlogged: Int)] = [:]

    /// The milliseconds for one log line, so that an app that is down does not fill the log.
    private static let logInterval = 1_000

    /// - Parameter upstream: the name of the upstream, for logs.
    init(_ upstream: String, _ server: ServerIdentity, security: UpstreamSecurity?, worker: Worker) {
        self.upstream = upstream
        self.server = server
        self.security = security
        self.worker = worker
        addresses = AddressList(server.target)
        if case .tcp(let host, _) = server.target { isName = IPAddress(host.utf8.span) == nil } else { isName = false }
    }

    /// Whether the server is known by a name, so that only a connection itself knows which of the addresses it has.
    let isName: Bool
    var named: SocketTarget { server.named }

    /// Why there is no TLS with the server, in words.
    func words(for fault: Fault) -> String { security?.words(for: fault, of: named) ?? fault.reason }

    /// Connects within `timeout` milliseconds (0 means no limit), including TLS. `dialled` or `dialFailed` follows.
    func dial(_ connection: UpstreamConnection, timeout: Int) { connection.dial(self, timeout: timeout) }

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
