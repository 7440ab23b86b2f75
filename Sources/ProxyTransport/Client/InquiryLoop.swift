import EventLoop
import Synchronization

/// The loop on which inquiries run. It is made for the first inquiry and lasts until the process ends. Nobody has to wait for its
/// thread, which a slow resolver may hold up.
enum InquiryLoop {
    private static let thread = Mutex<(LoopThread, Asker)?>(nil)

    static func ask(_ question: Inquiry.Question) async -> Inquiry.Answer {
        let asker: Asker
        let mail: LoopMail
        do throws(SystemError) {
            (mail, asker) = try place()
        } catch {
            return .failure(.noConnection(error.text))
        }
        return await withCheckedContinuation { continuation in
            let isPosted = mail.post { _ in asker.ask(question) { continuation.resume(returning: $0) } }
            if !isPosted { continuation.resume(returning: .failure(.closed)) }
        }
    }

    private static func place() throws(SystemError) -> (LoopMail, Asker) {
        try thread.withLock { made throws(SystemError) in
            if let (thread, asker) = made { return (thread.mail, asker) }
            let asker = Asker()
            let thread = try LoopThread { asker.begin($0) }
            made = (thread, asker)
            return (thread.mail, asker)
        }
    }

    /// Holds the connections of the inquiry loop and starts inquiries there.
    @safe private final class Asker: Sendable {
        /// Used on the loop's thread alone.
        nonisolated(unsafe) private var host: Connections?

        func begin(_ loop: Loop) -> Connections {
            let host = Connections(loop)
            unsafe self.host = host
            return host
        }

        func ask(_ question: Inquiry.Question, done: @escaping (Inquiry.Answer) -> Void) {
            guard let host = unsafe host else { return done(.failure(.closed)) }
            Inquiry(question, on: host, done: done).start()
            host.jobDone()
        }
    }
}
