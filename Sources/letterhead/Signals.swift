import EventLoop

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Signals of the process as a stream, in the order in which they came. The second one that ends the process ends it soon, whatever
/// else it waits for.
///
/// A handler of its own that writes into a pipe: a signal that is ignored and watched, as libdispatch has it, is lost when it
/// comes while the thread that would be interrupted does not block it.
final class Signals: Sendable {
    let stream: AsyncStream<Int32>

    /// Where the handler writes; set before the handler is installed, and never changed again.
    nonisolated(unsafe) private static var descriptor: Int32 = -1

    /// Milliseconds from the second signal to the end, in which what is open is closed and the log is written.
    private static let lastMoment: Int32 = 500

    /// Watches these signals from now on, for the rest of the process's life. Where there is no descriptor for it they do what they do
    /// in any process.
    init(_ numbers: [Int32] = [SIGTERM, SIGINT, SIGHUP]) {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        Self.descriptor = ends[1]
        for number in numbers {
            signal(number) { number in
                // Nothing here may allocate or lock.
                var byte = UInt8(truncatingIfNeeded: number)
                let saved = errno
                _ = write(Signals.descriptor, &byte, 1)
                errno = saved
            }
        }
        DetachedThread.start { [source = ends[0]] in
            var count = 0
            // Both ends stay open as long as this thread runs, and it does not end.
            while let number = Self.next(source) {
                continuation.yield(number)
                if number != SIGHUP { count += 1 }
                if count == 2 { Self.end(source) }
            }
            continuation.finish()
        }
    }

    private static func next(_ source: Int32) -> Int32? {
        var byte: UInt8 = 0
        while true {
            let count = read(source, &byte, 1)
            if count == 1 { return Int32(byte) }
            guard count < 0, errno == EINTR else { return nil }
        }
    }

    /// Leaves the rest of the process a moment to end in order, or none when yet another signal comes.
    private static func end(_ source: Int32) -> Never {
        var entry = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, lastMoment)
        _exit(0)
    }
}
