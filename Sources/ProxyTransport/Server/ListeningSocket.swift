import NIOCore
import ProxyCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A socket that listens, before and beside the event loop that accepts from it.
struct ListeningSocket: Sendable {
    let descriptor: CInt
    /// Somebody else holds it too and will give it to the next process: who waits there waits for that one.
    let isShared: Bool

    /// Connections that may wait to be accepted; the kernel has a limit of its own.
    private static let backlog: CInt = 4096

    /// Binds an address and listens. Nobody else may listen there, unless it is a process of the same user that is to be
    /// replaced: then both get connections.
    init(binding target: SocketTarget, beside: Bool) throws(ListenFailure) {
        isShared = false
        do {
            switch target {
            case .tcp(let host, let port):
                descriptor = try Self.bind(SocketAddress.makeAddressResolvingHost(host, port: port), beside: beside)
            case .unix(let path):
                if !beside, try Self.isHeard(path: path) { throw IOError(errnoCode: EADDRINUSE, reason: "bind") }
                descriptor = try Self.bind(path: path)
            }
        } catch {
            throw ListenFailure(target, error)
        }
    }

    /// One that was handed to this process.
    init(inherited descriptor: CInt) {
        self.descriptor = descriptor
        isShared = true
    }

    private static func bind(_ address: SocketAddress, beside: Bool) throws -> CInt {
        try listening(on: address) { descriptor in
            try set(SO_REUSEADDR, 1, of: descriptor)
            if beside { try set(SO_REUSEPORT, 1, of: descriptor) }
        } then: { descriptor in
            // After the address is this socket's alone, so that a second process by mistake is told so; before it listens, so
            // that the next version can bind beside it.
            try set(SO_REUSEPORT, 1, of: descriptor)
        }
    }

    /// Somebody listens there: what a process has left behind that is gone says that it refuses.
    private static func isHeard(path: String) throws -> Bool {
        let address = try SocketAddress(unixDomainSocketPath: path)
        let flags = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, flags, 0)
        guard descriptor >= 0 else { throw failure("socket") }
        defer { close(descriptor) }
        // The pointer is valid for the call. Where too many wait to be accepted, somebody is to accept them.
        return unsafe address.withSockAddr { unsafe connect(descriptor, $0, socklen_t($1)) } == 0 || errno == EAGAIN
    }

    /// Takes the place of a socket that is there already in one step: at no moment is there none.
    private static func bind(path: String) throws -> CInt {
        var status = stat()
        // The pointers are valid for the calls.
        if unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFSOCK {
            throw NoSocket(path: path)
        }
        var temporary = "\(path).\(getpid())"
        // Too long for an address: then in two steps.
        if temporary.utf8.count > 107 { temporary = path }
        _ = unsafe unlink(temporary)
        return try listening(on: SocketAddress(unixDomainSocketPath: temporary)) { _ in
        } then: { descriptor in
            // It listens before it can be found. The pointers are valid for the call.
            guard listen(descriptor, backlog) == 0 else { throw failure("listen") }
            let isInPlace = unsafe temporary == path || rename(temporary, path) == 0
            guard isInPlace else { throw failure("rename") }
        }
    }

    private static func listening(
        on address: SocketAddress, prepare: (CInt) throws -> Void, then complete: (CInt) throws -> Void
    ) throws -> CInt {
        let family = CInt(address.protocol.rawValue)
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("socket") }
        do {
            try prepare(descriptor)
            // The pointer is valid for the call.
            let bound = unsafe address.withSockAddr { unsafe Glibc.bind(descriptor, $0, socklen_t($1)) }
            guard bound == 0 else { throw failure("bind") }
            try complete(descriptor)
            guard listen(descriptor, backlog) == 0 else { throw failure("listen") }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func set(_ option: CInt, _ value: CInt, of descriptor: CInt) throws {
        var value = value
        // The pointer is valid for the call.
        guard unsafe setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<CInt>.size)) == 0 else {
            throw failure("setsockopt")
        }
    }

    private static func failure(_ call: String) -> IOError { IOError(errnoCode: errno, reason: call) }

    /// After somebody else has set it.
    func restoreBacklog() { _ = listen(descriptor, Self.backlog) }

    // MARK: The end

    /// Somebody waits to be accepted.
    var hasWaiting: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // The pointer is valid for the call.
        return unsafe poll(&entry, 1, 0) == 1
    }

    /// From now on, of all sockets that listen on this address, the one that was bound `index`th gets every connection. Without
    /// it the kernel shares them out. False where the kernel cannot do that.
    @discardableResult
    func takeAll(index: UInt32) -> Bool {
        #if os(Linux)
            // A classic BPF program of one instruction, `return index` (Linux: Documentation/networking/filter.rst).
            var code = FilterInstruction(code: 0x06, ifTrue: 0, ifFalse: 0, value: index)
            // The pointers are valid for the call, which copies the program.
            return unsafe withUnsafeMutablePointer(to: &code) { pointer in
                var program = unsafe FilterProgram(count: 1, instructions: pointer)
                let size = unsafe socklen_t(MemoryLayout<FilterProgram>.size)
                return unsafe setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, size) == 0
            }
        #else
            return false
        #endif
    }
}

/// Something else has the name of the socket.
private struct NoSocket: Error, CustomStringConvertible {
    let path: String

    var description: String { "`\(path)` is there and is no socket" }
}

/// `struct sock_filter`
private struct FilterInstruction {
    var code: UInt16
    var ifTrue: UInt8
    var ifFalse: UInt8
    var value: UInt32
}

/// `struct sock_fprog`
@unsafe private struct FilterProgram {
    var count: UInt16
    var instructions: UnsafeMutablePointer<FilterInstruction>
}
