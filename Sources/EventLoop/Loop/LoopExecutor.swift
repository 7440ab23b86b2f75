/// Runs asynchronous code on the thread of a loop, one piece after the other.
///
/// Without it the code runs on the threads of Swift's own runtime, which are made when the first task begins: with them, a timer
/// and a second way to wait for events, whose descriptors may be missing when there are none left.
public final class LoopExecutor: TaskExecutor {
    private let mail: LoopMail

    public init(_ mail: LoopMail) { self.mail = mail }

    /// The job is dropped if the loop has ended.
    public func enqueue(_ job: consuming ExecutorJob) {
        // The job is run once, which is what it must be.
        let job = UnownedJob(job)
        mail.post { [self] _ in unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
