import EventLoop
package import ProxyCore

/// Why listening at an address failed; the description leaves the address out.
package struct ListenFailure: Error, CustomStringConvertible {
    package let target: SocketTarget
    package let description: String

    init(_ target: SocketTarget, _ error: SystemError) {
        self.target = target
        let cause = error.text
        description =
            switch error {
            case _ where error.isAddressInUse:
                "\(cause): another process listens there, or this one at another address of the port, which takes a restart; `ss -ltnp` shows which"
            case _ where error.isForbidden: "\(cause): \(Self.need(of: target))"
            case _ where error.isNoAddressHere: "\(cause): it is no address of this machine"
            case _ where error.isNoSocket: Self.noSocket(target)
            default: cause
            }
    }

    private static func need(of target: SocketTarget) -> String {
        guard case .unix = target else { return "ports below 1024 need root, or CAP_NET_BIND_SERVICE" }
        return "this user may not write into the socket's folder"
    }

    private static func noSocket(_ target: SocketTarget) -> String {
        guard case .unix(let path) = target else { return "it is no socket" }
        return "`\(path)` is there and is no socket"
    }
}
