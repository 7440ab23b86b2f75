public import ProxyCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where the sockets of listeners come from: handed to this process by whoever started it, or bound.
public final class SocketSource: Sendable {
    private struct Inherited: Sendable {
        var descriptor: CInt
        var name: String
        var address: BoundAddress?
    }

    private let inherited: Mutex<[Inherited]>
    /// Where another process listens that will be replaced by this one.
    private let predecessors: Set<SocketTarget>

    /// - Parameters:
    ///   - environment: `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` (sd_listen_fds(3)).
    ///   - predecessors: addresses to bind although a process of the same user listens there.
    public init(environment: [String: String] = [:], beside predecessors: Set<SocketTarget> = []) {
        self.predecessors = predecessors
        var found: [Inherited] = []
        if environment["LISTEN_PID"] == "\(getpid())", let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), count > 0,
            count < 1024
        {
            let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
            for index in 0..<count {
                let descriptor = 3 + index
                // Not for processes that this one starts.
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                let name = Int(index) < names.count ? String(names[Int(index)]) : ""
                found.append(Inherited(descriptor: descriptor, name: name, address: BoundAddress(of: descriptor)))
            }
        }
        inherited = Mutex(found)
    }

    /// The socket for a listener: one that was handed over under its name, or else with its address, or a new one.
    func socket(for target: SocketTarget, name: String?) throws -> ListeningSocket {
        let wanted = try inherited.withLock(\.isEmpty) ? nil : BoundAddress(target)
        let match = inherited.withLock { inherited -> Inherited? in
            let index =
                inherited.firstIndex { $0.name == name && name != nil }
                ?? inherited.firstIndex { wanted != nil && $0.address == wanted }
            return index.map { inherited.remove(at: $0) }
        }
        if let match { return ListeningSocket(inherited: match.descriptor) }
        return try ListeningSocket(binding: target, beside: isBesideAnother(target))
    }

    func isBesideAnother(_ target: SocketTarget) -> Bool { predecessors.contains(target) }

    /// Closes what was handed over and no listener asked for; returns it, for people.
    public func closeUnclaimed() -> [String] {
        let rest = inherited.withLock { inherited in
            defer { inherited = [] }
            return inherited
        }
        for socket in rest { close(socket.descriptor) }
        return rest.map { $0.name.isEmpty ? "file descriptor \($0.descriptor)" : $0.name }
    }
}
