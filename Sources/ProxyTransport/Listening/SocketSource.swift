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
        /// The listener that has it now.
        var target: SocketTarget?
    }

    /// Held for the life of the process: a listener gets a duplicate, and may come back after a reload without it.
    private let inherited: Mutex<[Inherited]>
    /// The addresses on which another process listens that this one is about to replace.
    private let predecessors: Mutex<Set<SocketTarget>>
    /// What was handed over and cannot be used, in words.
    package let unusable: [String]

    /// - Parameters:
    ///   - environment: `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` (sd_listen_fds(3)).
    ///   - predecessors: the addresses to bind although a process of the same user listens there.
    package init(environment: [String: String] = [:], beside predecessors: Set<SocketTarget> = []) {
        self.predecessors = Mutex(predecessors)
        var found: [Inherited] = []
        var unusable: [String] = []
        if environment["LISTEN_PID"] == "\(getpid())", let text = environment["LISTEN_FDS"] {
            let count = Int32(text).flatMap { (0..<1024).contains($0) ? $0 : nil }
            if count == nil { unusable.append("LISTEN_FDS=\(text)") }
            let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
            for index in 0..<(count ?? 0) {
                let name = Int(index) < names.count ? String(names[Int(index)]) : ""
                do throws(SystemError) {
                    // Processes that this one starts do not inherit the socket.
                    let socket = try ListeningSocket(inherited: 3 + index)
                    found.append(Inherited(socket: socket, name: name, address: socket.endpoint.map { BoundAddress($0) }))
                } catch {
                    unusable.append("file descriptor \(3 + index)\(name.isEmpty ? "" : ", \(name)"): \(error.text)")
                }
            }
        }
        inherited = Mutex(found)
        self.unusable = unusable
    }

    /// Returns the socket for a listener: an inherited one with its name, else an inherited one with its address, else a new one.
    /// `isShared`: another process holds it too and will pass it to the next process, for which waiting connections then wait.
    ///
    /// - Parameter isForEveryUser: as in `ListeningSocket`.
    func socket(
        for target: SocketTarget, name: String?, isForEveryUser: Bool
    ) throws(ListenFailure) -> (socket: ListeningSocket, isShared: Bool) {
        let wanted = inherited.withLock(\.isEmpty) ? nil : BoundAddress(target)
        let match = inherited.withLock { inherited -> ListeningSocket? in
            let free = inherited.indices.filter { inherited[$0].target == nil }
            guard
                let index = free.first(where: { inherited[$0].name == name && name != nil })
                    ?? free.first(where: { wanted != nil && inherited[$0].address == wanted })
            else { return nil }
            inherited[index].target = target
            return inherited[index].socket
        }
        if let match {
            do throws(SystemError) { return (try match.duplicate(), true) } catch { throw ListenFailure(target, error) }
        }
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

    func isBesideAnother(_ target: SocketTarget) -> Bool { predecessors.withLock { $0.contains(target) } }

    /// The process that this one replaces has been told to end: from now on whoever listens is a stranger.
    func predecessorIsReplaced() { predecessors.withLock { $0 = [] } }

    /// Takes back an inherited socket of a listener that is no longer configured.
    func takeBack(from target: SocketTarget) {
        inherited.withLock { inherited in
            for index in inherited.indices where inherited[index].target == target { inherited[index].target = nil }
        }
    }

    /// Closes the inherited sockets that no listener has claimed; returns descriptions of them for messages.
    package func closeUnclaimed() -> [String] {
        let rest = inherited.withLock { inherited in
            defer { inherited.removeAll { $0.target == nil } }
            return inherited.filter { $0.target == nil }
        }
        for one in rest { one.socket.close() }
        return rest.map { $0.name.isEmpty ? "file descriptor \($0.socket.descriptor)" : $0.name }
    }
}
