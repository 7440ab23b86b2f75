import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes access log lines to a file descriptor on a thread of its own, so that a slow reader of the log stops no event loop.
///
/// When the reader is so slow that `limit` bytes wait, whole blocks of lines are dropped and counted: serving comes first.
public final class AccessLogSink: Sendable {
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "letterhead.access-log")
    private let waiting = Atomic<Int>(0)
    private let lost = Atomic<Int>(0)
    private static let limit = 16 << 20

    /// Does not take ownership of the descriptor.
    public init(descriptor: Int32) { self.descriptor = descriptor }

    /// Blocks of lines that were dropped.
    public var droppedBlocks: Int { lost.load(ordering: .relaxed) }

    /// Takes whole lines.
    func write(_ lines: [UInt8]) {
        guard waiting.load(ordering: .relaxed) + lines.count <= Self.limit else {
            lost.add(1, ordering: .relaxed)
            return
        }
        waiting.add(lines.count, ordering: .relaxed)
        queue.async { [self] in
            writeAll(lines)
            waiting.subtract(lines.count, ordering: .relaxed)
        }
    }

    /// Returns when everything taken so far has been written.
    public func drain() { queue.sync {} }

    private func writeAll(_ lines: [UInt8]) {
        var offset = 0
        while offset < lines.count {
            // The buffer outlives the call, which writes at most what is left of it.
            let written = unsafe lines.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: offset), lines.count - offset)
            }
            if written > 0 {
                offset += written
            } else if written < 0, errno == EINTR || errno == EAGAIN {
                continue
            } else {
                return
            }
        }
    }
}
