import CUV
import Synchronization

/// Sends jobs from other threads to a loop, which runs them in the order of posting.
@safe public final class LoopMail: Sendable {
    public typealias Job = @Sendable (Loop) -> Void

    @safe private struct Box: Sendable {
        var jobs: [Job] = []
        /// Wakes the loop; nil before the loop exists and after it has ended.
        nonisolated(unsafe) var bell: UnsafeMutablePointer<uv_async_t>?
    }

    private let box = Mutex(Box())

    /// Posts a job for the loop to run soon. False if the loop has ended, and the job will never run.
    @discardableResult
    public func post(_ job: @escaping Job) -> Bool {
        box.withLock { box in
            guard let bell = unsafe box.bell else { return false }
            box.jobs.append(job)
            // Several calls before the loop wakes count as one. This is libuv's only function that other threads may call.
            unsafe uv_async_send(bell)
            return true
        }
    }

    /// Posts a question and waits for the answer. Nil if the loop has ended.
    public func ask<Answer: Sendable>(_ question: @escaping @Sendable (Loop) -> Answer) async -> Answer? {
        await withCheckedContinuation { continuation in
            let once = Once(continuation)
            let isPosted = post { once.answer(question($0)) }
            if !isPosted { once.answer(nil) }
        }
    }

    func open(on loop: Loop) -> CInt {
        let bell = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
        let status = unsafe uv_async_init(loop.handle, bell) { bell in
            guard let bell = unsafe bell else { return }
            unsafe Loop.of(bell.pointee.loop)._withUnsafeGuaranteedRef { $0.mail.deliver(to: $0) }
        }
        guard status == 0 else {
            unsafe bell.deallocate()
            return status
        }
        box.withLock { unsafe $0.bell = bell }
        return 0
    }

    private func deliver(to loop: Loop) {
        let jobs = box.withLock { box in
            let jobs = box.jobs
            box.jobs = []
            return jobs
        }
        for job in jobs { job(loop) }
    }

    /// Drops the jobs that have not run; callers of `ask` get nil.
    func close() {
        let (bell, jobs) = unsafe box.withLock { box in
            defer {
                unsafe box.bell = nil
                box.jobs = []
            }
            return unsafe (box.bell, box.jobs)
        }
        _ = jobs
        guard let bell = unsafe bell else { return }
        unsafe bell.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { handle in
            unsafe uv_close(handle) { handle in
                unsafe UnsafeMutableRawPointer(handle)?.deallocate()
            }
        }
    }
}

/// A continuation that is resumed even if nobody answers.
final class Once<Answer: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Answer?, Never>?>

    init(_ continuation: CheckedContinuation<Answer?, Never>) { self.continuation = Mutex(continuation) }

    func answer(_ answer: Answer?) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(returning: answer)
    }

    deinit { answer(nil) }
}
