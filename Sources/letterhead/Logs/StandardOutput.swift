import EventLoop
import Synchronization

/// The output of a command, which it writes through `Terminal`.
enum StandardOutput {
    /// The sink for output while the process serves, which does not block the caller, and which the access log shares.
    private static let sink = Mutex<LogSink?>(nil)
    /// Why a part of the output could not be written; nothing more is written then.
    private static let failure = Mutex<String?>(nil)

    static func write(_ text: String) {
        if let sink = sink.withLock({ $0 }) { return sink.write(Array(text.utf8)) }
        failure.withLock { failure in
            guard failure == nil else { return }
            do throws(SystemFile.Failure) {
                try SystemFile.write(Array(text.utf8), to: 1)
            } catch {
                failure = error.description
            }
        }
    }

    /// Whether nothing waits to be written.
    static var isWritten: Bool { sink.withLock { $0 }?.isIdle ?? true }

    /// Writes the remaining output, as far as the reader takes it in time.
    static func finish() {
        if !isLeft.withLock({ $0 }) { sink.withLock { $0 }?.drain(milliseconds: 1_000) }
    }

    /// Waits for the reader no longer: the server has done so, and has reported what was lost.
    static func leave() { isLeft.withLock { $0 = true } }

    private static let isLeft = Mutex(false)

    /// Writes to the sink from now on.
    static func use(_ sink: LogSink) { Self.sink.withLock { $0 = sink } }

    /// Reports a failed write on standard error, and returns false, because the caller has not received the answer.
    static func wasWritten() -> Bool {
        guard let cause = failure.withLock({ $0 }) else { return true }
        StandardError.write("letterhead: cannot write to standard output: \(cause)\n")
        return false
    }
}
