import Foundation
import Synchronization

/// What a command answers, by way of `Terminal`.
enum StandardOutput {
    /// Why some of it could not be written; then nothing more is.
    private static let failure = Mutex<String?>(nil)

    static func write(_ text: String) {
        failure.withLock { failure in
            guard failure == nil else { return }
            do throws(POSIXError) {
                try StandardStreams.write(text.utf8, to: 1)
            } catch {
                failure = String(cString: strerror(error.code.rawValue))
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
