import NIOCore
import NIOPosix
public import ProxyCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why nobody can be heard at an address; in words, without the address.
public struct ListenFailure: Error, CustomStringConvertible {
    public let target: SocketTarget
    public let description: String

    init(_ target: SocketTarget, _ error: any Error) {
        self.target = target
        let cause = systemText(error)
        description =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE: "\(cause): another process listens there; `ss -ltnp` shows which"
            case EACCES: "\(cause): ports below 1024 need root, or CAP_NET_BIND_SERVICE"
            case EADDRNOTAVAIL: "\(cause): it is no address of this machine"
            default: cause
            }
    }
}

/// What the system says about an error, `Connection refused`; of others, what they say of themselves.
func systemText(_ error: any Error) -> String {
    guard let error = error as? IOError else { return "\(error)" }
    // The pointer is to a constant text.
    return unsafe String(cString: strerror(error.errnoCode))
}

/// Why no connection could be made.
func connectionText(_ error: any Error) -> String {
    if let error = error as? NoAddressAnswers { return error.text }
    guard let error = error as? NIOConnectionError else { return systemText(error) }
    return error.connectionErrors.first.map { systemText($0.error) } ?? "no address for \(error.host)"
}
