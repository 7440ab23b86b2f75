import EventLoop
import Synchronization

/// What a command answers, by way of `Terminal`.
enum StandardOutput {
    /// Why some of it could not be written; then nothing more is.
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

    /// False where some of it could not be written, which is said: who asked has not got the answer.
    static func wasWritten() -> Bool {
        guard let cause = failure.withLock({ $0 }) else { return true }
        StandardError.write("letterhead: cannot write to standard output: \(cause)\n")
        return false
    }
}
