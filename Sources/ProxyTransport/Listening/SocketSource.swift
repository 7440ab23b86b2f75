import EventLoop
package import ProxyCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The source of the listeners' sockets: inherited from the process that started this one, or newly bound.
package final class SocketSource: Sendable {
    private struct Inherited: Sendable {
        var socket: ListeningSocket
        var name: String
        var address: BoundAddress?
    }

    private let inherited: Mutex<[Inherited]>
    /// The addresses on which another process listens that this one will replace.
    private let predecessors: Set<SocketTarget>

    /// - Parameters:
    ///   - environment: `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` (sd_listen_fds(3)).
    ///   - predecessors: the addresses to bind although a process of the same user listens there.
    package init(environment: [String: String] = [:], beside predecessors: Set<SocketTarget> = []) {
        self.predecessors = predecessors
        var found: [Inherited] = []
        if environment["LISTEN_PID"] == "\(getpid())", let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), count > 0,
            count < 1024
        {
            let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
            for index in 0..<count {
                let name = Int(index) < names.count ? String(names[Int(index)]) : ""
                // Processes that this one starts do not inherit the socket. A descriptor that does not listen is ignored.
                guard let socket = try? ListeningSocket(inherited: 3 + index) else { continue }
                found.append(Inherited(socket: socket, name: name, address: socket.endpoint.map { BoundAddress($0) }))
            }
        }
        inherited = Mutex(found)
    }

    /// Returns the socket for a listener: an inherited one with its name, else an inherited one with its address, else a new one.
    /// `isShared`: another process holds it too and will pass it to the next process, for which waiting connections then wait.
    ///
    /// - Parameter isForEveryUser: as in `ListeningSocket`.
    func socket(
        for target: SocketTarget, name: String?, isForEveryUser: Bool
    ) throws(ListenFailure) -> (socket: ListeningSocket, isShared: Bool) {
        let wanted = inherited.withLock(\.isEmpty) ? nil : BoundAddress(target)
        let match = inherited.withLock { inherited -> Inherited? in
            let index =
                inherited.firstIndex { $0.name == name && name != nil }
                ?? inherited.firstIndex { wanted != nil && $0.address == wanted }
            return index.map { inherited.remove(at: $0) }
        }
        if let match { return (match.socket, true) }
        let isBeside = isBesideAnother(target)
        do throws(SystemError) {
            if !isBeside, case .unix(let path) = target, ListeningSocket.isHeard(atPath: path) { throw .addressInUse }
            let endpoint = try Endpoint.first(of: target)
            return (try Self.bind(endpoint, isShared: isBeside, isForEveryUser: isForEveryUser), false)
        } catch {
            throw ListenFailure(target, error)
        }
    }

    /// Binds an address. Where the machine has no IPv6, the IPv6 wildcard address becomes that of IPv4.
    private static func bind(
        _ endpoint: Endpoint, isShared: Bool, isForEveryUser: Bool
    ) throws(SystemError) -> ListeningSocket {
        do throws(SystemError) {
            return try ListeningSocket(binding: endpoint, isShared: isShared, isForEveryUser: isForEveryUser)
        } catch {
            guard case .ipv6(0, 0, _, let port) = endpoint, error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL else {
                throw error
            }
            return try ListeningSocket(binding: .ipv4(0, port: port), isShared: isShared)
        }
    }

    func isBesideAnother(_ target: SocketTarget) -> Bool { predecessors.contains(target) }

    /// Closes the inherited sockets that no listener has claimed; returns descriptions of them for messages.
    package func closeUnclaimed() -> [String] {
        let rest = inherited.withLock { inherited in
            defer { inherited = [] }
            return inherited
        }
        for one in rest { one.socket.close() }
        return rest.map { $0.name.isEmpty ? "file descriptor \($0.socket.descriptor)" : $0.name }
    }
}
