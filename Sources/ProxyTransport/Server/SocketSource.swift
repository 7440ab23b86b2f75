import NIOCore
import ProxyCore
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
    /// Another process listens on the same addresses and will be replaced by this one.
    let besideAnother: Bool

    /// - Parameters:
    ///   - environment: `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` (sd_listen_fds(3)).
    ///   - besideAnother: bind addresses on which a process of the same user listens already.
    public init(environment: [String: String] = [:], besideAnother: Bool = false) {
        self.besideAnother = besideAnother
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
        return try ListeningSocket(binding: target, beside: besideAnother)
    }

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

/// The address of a socket, in a form that can be compared: every interface is the same for both versions of IP.
private enum BoundAddress: Hashable {
    case ip(address: [UInt8], port: [UInt8])
    case unix([UInt8])

    init?(_ target: SocketTarget) throws {
        let address: SocketAddress
        switch target {
        case .tcp(let host, let port): address = try SocketAddress.makeAddressResolvingHost(host, port: port)
        case .unix(let path): address = try SocketAddress(unixDomainSocketPath: path)
        }
        // The pointer is valid for as many bytes, during the call.
        let bytes = unsafe address.withSockAddr { unsafe Array(UnsafeRawBufferPointer(start: $0, count: $1)) }
        self.init(bytes)
    }

    /// Nil for what is no listening socket.
    init?(of descriptor: CInt) {
        var listens: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        var bytes = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_storage>.size)
        var length = socklen_t(bytes.count)
        // The pointers are valid for the calls, which write at most the sizes that they are given.
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0, listens != 0 else { return nil }
        let status = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe buffer.withMemoryRebound(to: sockaddr.self) { unsafe getsockname(descriptor, $0.baseAddress, &length) }
        }
        guard status == 0 else { return nil }
        self.init(Array(bytes.prefix(Int(length))))
    }

    /// Of a `sockaddr` (ip(7), ipv6(7), unix(7)).
    private init?(_ bytes: [UInt8]) {
        guard bytes.count >= 2 else { return nil }
        let family = CInt(UInt16(littleEndian: UInt16(bytes[0]) | UInt16(bytes[1]) << 8))
        let address: ArraySlice<UInt8>
        switch family {
        case AF_INET where bytes.count >= 8: address = bytes[4..<8]
        case AF_INET6 where bytes.count >= 24: address = bytes[8..<24]
        case AF_UNIX:
            self = .unix(Array(bytes[2...].prefix { $0 != 0 }))
            return
        default: return nil
        }
        self = .ip(address: address.contains { $0 != 0 } ? Array(address) : [], port: Array(bytes[2..<4]))
    }
}
