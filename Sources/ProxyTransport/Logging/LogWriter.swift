import EventLoop
import Synchronization

/// The state that the sink and its thread share.
final class LogWriter: Sendable {
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
