import EventLoop

/// A worker and its thread, as other threads see it.
final class WorkerThread: Sendable {
    private let thread: LoopThread
    private let seat: Seat

    /// Holds the worker; only touched by the worker's own thread.
    private final class Seat: Sendable {
        nonisolated(unsafe) var worker: Worker?
    }

    /// - Throws: `SystemError` when there are no descriptors or threads left.
    init(_ make: @escaping @Sendable (Loop) -> Worker) throws(SystemError) {
        let seat = Seat()
        self.seat = seat
        thread = try LoopThread { loop in
            let worker = make(loop)
            unsafe seat.worker = worker
            return worker
        }
    }

    /// Posts a job to the worker. False when the worker is gone.
    @discardableResult
    func post(_ job: @escaping @Sendable (Worker) -> Void) -> Bool {
        thread.mail.post { [seat] _ in
            guard let worker = unsafe seat.worker else { return }
            worker.refreshClock()
            job(worker)
            worker.jobDone()
        }
    }

    /// Posts a question to the worker and waits for the answer. Nil when the worker is gone.
    func ask<Answer: Sendable>(_ question: @escaping @Sendable (Worker) -> Answer) async -> Answer? {
        let answer = await thread.mail.ask { [seat] _ -> Answer? in
            guard let worker = unsafe seat.worker else { return nil }
            worker.refreshClock()
            defer { worker.jobDone() }
            return question(worker)
        }
        return answer ?? nil
    }

    /// Ends the loop and the worker; returns when the thread has ended.
    func end() async {
        _ = await thread.mail.ask { [seat] loop in
            // The worker and its connections refer to each other, so the cycle has to be broken.
            unsafe seat.worker?.dissolve()
            unsafe seat.worker = nil
            loop.stop()
        }
        thread.join()
    }
}
