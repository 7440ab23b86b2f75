#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Endpoint {
    /// Sends one datagram to a Unix socket, and waits a second at most for a reader that is slow. What cannot be sent is lost.
    public func send(datagram bytes: [UInt8]) {
        if case .unix(let path) = self, path.count > Self.pathLimit { return }
        guard let descriptor = try? Platform.datagramSocket(family) else { return }
        defer { Platform.close(descriptor) }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        // The pointers are valid for the calls, and the counts are those of what they point to.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        _ = unsafe withSocketAddress { address, length in
            unsafe sendto(descriptor, bytes, bytes.count, Platform.noSignal, address, length)
        }
    }
}
