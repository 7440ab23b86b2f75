import EventLoop
import TLS

/// Why a connection could not be made.
enum NoConnection {
    case unknown(name: String, SystemError)
    /// None of the addresses accepted a connection.
    case refused(Attempts)
    /// There are no descriptors left, or no memory for sockets.
    case shortage(SystemError)
    /// The time was up, at that address; nil while the name was looked up.
    case late(Endpoint?, isHandshake: Bool)
    /// The connection ended during the handshake.
    case broken(SystemError)
    case tls(Fault)
    /// TLS settled on that protocol, or on none, although another one is required.
    case otherProtocol(String?)
    /// There is no memory for TLS.
    case noSession

    /// The addresses that were tried, in this order, and what came of each.
    struct Attempts {
        var all: [(address: Endpoint, error: SystemError)] = []

        /// The errors as text, each with its address if there were several.
        var text: String { all.count == 1 ? all[0].error.text : namedText }

        /// The errors as text, each with its address.
        var namedText: String { all.map { "\($0.address): \($0.error.text)" }.joined(separator: "; ") }

        var isTimeout: Bool { all.contains(where: \.error.isTimeout) }
    }
}
