import EventLoop
import Synchronization

/// The loop of everything that is not an exchange: commands, reloads, and what these ask others over the network.
///
/// It begins with its first use and lasts until the process ends. Nobody has to wait for its thread, which a slow resolver may
/// hold up.
package enum TaskLoop {
    private static let place = Mutex<Place?>(nil)

    private struct Place: Sendable {
        let thread: LoopThread
        let executor: LoopExecutor
        let asker: Asker
    }

    private static func begun() throws(SystemError) -> Place {
        try place.withLock { place throws(SystemError) in
            if let place { return place }
            let asker = Asker()
            let thread = try LoopThread { asker.begin($0) }
            let begun = Place(thread: thread, executor: LoopExecutor(thread.mail), asker: asker)
            place = begun
            return begun
        }
    }

    /// Runs the body on the loop, and waits until it ends. It is called by the main thread, never from asynchronous code.
    ///
    /// - Throws: the body's error, or `SystemError` if there are no descriptors or threads left for the loop.
    package static func run(_ body: sending @escaping () async throws -> Void) throws {
        let executor = try begun().executor
        let outcome = Handover<(any Error)?>()
        Task(executorPreference: executor) {
            do {
                try await body()
                outcome.give(nil)
            } catch {
                outcome.give(error)
            }
        }
        if let error = outcome.take() { throw error }
    }

    /// Begins a task on the loop.
    @discardableResult
    package static func start<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Task<Value, Never> {
        Task(executorPreference: try? begun().executor, operation: body)
    }

    /// Lets the current task wait. The end of the task does not shorten it.
    package static func pause(_ duration: Duration) async {
        await (try? begun())?.thread.mail.pause(milliseconds: Int(duration / .milliseconds(1)))
    }

    /// Asks a server something.
    static func ask(_ question: Inquiry.Question) async -> Inquiry.Answer {
        let place: Place
        do throws(SystemError) {
            place = try begun()
        } catch {
            return .failure(.noConnection(error.text, isTimeout: false))
        }
        return await withCheckedContinuation { continuation in
            let isPosted = place.thread.mail.post { _ in place.asker.ask(question) { continuation.resume(returning: $0) } }
            if !isPosted { continuation.resume(returning: .failure(.closed)) }
        }
    }

    /// Holds the loop's connections, and starts inquiries there.
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
            Inquiry.start(question, on: host, done: done)
            host.jobDone()
        }
    }
}
