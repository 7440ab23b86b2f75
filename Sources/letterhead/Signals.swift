import Foundation

/// Signals of the process as a stream, in the order in which they came.
///
/// A handler of its own that writes into a pipe: a signal that is ignored and watched, as libdispatch has it, is lost when it
/// comes while the thread that would be interrupted does not block it.
final class Signals: Sendable {
    let stream: AsyncStream<Int32>

    /// Where the handler writes; set before the handler is installed, and never changed again.
    nonisolated(unsafe) private static var descriptor: Int32 = -1

    /// Watches these signals from now on, for the rest of the process's life.
    init(_ numbers: [Int32] = [SIGTERM, SIGINT, SIGHUP]) {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        Self.descriptor = pipe.fileHandleForWriting.fileDescriptor
        for number in numbers {
            signal(number) { number in
                // Nothing here may allocate or lock.
                var byte = UInt8(truncatingIfNeeded: number)
                let saved = errno
                _ = write(Signals.descriptor, &byte, 1)
                errno = saved
            }
        }
        Thread.detachNewThread {
            // Both ends stay open as long as this thread runs, and it does not end.
            while let byte = try? pipe.fileHandleForReading.read(upToCount: 1)?.first { continuation.yield(Int32(byte)) }
            withExtendedLifetime(pipe) { continuation.finish() }
        }
    }
}
