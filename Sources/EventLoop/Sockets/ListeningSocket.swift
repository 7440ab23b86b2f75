import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A listening socket, before a loop accepts from it. Its owner closes it or gives it to a loop.
public struct ListeningSocket: Hashable, Sendable {
    public let descriptor: Int32
    /// The address, with the actual port where port 0 was asked for; nil if this module does not know its family.
    public let endpoint: Endpoint?
    /// The file of a Unix socket that was bound here.
    private let file: FileIdentity?

    /// The most connections that may wait to be accepted; the kernel has its own limit.
    private static let backlog: Int32 = 4096

    /// Takes an inherited socket, and makes it non-blocking and not inherited by child processes.
    public init(inherited descriptor: Int32) throws(SystemError) {
        var listens: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        // The pointers are valid for the call.
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 else { throw .last("getsockopt") }
        guard listens != 0 else { throw SystemError(EINVAL, "accept") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        self.descriptor = descriptor
        endpoint = Endpoint.of(descriptor)
        file = nil
        // This fails for a Unix socket, which does not need it.
        try? Self.sendsAtOnce(descriptor)
    }

    private init(descriptor: Int32, endpoint: Endpoint?) {
        self.descriptor = descriptor
        self.endpoint = endpoint
        file = nil
    }

    /// Another descriptor of the same socket, which its owner closes as well.
    public func duplicate() throws(SystemError) -> ListeningSocket {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw .last("fcntl") }
        return ListeningSocket(descriptor: copy, endpoint: endpoint)
    }

    /// Sets who may connect to a Unix socket that was bound here: every user who may enter the folder, or as the umask says.
    public func setForEveryUser(_ isForEveryUser: Bool) throws(SystemError) {
        guard case .unix(let path) = endpoint, path.first != 0 else { return }
        // The umask can only be read by setting it; a file made at this moment gets less than it would.
        let mask = umask(0o077)
        _ = umask(mask)
        // The text is copied for the call.
        guard unsafe chmod(String(decoding: path, as: UTF8.self), isForEveryUser ? 0o666 : 0o777 & ~mask) == 0 else {
            throw .last("chmod")
        }
    }

    /// Sets TCP_NODELAY, which accepted connections inherit.
    private static func sendsAtOnce(_ descriptor: Int32) throws(SystemError) {
        try Platform.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1, of: descriptor)
    }

    /// Binds an address and listens.
    ///
    /// A Unix socket replaces an existing one in one step, so that the path always has a socket. Anything at the path that is not
    /// a socket stays and is an error.
    ///
    /// - Parameters:
    ///   - isShared: others of the same user may also listen on the address: further loops, or the next process.
    ///   - isForEveryUser: every user may connect who may enter the folder of a Unix socket, whatever the umask says.
    public init(binding endpoint: Endpoint, isShared: Bool = false, isForEveryUser: Bool = false) throws(SystemError) {
        let descriptor = try Platform.socket(endpoint.family)
        var file: FileIdentity?
        do throws(SystemError) {
            if case .unix(let path) = endpoint {
                file = try Self.bind(descriptor, path: path, isForEveryUser: isForEveryUser)
            } else {
                try Platform.set(SOL_SOCKET, SO_REUSEADDR, 1, of: descriptor)
                if isShared { try Platform.set(SOL_SOCKET, SO_REUSEPORT, 1, of: descriptor) }
                if case .ipv6 = endpoint {
                    try Platform.set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0, of: descriptor)
                }
                try Platform.bind(descriptor, to: endpoint)
                // The option is set after binding: the next process can then bind the same address, while a second process by
                // mistake gets an error.
                try Platform.set(SOL_SOCKET, SO_REUSEPORT, 1, of: descriptor)
                try Self.sendsAtOnce(descriptor)
                // This limits the unsent bytes in the kernel for a client that does not read; accepted connections inherit it.
                try Platform.set(Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, 128 << 10, of: descriptor)
            }
            try Platform.listen(descriptor, backlog: Self.backlog)
        } catch {
            Platform.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.file = file
        // A Unix socket was renamed after it was bound.
        if case .unix = endpoint { self.endpoint = endpoint } else { self.endpoint = Endpoint.of(descriptor) }
    }

    /// Returns the socket's file; nil for one without a file.
    private static func bind(_ descriptor: Int32, path: [UInt8], isForEveryUser: Bool) throws(SystemError) -> FileIdentity? {
        guard path.first != 0 else {
            try Platform.bind(descriptor, to: .unix(path))
            return nil
        }
        guard path.count <= Endpoint.pathLimit else { throw SystemError(ENAMETOOLONG, "bind") }
        let name = String(decoding: path, as: UTF8.self)
        var status = stat()
        // The pointers are valid for the call.
        if unsafe lstat(name, &status) == 0, status.st_mode & S_IFMT != S_IFSOCK { throw SystemError(ENOTSOCK, "bind") }
        var temporary = "\(name).\(getpid())"
        // The temporary name is too long for an address, so the socket is replaced in two steps.
        if temporary.utf8.count > Endpoint.pathLimit { temporary = name }
        _ = unsafe unlink(temporary)
        try Platform.bind(descriptor, to: .unix(Array(temporary.utf8)))
        do throws(SystemError) {
            // The pointer is valid for the call.
            if isForEveryUser, unsafe chmod(temporary, 0o666) != 0 { throw .last("chmod") }
            // The socket listens before it can be found.
            try Platform.listen(descriptor, backlog: backlog)
            let file = FileIdentity(path: temporary)
            // The pointers are valid for the call.
            guard unsafe temporary == name || rename(temporary, name) == 0 else { throw .last("rename") }
            return file
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
    }

    /// Whether a process listens at a path. A socket whose process is gone refuses connections.
    public static func isHeard(atPath path: String) -> Bool {
        let bytes = Array(path.utf8)
        guard bytes.count <= Endpoint.pathLimit, let descriptor = try? Platform.socket(AF_UNIX) else { return false }
        defer { Platform.close(descriptor) }
        // If too many connections wait to be accepted, a process is there to accept them.
        return [0, EAGAIN].contains(Platform.connect(descriptor, to: .unix(bytes)))
    }

    /// Directs all connections for this address to the socket that was bound `index`th; otherwise the kernel distributes them
    /// among all sockets that listen there. False if the kernel cannot do that.
    @discardableResult
    public func takeAll(index: UInt32) -> Bool {
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

    /// Whether a connection waits to be accepted.
    public var hasWaiting: Bool { Self.hasWaiting(descriptor) }

    static func hasWaiting(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // The pointer is valid for the call.
        return unsafe poll(&entry, 1, 0) == 1
    }

    public func close() { Platform.close(descriptor) }

    /// Removes the file of a Unix socket that was bound here, so that clients hear at once that nobody is there; whoever has
    /// put another in its place keeps it. Meant for a socket that still listens: nobody else binds the path until it is closed.
    public func removeFile() {
        guard let file, case .unix(let path) = endpoint else { return }
        let name = String(decoding: path, as: UTF8.self)
        // The pointer is valid for the call. Where the folder may no longer be written, the file stays.
        if FileIdentity(path: name) == file { _ = unsafe unlink(name) }
    }
}

/// What tells a file from another that has taken its path.
private struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64

    init?(path: String) {
        var status = stat()
        // The pointers are valid for the call.
        guard unsafe lstat(path, &status) == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }
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
