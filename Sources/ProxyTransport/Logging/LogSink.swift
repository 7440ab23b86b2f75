import EventLoop
import Synchronization

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

/// The state that the sink and its thread share.
private final class LogWriter: Sendable {
    private struct State {
        var blocks: [[UInt8]] = []
        /// The bytes in `blocks` and in `writing`.
        var waiting = 0
        /// The blocks that are being written one after the other.
        var writing: ArraySlice<[UInt8]> = []
        /// Whether there is a thread that writes.
        var isStarted = false
        var isOver = false
        var droppedBlocks = 0
        var loss = Loss()
        var drainers: [ThreadSemaphore] = []
    }

    private let descriptor: CInt
    private let limit: Int
    private let trouble: @Sendable (LogSink.Trouble) -> Void
    private let state = Mutex(State())
    private let more = ThreadSemaphore()

    init(descriptor: CInt, limit: Int, trouble: @escaping @Sendable (LogSink.Trouble) -> Void) {
        self.descriptor = descriptor
        self.limit = limit
        self.trouble = trouble
    }

    var droppedBlocks: Int { state.withLock(\.droppedBlocks) }

    var isIdle: Bool { state.withLock { $0.blocks.isEmpty && $0.writing.isEmpty } }

    func take(_ lines: [UInt8]) {
        let (isFirst, news) = state.withLock { state -> (Bool, LogSink.Trouble?) in
            guard state.waiting + lines.count <= limit else {
                state.droppedBlocks += 1
                return (false, state.loss.add(Self.count(lines[...]), "nobody reads it fast enough", now: .now))
            }
            state.waiting += lines.count
            state.blocks.append(lines)
            return (state.blocks.count == 1, nil)
        }
        start()
        if isFirst { more.signal() }
        if let news { trouble(news) }
    }

    func wait(milliseconds: Int) -> Bool {
        let done = ThreadSemaphore()
        let isIdle = state.withLock { state in
            if state.blocks.isEmpty, state.writing.isEmpty { return true }
            state.drainers.append(done)
            return false
        }
        let isWritten = isIdle || done.wait(milliseconds: milliseconds)
        let left = state.withLock { state in
            state.loss.end() + (state.writing + state.blocks).reduce(0) { $0 + Self.count($1[...]) }
        }
        if left > 0 { trouble(.left(lines: left)) }
        return isWritten
    }

    func end() {
        state.withLock { $0.isOver = true }
        more.signal()
    }

    private static func count(_ lines: ArraySlice<UInt8>) -> Int { lines.count { $0 == UInt8(ascii: "\n") } }

    // MARK: The thread

    /// Starts the thread, which holds the writer until it ends. If the system has none left, the next lines try again.
    func start() {
        let isNeeded = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isNeeded, !DetachedThread.start({ self.run() }) else { return }
        state.withLock { $0.isStarted = false }
    }

    private func run() {
        var isTorn = false
        while true {
            more.wait()
            let (blocks, isOver) = state.withLock { state in
                state.writing = state.blocks[...]
                state.blocks = []
                return (state.writing, state.isOver)
            }
            for block in blocks { write(block, &isTorn) }
            let drainers = state.withLock { state in
                guard state.blocks.isEmpty else { return [ThreadSemaphore]() }
                defer { state.drainers = [] }
                return state.drainers
            }
            for drainer in drainers { drainer.signal() }
            if isOver { return }
        }
    }

    private func write(_ block: [UInt8], _ isTorn: inout Bool) {
        let failure = writeAll(block, &isTorn)
        let news = state.withLock { state in
            state.waiting -= block.count
            state.writing = state.writing.dropFirst()
            guard let failure else { return state.loss.written(now: .now) }
            state.droppedBlocks += 1
            return state.loss.add(failure.lines, "\(failure.cause)", now: .now)
        }
        if let news { trouble(news) }
    }

    /// Returns how many lines were not completely written, and the cause; nil if all were.
    private func writeAll(_ block: [UInt8], _ isTorn: inout Bool) -> (lines: Int, cause: SystemFile.Failure)? {
        // A line that was cut off stays so; the next block begins on a new line.
        let bytes = isTorn ? [UInt8(ascii: "\n")] + block : block
        var offset = 0
        defer { if offset > 0 { isTorn = bytes[offset - 1] != UInt8(ascii: "\n") } }
        do throws(SystemFile.Failure) {
            try SystemFile.write(bytes, from: &offset, to: descriptor)
            return nil
        } catch {
            return (Self.count(bytes[offset...]), error)
        }
    }
}

/// The lines lost since the last report.
struct Loss {
    private var lines = 0
    private var last: ContinuousClock.Instant?

    /// How long nothing may be lost before the trouble is over: a disk on which a line finds room now and then is still full.
    static let pause = Duration.seconds(1)

    /// Counts lost lines. Returns the trouble to report if they are the first.
    mutating func add(_ count: Int, _ cause: String, now: ContinuousClock.Instant) -> LogSink.Trouble? {
        defer {
            lines += max(1, count)
            last = now
        }
        return last == nil ? .began(cause: cause) : nil
    }

    /// Ends the count; returns how many lost lines were not reported.
    mutating func end() -> Int {
        defer { self = Loss() }
        return lines
    }

    /// Notes that lines were written. Returns the trouble to report if that ends a loss.
    mutating func written(now: ContinuousClock.Instant) -> LogSink.Trouble? {
        guard let last, now - last >= Self.pause else { return nil }
        defer { self = Loss() }
        return .ended(lines: lines)
    }
}
