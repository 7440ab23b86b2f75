import HTTPModel
import HeaderPolicy
import Logging
import ProxyCore
import TLS

/// Why a connection could not be made.
struct DialFailure: Error {
    var fault: UpstreamFault
    /// For people.
    var cause: String
    /// Of a name, the address that was tried last.
    var address = ""
}

/// Makes the connections of one event loop to one server, and tells people of those that cannot be made.
final class Dialer {
    private unowned let worker: Worker
    private let upstream: String
    private let server: ServerIdentity
    let security: UpstreamSecurity?
    /// Where the server is.
    let addresses: AddressList
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
        addresses = AddressList(server.target)
        if case .tcp(let host, _) = server.target { isName = IPAddress(host.utf8.span) == nil } else { isName = false }
    }

    /// It is known by a name: which address of that a connection has is told by the connection.
    let isName: Bool
    var named: SocketTarget { server.named }

    /// Why there is no TLS with the server, for people.
    func words(for fault: Fault) -> String { security?.words(for: fault, of: named) ?? fault.reason }

    /// Connects, within `timeout` milliseconds (0 is for ever), TLS included; then `dialled` or `dialFailed`.
    func dial(_ connection: UpstreamConnection, timeout: Int) { connection.dial(self, timeout: timeout) }

    // MARK: The log

    /// A connection could not be made.
    func say(_ failure: DialFailure) {
        if failure.fault == .overloaded { worker.sayShortage("no connections to apps") } else { log(failure) }
    }

    /// Tells people what the client must not know.
    func log(_ failure: DialFailure) {
        var details: Logger.Metadata = ["cause": "\(failure.cause)"]
        if !failure.address.isEmpty { details["address"] = "\(failure.address)" }
        log("upstream connection failed", failure.fault, key: failure.fault.reason.rawValue, details)
    }

    /// - Parameter key: what is the same has one line in so many milliseconds; one of a few words.
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
