import EventLoop

/// A worker with the thread that it runs on, as other threads know it.
final class WorkerThread: Sendable {
    private let thread: LoopThread
    private let seat: Seat

    /// Where the worker is; touched by its own thread alone.
    private final class Seat: Sendable {
        nonisolated(unsafe) var worker: Worker?
    }

    /// - Throws: `SystemError` where there are no descriptors or threads left.
    init(_ make: @escaping @Sendable (Loop) -> Worker) throws(SystemError) {
        let seat = Seat()
        self.seat = seat
        thread = try LoopThread { loop in
            let worker = make(loop)
            unsafe seat.worker = worker
            return worker
        }
    }

    /// Has the worker do something soon. False where it is gone.
    @discardableResult
    func post(_ job: @escaping @Sendable (Worker) -> Void) -> Bool {
        thread.mail.post { [seat] _ in
            guard let worker = unsafe seat.worker else { return }
            worker.refreshClock()
            job(worker)
            worker.jobDone()
        }
    }

    /// The same, and waits for the answer. Nil where the worker is gone.
    func ask<Answer: Sendable>(_ question: @escaping @Sendable (Worker) -> Answer) async -> Answer? {
        let answer = await thread.mail.ask { [seat] _ -> Answer? in
            guard let worker = unsafe seat.worker else { return nil }
            worker.refreshClock()
            defer { worker.jobDone() }
            return question(worker)
        }
        return answer ?? nil
    }

    /// Ends the loop, and with it the worker. Returns when the thread has ended.
    func end() async {
        _ = await thread.mail.ask { [seat] loop in
            // It knows its connections, and they know it.
            unsafe seat.worker?.dissolve()
            unsafe seat.worker = nil
            loop.stop()
        }
        thread.join()
    }
}
