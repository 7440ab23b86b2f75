import EventLoop
import Synchronization

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
    private let continuation: AsyncStream<Int32>.Continuation
    /// Of those that end the process.
    private let count = Mutex(0)

    /// Where the handler writes; set before the handler is installed, and never changed again.
    nonisolated(unsafe) private static var descriptor: Int32 = -1

    /// Milliseconds from the second signal to the end, in which what is open is closed and the log is written.
    private static let lastMoment: Int32 = 500

    /// For a command that runs as long as its terminal is there and has no file to read again.
    ///
    /// - Parameters:
    ///   - came: called for each signal, on a thread of its own.
    ///   - last: called before the process ends because of a second one.
    static func ofTerminal(came: @escaping @Sendable () -> Void = {}, last: @escaping @Sendable () -> Void = {}) -> Signals {
        Signals(endingBy: [SIGTERM, SIGINT, SIGHUP], came: came, last: last)
    }

    /// Watches signals from now on, for the rest of the process's life. Where there is no descriptor for it they do what they do
    /// in any process.
    init(
        _ numbers: [Int32] = [SIGTERM, SIGINT, SIGHUP], endingBy ending: Set<Int32> = [SIGTERM, SIGINT],
        came: @escaping @Sendable () -> Void = {}, last: @escaping @Sendable () -> Void = {}
    ) {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        self.continuation = continuation
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
        DetachedThread.start { [self, source = ends[0]] in
            // Both ends stay open as long as this thread runs, and it does not end.
            while let number = Self.next(source) {
                let isEnd = ending.contains(number)
                // Before anybody acts on it.
                let count = count.withLock { count in
                    count += isEnd ? 1 : 0
                    return count
                }
                continuation.yield(isEnd ? SIGTERM : number)
                came()
                if count == 2 { Self.end(source, last) }
            }
            continuation.finish()
        }
    }

    /// One that ends the process has come.
    var haveCome: Bool { count.withLock { $0 > 0 } }

    /// Ends the process as a signal would, unless one has.
    func end() { if !haveCome { continuation.yield(SIGTERM) } }

    private static func next(_ source: Int32) -> Int32? {
        var byte: UInt8 = 0
        while true {
            let count = read(source, &byte, 1)
            if count == 1 { return Int32(byte) }
            guard count < 0, errno == EINTR else { return nil }
        }
    }

    /// Leaves the rest of the process a moment to end in order, or none when yet another signal comes.
    private static func end(_ source: Int32, _ last: () -> Void) -> Never {
        var entry = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, lastMoment)
        last()
        _exit(0)
    }
}
