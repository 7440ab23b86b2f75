import EventLoop
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The signals of the process as a stream, in the order of arrival. The second signal that should end the process ends it soon,
/// whatever else it is waiting for.
///
/// The class uses its own handler, which writes into a pipe. With libdispatch, which ignores and watches a signal, one is lost
/// that arrives while the thread that would be interrupted does not block it.
final class Signals: Sendable {
    let stream: AsyncStream<Int32>
    private let continuation: AsyncStream<Int32>.Continuation
    /// The number of signals so far that end the process.
    private let count = Mutex(0)

    /// The descriptor to which the handler writes; set before the handler is installed, and never changed again.
    nonisolated(unsafe) private static var descriptor: Int32 = -1

    /// The milliseconds from the second signal to the end, in which open things are closed and the log is written.
    private static let lastMoment: Int32 = 500

    /// Makes signals for a command that runs as long as its terminal and has no file to reload.
    ///
    /// - Parameters:
    ///   - came: called for each signal that ends the process, on a separate thread.
    ///   - last: called before the process ends because of a second signal.
    static func ofTerminal(came: @escaping @Sendable () -> Void = {}, last: @escaping @Sendable () -> Void = {}) -> Signals {
        let ending = [SIGTERM, SIGINT, SIGQUIT, SIGHUP]
        return Signals(ending, endingBy: Set(ending), came: came, last: last)
    }

    /// Signals that have a meaning for other servers, and that end a process that does not handle them.
    static let foreign: [Int32: (name: String, help: String)] = [
        SIGUSR1: ("SIGUSR1", "the logs go to standard output and standard error, and there is no file to open again"),
        SIGUSR2: ("SIGUSR2", "`letterhead run --take-over PID` puts a new process in the place of this one"),
        SIGALRM: ("SIGALRM", "SIGHUP reads the configuration again, SIGTERM drains"),
    ]

    /// Handles signals from now on, for the rest of the process's life. If there is no descriptor or no thread for this, they keep
    /// their default actions.
    init(
        _ numbers: [Int32] = [SIGTERM, SIGINT, SIGQUIT, SIGHUP], endingBy ending: Set<Int32> = [SIGTERM, SIGINT, SIGQUIT],
        came: @escaping @Sendable () -> Void = {}, last: @escaping @Sendable () -> Void = {}
    ) {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        self.continuation = continuation
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let isRead = DetachedThread.start { [self, source = ends[0]] in
            // Both ends of the pipe stay open, because this thread never ends.
            while let number = Self.next(source) {
                let isEnd = ending.contains(number)
                // The signal is counted before anything reacts to it.
                let count = count.withLock { count in
                    count += isEnd ? 1 : 0
                    return count
                }
                continuation.yield(isEnd ? SIGTERM : number)
                if isEnd { came() }
                if count == 2 { Self.end(source, last) }
            }
            continuation.finish()
        }
        guard isRead else {
            for end in ends { close(end) }
            return
        }
        Self.descriptor = ends[1]
        for number in numbers + Self.foreign.keys {
            // A process that is started by `nohup` is meant to outlive the terminal.
            if number == SIGHUP, ending.contains(number), SystemSignal.isIgnored(number) { continue }
            signal(number) { number in
                // Nothing in this handler may allocate or lock.
                var byte = UInt8(truncatingIfNeeded: number)
                let saved = errno
                _ = write(Signals.descriptor, &byte, 1)
                errno = saved
            }
        }
    }

    /// Whether a signal has come that ends the process.
    var haveCome: Bool { count.withLock { $0 > 0 } }

    /// Ends the process as a signal would, unless one already has.
    func end() { if !haveCome { continuation.yield(SIGTERM) } }

    private static func next(_ source: Int32) -> Int32? {
        var byte: UInt8 = 0
        while true {
            let count = read(source, &byte, 1)
            if count == 1 { return Int32(byte) }
            guard count < 0, errno == EINTR else { return nil }
        }
    }

    /// Gives the rest of the process a moment to end in order, or none if another signal comes.
    private static func end(_ source: Int32, _ last: () -> Void) -> Never {
        var entry = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, lastMoment)
        last()
        _exit(0)
    }
}
