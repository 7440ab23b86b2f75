import HTTPModel
import NIOCore
import NIOPosix
import ProxyCore

/// None of the addresses that a host is known to have took a connection.
struct NoAddressAnswers: Error {
    /// In the order in which they were tried.
    var attempts: [(address: SocketAddress, error: any Error)]

    var text: String { attempts.map { "\(hostText($0.address)): \(systemText($0.error))" }.joined(separator: "; ") }
    var isTimeout: Bool {
        attempts.contains { if case ChannelError.connectTimeout = $0.error { true } else { false } }
    }
}

/// An address as the log says it: `127.0.0.1:80`, `[::1]:80`.
func hostText(_ address: SocketAddress) -> String {
    guard let host = address.ipAddress, let port = address.port else { return "\(address)" }
    return "\(SocketTarget.tcp(host: host, port: port))"
}

extension ClientBootstrap {
    /// Connects, on this bootstrap's event loop. A name means all of its addresses, of which the next is tried when one refuses;
    /// `localhost` is both loopbacks, whatever the machine's table of hosts says: apps listen on the one or the other.
    func connect(to target: SocketTarget, within limit: TimeAmount) -> EventLoopFuture<any Channel> {
        switch target {
        case .unix(let path): return connectTimeout(limit).connect(unixDomainSocketPath: path)
        case .tcp(let host, let port):
            let loopbacks = NameLookups.isLoopback(host) ? ["127.0.0.1", "::1"] : []
            let addresses = loopbacks.compactMap { try? SocketAddress(ipAddress: $0, port: port) }
            guard !addresses.isEmpty else { return connectTimeout(limit).connect(host: host, port: port) }
            return connect(to: addresses[...], until: NIODeadline.now() + limit, after: [])
        }
    }

    private func connect(
        to addresses: ArraySlice<SocketAddress>, until deadline: NIODeadline,
        after attempts: [(address: SocketAddress, error: any Error)]
    ) -> EventLoopFuture<any Channel> {
        let address = addresses[addresses.startIndex]
        let made = connectTimeout(max(.milliseconds(1), deadline - NIODeadline.now())).connect(to: address)
        return made.assumeIsolated().flatMapError { [self] error in
            let attempts = attempts + [(address, error)]
            let rest = addresses.dropFirst()
            guard !rest.isEmpty, NIODeadline.now() < deadline else {
                return made.eventLoop.makeFailedFuture(NoAddressAnswers(attempts: attempts))
            }
            return connect(to: rest, until: deadline, after: attempts)
        }.nonisolated()
    }
}
