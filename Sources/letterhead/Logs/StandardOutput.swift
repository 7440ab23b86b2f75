import EventLoop
import Synchronization

/// The output of a command, which it writes through `Terminal`.
enum StandardOutput {
    /// Why a part of the output could not be written; nothing more is written then.
    private static let failure = Mutex<String?>(nil)

    static func write(_ text: String) {
        failure.withLock { failure in
            guard failure == nil else { return }
            do throws(SystemFile.Failure) {
                try SystemFile.write(Array(text.utf8), to: 1)
            } catch {
                failure = error.description
            }
        }
    }

    /// Reports a failed write on standard error, and returns false, because the caller has not received the answer.
    static func wasWritten() -> Bool {
        guard let cause = failure.withLock({ $0 }) else { return true }
        StandardError.write("letterhead: cannot write to standard output: \(cause)\n")
        return false
    }
}
