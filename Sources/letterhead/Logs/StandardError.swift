import EventLoop
import ProxyCore
import ProxyTransport
import Synchronization

/// Lines for people and for log collectors; nothing in them steers a terminal. Where they cannot be written there is nobody to tell.
enum StandardError {
    /// Where they go while the process serves: it waits for nobody.
    private static let sink = Mutex<LogSink?>(nil)

    static func write(_ text: String) {
        guard !text.isEmpty else { return }
        // Whatever is said next, by this process or another, begins on a line of its own.
        let text = text.hasSuffix("\n") ? text : text + "\n"
        let bytes = Array(text.visibleLines.utf8)
        if let sink = sink.withLock({ $0 }) { return sink.write(bytes) }
        try? SystemFile.write(bytes, to: 2)
    }

    /// Writes what is left, as far as somebody reads it.
    static func finish() { sink.withLock { $0 }?.drain(milliseconds: 1_000) }

    /// From now on.
    static func use(_ sink: LogSink) { Self.sink.withLock { $0 = sink } }
}
