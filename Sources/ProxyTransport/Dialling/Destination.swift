import ProxyCore
import TLS

/// Where a connection leads, and how it is secured.
final class Destination: Sendable {
    let addresses: AddressList
    /// The server whose name the certificate must have.
    let named: SocketTarget
    /// The TLS settings; nil for cleartext.
    let security: UpstreamSecurity?

    init(_ target: SocketTarget, named: SocketTarget, security: UpstreamSecurity? = nil) {
        addresses = AddressList(target)
        self.named = named
        self.security = security
    }

    /// Why there is no TLS with the server, in words.
    func words(for fault: Fault) -> String { security?.words(for: fault, of: named) ?? fault.reason }
}
