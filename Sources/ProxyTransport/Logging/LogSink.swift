/// Writes lines to a file descriptor on a thread of its own, so that callers never wait, whatever is behind the descriptor: a
/// pipe that nobody reads, a full disk, nothing.
///
/// Lines that cannot be written, and lines that arrive while `limit` bytes wait, are dropped and counted, because serving comes
/// first.
package final class LogSink: Sendable {
    /// A change to report: lines are being lost, and why; lines are written again, and how many were lost; or how many were lost
    /// when the process ended.
    package enum Trouble: Sendable, Hashable {
        case began(cause: String)
        case ended(lines: Int)
        case left(lines: Int)
    }

    private let writer: LogWriter

    /// The bytes that may wait where nothing else is said.
    package static let standardLimit = 16 << 20

    /// Does not take ownership of the descriptor.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that may wait.
    ///   - trouble: called on any thread with each change; it must not block.
    package init(descriptor: CInt, limit: Int = standardLimit, trouble: @escaping @Sendable (Trouble) -> Void = { _ in }) {
        writer = LogWriter(descriptor: descriptor, limit: limit, trouble: trouble)
        writer.start()
    }

    deinit { writer.end() }

    /// The number of blocks of lines of which something was dropped.
    package var droppedBlocks: Int { writer.droppedBlocks }

    /// Whether everything taken so far has been written or dropped.
    package var isIdle: Bool { writer.isIdle }

    /// Takes complete lines.
    package func write(_ lines: [UInt8]) { writer.take(lines) }

    /// Waits until everything taken so far has been written or dropped, or the time is up, and returns whether it has. Also
    /// reports losses that were not reported yet, and lines that still wait, so it is meant for the end.
    @discardableResult
    package func drain(milliseconds: Int = 2_000) -> Bool { writer.wait(milliseconds: milliseconds) }
}
