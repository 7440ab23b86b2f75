import Foundation

/// Sockets on the loopback address and in the file system.
enum Socket {
    enum Address {
        case port(Int)
        /// Another address of the loopback network, 127.0.0.N.
        case loopback(UInt8, port: Int)
        /// The loopback address of IPv6, ::1.
        case sixth(port: Int)
        case path(String)
    }

    static func connect(_ address: Address, receiveBuffer: Int?) throws -> Int32 {
        let descriptor = try open(address)
        if let receiveBuffer { set(descriptor, SO_RCVBUF, receiveBuffer) }
        let code = withAddress(address) { Foundation.connect(descriptor, $0, $1) }
        guard code == 0 else {
            defer { close(descriptor) }
            throw Disappointment.call("connect to \(address)")
        }
        return descriptor
    }

    static func listen(_ address: Address) throws -> Int32 {
        let descriptor = try open(address)
        set(descriptor, SO_REUSEADDR, 1)
        guard withAddress(address, { bind(descriptor, $0, $1) }) == 0, Foundation.listen(descriptor, 128) == 0 else {
            defer { close(descriptor) }
            throw Disappointment.call("listen on \(address)")
        }
        return descriptor
    }

    /// The next connection; nil when the listener was shut down.
    static func accept(_ listener: Int32) -> Int32? {
        var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        while true {
            guard poll(&entry, 1, -1) > 0 else { continue }
            let descriptor = Descriptors.make { Foundation.accept(listener, nil, nil) }
            return descriptor < 0 ? nil : descriptor
        }
    }

    /// The port that a bound socket got.
    static func port(_ descriptor: Int32) -> Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return Int(in_port_t(bigEndian: address.sin_port))
    }

    static func set(_ descriptor: Int32, _ option: Int32, _ value: Int) {
        var value = Int32(value)
        setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func open(_ address: Address) throws -> Int32 {
        let family =
            switch address {
            case .port, .loopback: AF_INET
            case .sixth: AF_INET6
            case .path: AF_UNIX
            }
        let descriptor = Descriptors.make { socket(family, Int32(SOCK_STREAM.rawValue), 0) }
        guard descriptor >= 0 else { throw Disappointment.call("socket") }
        return descriptor
    }

    private static func withAddress(_ address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        switch address {
        case .port(let port): return withAddress(.loopback(1, port: port), body)
        case .loopback(let number, let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = (in_addr_t(0x7f00_0000) | in_addr_t(number)).bigEndian
            return withRawAddress(&address, body)
        case .sixth(let port):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = in_port_t(port).bigEndian
            address.sin6_addr = in6addr_loopback
            return withRawAddress(&address, body)
        case .path(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1)) }
            return withRawAddress(&address, body)
        }
    }

    private static func withRawAddress<Address>(
        _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<Address>.size)) }
        }
    }

    /// Sockets that are bound to the same free port of both loopback addresses and do not listen: connecting to them is refused, and nobody
    /// else gets the port at either. Without IPv6 there is no second one.
    static func bound() throws -> (fourth: Int32, sixth: Int32?) {
        for _ in 0..<100 {
            let fourth = try open(.port(0))
            guard withAddress(.port(0), { bind(fourth, $0, $1) }) == 0 else { throw Disappointment.call("bind") }
            guard let sixth = try? open(.sixth(port: 0)) else { return (fourth, nil) }
            if withAddress(.sixth(port: port(fourth)), { bind(sixth, $0, $1) }) == 0 { return (fourth, sixth) }
            let isTaken = errno == EADDRINUSE
            close(sixth)
            guard isTaken else { return (fourth, nil) }
            close(fourth)
        }
        throw Disappointment.call("bind")
    }
}

/// A port of the loopback addresses that refuses connections, and stays so until this goes.
package final class DeadPort: Sendable {
    private let descriptors: [Int32]
    package let port: Int

    package init() throws {
        let (fourth, sixth) = try Socket.bound()
        descriptors = [fourth] + (sixth.map { [$0] } ?? [])
        port = Socket.port(fourth)
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
