import EventLoop
import ProxyCore
import Synchronization

/// Messages for users and log collectors, in which nothing can control a terminal. A failure to write them cannot be reported.
enum StandardError {
    /// The sink for messages while the process serves, which does not block the caller.
    private static let sink = Mutex<LogSink?>(nil)

    static func write(_ text: String) {
        guard !text.isEmpty else { return }
        // The next message, of this process or another, begins on a line of its own.
        let text = text.hasSuffix("\n") ? text : text + "\n"
        let bytes = Array(text.visibleLines.utf8)
        if let sink = sink.withLock({ $0 }) { return sink.write(bytes) }
        try? SystemFile.write(bytes, to: 2)
    }

    /// Writes the remaining messages, as far as the reader takes them.
    static func finish() { sink.withLock { $0 }?.drain(milliseconds: patience.withLock { $0 }) }

    /// From now on waits only briefly at the end, because the server has already waited for the reader.
    static func hurry() { patience.withLock { $0 = 200 } }

    /// The milliseconds that the reader has at the end.
    private static let patience = Mutex(1_000)

    /// Writes to the sink from now on.
    static func use(_ sink: LogSink) { Self.sink.withLock { $0 = sink } }
}
