import Synchronization

/// Writes lines to a file descriptor on a thread of its own, so that callers never wait, whatever is behind the descriptor: a
/// pipe that nobody reads, a full disk, nothing.
///
/// Lines that cannot be written, and lines that arrive while `limit` bytes wait, are dropped and counted, because serving comes
/// first.
public final class LogSink: Sendable {
    /// A change to report: lines are being lost, and why; lines are written again, and how many were lost; or how many were lost
    /// when the process ended.
    public enum Trouble: Sendable, Hashable {
        case began(cause: String)
        case ended(lines: Int)
        case left(lines: Int)
    }

    private let writer: LogWriter
    private let limit: Int

    /// The bytes that may wait where nothing else is said.
    public static let standardLimit = 16 << 20

    /// Does not take ownership of the descriptor.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that may wait.
    ///   - trouble: called on any thread with each change; it must not block.
    public init(descriptor: CInt, limit: Int = standardLimit, trouble: @escaping @Sendable (Trouble) -> Void = { _ in }) {
        self.limit = limit
        writer = LogWriter(descriptor: descriptor, trouble: trouble)
        writer.start()
    }

    deinit {
        writer.state.withLock { $0.isOver = true }
        writer.more.signal()
    }

    /// The number of blocks of lines of which something was dropped.
    public var droppedBlocks: Int { writer.state.withLock(\.droppedBlocks) }

    /// Whether everything taken so far has been written or dropped.
    public var isIdle: Bool { writer.state.withLock(\.isIdle) }

    /// Takes complete lines.
    public func write(_ lines: [UInt8]) {
        let (isFirst, news) = writer.state.withLock { state -> (Bool, Trouble?) in
            guard state.waiting + lines.count <= limit else {
                state.droppedBlocks += 1
                return (false, state.loss.add(LogWriter.count(lines[...]), "nobody reads it fast enough", now: .now))
            }
            state.waiting += lines.count
            state.blocks.append(lines)
            return (state.blocks.count == 1, nil)
        }
        writer.start()
        if isFirst { writer.more.signal() }
        if let news { writer.trouble(news) }
    }

    /// Waits until everything taken so far has been written or dropped, or the time is up, and returns whether it has. Also
    /// reports losses that were not reported yet, and lines that still wait, so it is meant for the end.
    @discardableResult
    public func drain(milliseconds: Int = 2_000) -> Bool {
        let done = ThreadSemaphore()
        let isIdle = writer.state.withLock { state in
            if !state.isIdle { state.drainers.append(done) }
            return state.isIdle
        }
        let isWritten = isIdle || done.wait(milliseconds: milliseconds)
        let left = writer.state.withLock { state in
            state.loss.end() + (state.writing + state.blocks).reduce(0) { $0 + LogWriter.count($1[...]) }
        }
        if left > 0 { writer.trouble(.left(lines: left)) }
        return isWritten
    }
}

/// What a sink shares with its thread, which holds it until there is nothing more to write.
private final class LogWriter: Sendable {
    struct State {
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

        var isIdle: Bool { blocks.isEmpty && writing.isEmpty }
    }

    let trouble: @Sendable (LogSink.Trouble) -> Void
    let state = Mutex(State())
    let more = ThreadSemaphore()
    private let descriptor: CInt

    init(descriptor: CInt, trouble: @escaping @Sendable (LogSink.Trouble) -> Void) {
        self.descriptor = descriptor
        self.trouble = trouble
    }

    static func count(_ lines: ArraySlice<UInt8>) -> Int { lines.count { $0 == UInt8(ascii: "\n") } }

    /// Starts the thread. If the system has none left, the next lines try again.
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
