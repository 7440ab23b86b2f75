import NIOCore
import ProxyCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The address of a socket, in a form that can be compared: every interface is the same for both versions of IP.
enum BoundAddress: Hashable {
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

    /// As the kernel's tables of sockets have it (proc(5)): `0100007F:1F90`, in words of the machine's byte order.
    init?(table text: some StringProtocol) {
        guard let colon = text.firstIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...], radix: 16) else {
            return nil
        }
        var address: [UInt8] = []
        var rest = text[..<colon]
        while !rest.isEmpty {
            guard rest.count >= 8, let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
            // The pointer is valid for the call.
            address += unsafe withUnsafeBytes(of: word) { unsafe Array($0) }
            rest = rest.dropFirst(8)
        }
        guard address.count == 4 || address.count == 16 else { return nil }
        let bytes = [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port)]
        self = .ip(address: address.contains { $0 != 0 } ? address : [], port: bytes)
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
