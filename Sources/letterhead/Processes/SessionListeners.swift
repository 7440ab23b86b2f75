import EventLoop
import ProxyCore

/// The addresses on which the processes of a session listen, as far as the system tells. Linux does so for processes of the same
/// user.
enum SessionListeners {
    /// Returns addresses to connect to. A socket that listens on all addresses of the machine is reached by a loopback address.
    ///
    /// - Parameter id: the process ID of the session's leader.
    static func of(_ id: Int32) -> [SocketTarget] {
        listeners { $0 == id }
    }

    /// Likewise, of all that belong to other sessions: programs that have nothing to do with that one. What listens for a container is
    /// another user's, and is not told.
    static func ofOthers(than id: Int32) -> [SocketTarget] {
        listeners { $0 != id }
    }

    private static func listeners(_ isMeant: (_ session: Int32) -> Bool) -> [SocketTarget] {
        #if os(Linux)
            let processes = ((try? SystemFile.names(in: "/proc")) ?? []).compactMap { Int32($0) }
            let heard = processes.filter { ProcessFile.session(of: $0).map(isMeant) ?? false }.flatMap(ProcessFile.listening)
            return Set(heard).flatMap(targets)
        #else
            return []
        #endif
    }

    private static func targets(_ address: BoundAddress) -> [SocketTarget] {
        switch address {
        case .unix: []
        case .ip(let address, let port):
            hosts(address).map { .tcp(host: $0, port: port.reduce(0) { $0 << 8 | Int($1) }) }
        }
    }

    private static func hosts(_ address: [UInt8]) -> [String] {
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        switch address.count {
        case 4: return [Endpoint.ipv4(UInt32(truncatingIfNeeded: number(address[...])), port: 0).address]
        case 16: return [Endpoint.ipv6(high: number(address[..<8]), low: number(address[8...]), scope: 0, port: 0).address]
        default: return ["127.0.0.1", "::1"]
        }
    }
}
