import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Differences between the systems, and calls whose names the loop uses for its own methods.
enum Platform {
    #if canImport(Darwin)
        /// Darwin has no such flag; `SO_NOSIGPIPE` is set on each socket instead.
        static let noSignal: Int32 = 0
    #else
        static let noSignal = Int32(MSG_NOSIGNAL)
    #endif

    static func send(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int {
        unsafe letterhead_send(descriptor, bytes, count, noSignal)
    }

    /// Makes a socket that does not block and is not inherited.
    static func socket(_ family: CInt) throws(SystemError) -> Int32 {
        #if os(Linux)
            let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
            let descriptor = systemSocket(family, kind, 0)
            guard descriptor >= 0 else { throw .last("socket") }
        #else
            let descriptor = systemSocket(family, SOCK_STREAM, 0)
            guard descriptor >= 0 else { throw .last("socket") }
            prepare(descriptor)
        #endif
        return descriptor
    }

    /// Makes a socket for datagrams that is not inherited; its calls wait.
    static func datagramSocket(_ family: CInt) throws(SystemError) -> Int32 {
        #if os(Linux)
            let descriptor = systemSocket(family, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw .last("socket") }
        #else
            let descriptor = systemSocket(family, SOCK_DGRAM, 0)
            guard descriptor >= 0 else { throw .last("socket") }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            try? set(SOL_SOCKET, SO_NOSIGPIPE, 1, of: descriptor)
        #endif
        return descriptor
    }

    /// Accepts a connection from a listening socket; nil with `errno` set.
    static func accept(_ descriptor: Int32, _ address: UnsafeMutablePointer<sockaddr>, _ length: inout socklen_t) -> Int32? {
        // The pointers come from the caller and are valid for the call.
        #if os(Linux)
            let accepted = unsafe accept4(
                descriptor, address, &length, Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue))
        #else
            let accepted = unsafe Darwin.accept(descriptor, address, &length)
            if accepted >= 0 { prepare(accepted) }
        #endif
        return accepted >= 0 ? accepted : nil
    }

    #if !os(Linux)
        /// Sets the options that Linux sets in the same call.
        static func prepare(_ descriptor: Int32) {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
            try? set(SOL_SOCKET, SO_NOSIGPIPE, 1, of: descriptor)
        }
    #endif

    static func set(_ level: Int32, _ option: Int32, _ value: Int32, of descriptor: Int32) throws(SystemError) {
        var value = value
        // The pointer is valid for the call.
        guard unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw .last("setsockopt")
        }
    }

    static func bind(_ descriptor: Int32, to endpoint: Endpoint) throws(SystemError) {
        // The address is valid for the call.
        let status = unsafe endpoint.withSocketAddress { unsafe systemBind(descriptor, $0, $1) }
        guard status == 0 else { throw .last("bind") }
    }

    /// Starts to connect. Returns `errno`, or 0.
    static func connect(_ descriptor: Int32, to endpoint: Endpoint) -> Int32 {
        // The address is valid for the call.
        unsafe endpoint.withSocketAddress { unsafe systemConnect(descriptor, $0, $1) } == 0 ? 0 : errno
    }

    static func listen(_ descriptor: Int32, backlog: Int32) throws(SystemError) {
        guard systemListen(descriptor, backlog) == 0 else { throw .last("listen") }
    }

    static func shutDownWriting(_ descriptor: Int32) { _ = systemShutdown(descriptor, Int32(SHUT_WR)) }

    static func close(_ descriptor: Int32) { _ = systemClose(descriptor) }
}

// The system's functions, under names that nothing here uses.
private func systemSocket(_ family: Int32, _ kind: Int32, _ protocolNumber: Int32) -> Int32 {
    socket(family, kind, protocolNumber)
}
private func systemBind(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
    unsafe bind(descriptor, address, length)
}
private func systemConnect(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
    unsafe connect(descriptor, address, length)
}
private func systemListen(_ descriptor: Int32, _ backlog: Int32) -> Int32 { listen(descriptor, backlog) }
private func systemShutdown(_ descriptor: Int32, _ how: Int32) -> Int32 { shutdown(descriptor, how) }
private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
