import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The address of a socket or of its peer.
public enum Endpoint: Hashable, Sendable {
    /// An IPv4 address in the host's byte order, and a port.
    case ipv4(UInt32, port: UInt16)
    /// The two halves of an IPv6 address in the host's byte order, and a port. The scope is that of a link-local address,
    /// otherwise 0.
    case ipv6(high: UInt64, low: UInt64, scope: UInt32, port: UInt16)
    /// The path of a Unix socket; one that begins with a NUL is abstract (Linux). A peer's path is usually empty.
    case unix([UInt8])

    /// Parses `192.0.2.1` or `2001:db8::1`, with `%eth0` for a link-local address; nil for anything else.
    public init?(address: String, port: UInt16) {
        var v4 = sockaddr_in()
        // The pointers are valid for the calls.
        if unsafe uv_ip4_addr(address, CInt(port), &v4) == 0 {
            self = .ipv4(UInt32(bigEndian: v4.sin_addr.s_addr), port: port)
            return
        }
        var v6 = sockaddr_in6()
        guard unsafe uv_ip6_addr(address, CInt(port), &v6) == 0 else { return nil }
        self.init(v6)
    }

    private init(_ address: sockaddr_in6) {
        var halves: (UInt64, UInt64) = (0, 0)
        // Both values have sixteen bytes.
        unsafe withUnsafeMutableBytes(of: &halves) { target in
            unsafe withUnsafeBytes(of: address.sin6_addr) { unsafe target.copyMemory(from: $0) }
        }
        let (high, low) = (UInt64(bigEndian: halves.0), UInt64(bigEndian: halves.1))
        let port = UInt16(bigEndian: address.sin6_port)
        // An IPv6 socket also accepts IPv4 clients, under mapped addresses (RFC 4291 §2.5.5.2).
        if high == 0, low >> 32 == 0xFFFF {
            self = .ipv4(UInt32(truncatingIfNeeded: low), port: port)
        } else {
            self = .ipv6(high: high, low: low, scope: address.sin6_scope_id, port: port)
        }
    }

    public var port: UInt16? {
        switch self {
        case .ipv4(_, let port), .ipv6(_, _, _, let port): port
        case .unix: nil
        }
    }

    public func with(port: UInt16) -> Endpoint {
        switch self {
        case .ipv4(let address, _): .ipv4(address, port: port)
        case .ipv6(let high, let low, let scope, _): .ipv6(high: high, low: low, scope: scope, port: port)
        case .unix: self
        }
    }

    /// The address without its port, in the usual notation; for a Unix socket, its path.
    public var address: String {
        if case .unix(let path) = self { return String(decoding: path.map { $0 == 0 ? UInt8(ascii: "@") : $0 }, as: UTF8.self) }
        var text = [CChar](repeating: 0, count: 64)
        // This is an IP address; the text is as long as the array.
        let status = unsafe withSocketAddress { pointer, _ in unsafe uv_ip_name(pointer, &text, text.count) }
        return status == 0 ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
    }

    // MARK: The system's form

    var family: CInt {
        switch self {
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    /// The most bytes that the path of a Unix socket may have.
    static var pathLimit: Int { MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1 }

    /// Calls `body` with the address in the form for `bind` and `connect`, and its length. A path that is too long is cut, so
    /// callers that bind check before.
    func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        var length = 0
        switch self {
        case .ipv4(let address, let port):
            var v4 = sockaddr_in()
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_addr.s_addr = address.bigEndian
            v4.sin_port = port.bigEndian
            length = Self.copy(v4, into: &storage)
        case .ipv6(let high, let low, let scope, let port):
            var v6 = sockaddr_in6()
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            v6.sin6_scope_id = scope
            let halves = (high.bigEndian, low.bigEndian)
            // Both values have sixteen bytes.
            unsafe withUnsafeMutableBytes(of: &v6.sin6_addr) { target in
                unsafe withUnsafeBytes(of: halves) { unsafe target.copyMemory(from: $0) }
            }
            length = Self.copy(v6, into: &storage)
        case .unix(let path):
            var un = sockaddr_un()
            un.sun_family = sa_family_t(AF_UNIX)
            let count = min(path.count, Self.pathLimit)
            // No more bytes are copied than there is room for.
            unsafe withUnsafeMutableBytes(of: &un.sun_path) { target in
                for index in 0..<count { unsafe target[index] = path[index] }
            }
            _ = Self.copy(un, into: &storage)
            length = MemoryLayout<sa_family_t>.size + count + (path.first == 0 ? 0 : 1)
        }
        // `sockaddr_storage` has the alignment of every address.
        return unsafe withUnsafePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, socklen_t(length)) }
        }
    }

    private static func copy<Address>(_ address: Address, into storage: inout sockaddr_storage) -> Int {
        let size = MemoryLayout<Address>.size
        // `sockaddr_storage` has room for every address.
        unsafe withUnsafeMutableBytes(of: &storage) { target in
            unsafe withUnsafeBytes(of: address) { unsafe target.copyMemory(from: $0) }
        }
        return size
    }

    /// Reads an address that the system has written; nil for an unknown family.
    init?(_ storage: sockaddr_storage, length: socklen_t) {
        switch CInt(storage.ss_family) {
        case AF_INET:
            let v4 = Self.read(sockaddr_in.self, storage)
            self = .ipv4(UInt32(bigEndian: v4.sin_addr.s_addr), port: UInt16(bigEndian: v4.sin_port))
        case AF_INET6: self.init(Self.read(sockaddr_in6.self, storage))
        case AF_UNIX:
            let start = MemoryLayout<sa_family_t>.size
            let count = min(Int(length), MemoryLayout<sockaddr_un>.size)
            guard count > start else {
                self = .unix([])
                return
            }
            // No more bytes are read than the system says it wrote, nor than there are.
            let bytes = unsafe withUnsafeBytes(of: storage) { unsafe Array($0[start..<count]) }
            self = .unix(bytes.first == 0 ? bytes : Array(bytes.prefix { $0 != 0 }))
        default: return nil
        }
    }

    private static func read<Address>(_: Address.Type, _ storage: sockaddr_storage) -> Address {
        // `sockaddr_storage` is at least as large and as aligned as every address.
        unsafe withUnsafeBytes(of: storage) { unsafe $0.load(as: Address.self) }
    }

    /// The address of a socket itself.
    static func of(_ descriptor: CInt) -> Endpoint? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // The pointers are valid for the calls, which write no more than the length that they are given.
        let status = unsafe withUnsafeMutablePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        return status == 0 ? Endpoint(storage, length: length) : nil
    }
}

extension Endpoint: CustomStringConvertible {
    /// The address with its port: `192.0.2.1:80`, `[2001:db8::1]:80`, `unix:/run/app.sock`.
    public var description: String {
        switch self {
        case .ipv4(_, let port): "\(address):\(port)"
        case .ipv6(_, _, _, let port): "[\(address)]:\(port)"
        case .unix: "unix:\(address)"
        }
    }
}
