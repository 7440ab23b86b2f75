import CUV
import Synchronization

/// A thread that runs its own loop.
@safe public final class LoopThread: Sendable {
    /// Sends jobs to the loop.
    public let mail: LoopMail
    private let thread: Mutex<Ended?>

    @safe private struct Ended: Sendable {
        nonisolated(unsafe) var handle: UnsafeMutablePointer<uv_thread_t>
    }

    /// The data for the new thread, on its way there.
    private final class Start {
        let loop: Loop
        let make: (Loop) -> LoopClient

        init(_ loop: Loop, _ make: @escaping (Loop) -> LoopClient) {
            self.loop = loop
            self.make = make
        }
    }

    /// Makes a loop, then its client on the loop's thread, and runs them until `stop`.
    ///
    /// - Throws: `SystemError` if there are no descriptors or threads left.
    public init(_ make: @escaping @Sendable (Loop) -> LoopClient) throws(SystemError) {
        let loop = try Loop()
        mail = loop.mail
        let handle = UnsafeMutablePointer<uv_thread_t>.allocate(capacity: 1)
        // From here on only the new thread uses the loop.
        let start = unsafe Unmanaged.passRetained(Start(loop, make)).toOpaque()
        let status = unsafe uv_thread_create(
            handle,
            { argument in
                guard let argument = unsafe argument else { return }
                let (loop, client) = unsafe LoopThread.begin(Unmanaged<Start>.fromOpaque(argument).takeRetainedValue())
                loop.run(client)
                loop.close()
            }, start)
        guard status == 0 else {
            unsafe Unmanaged<Start>.fromOpaque(start).release()
            unsafe handle.deallocate()
            throw SystemError(uv: status, "uv_thread_create")
        }
        unsafe thread = Mutex(Ended(handle: handle))
    }

    /// Makes the client. What that needed is freed when this returns, long before the loop ends.
    @inline(never)
    private static func begin(_ start: consuming Start) -> (Loop, LoopClient) { (start.loop, start.make(start.loop)) }

    /// Ends the loop after its current turn. Must not be called from its own thread.
    public func stop() { mail.post { $0.stop() } }

    /// Waits until the loop has ended. Must not be called from its own thread; a second call returns at once.
    public func join() {
        let ended = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        guard let ended else { return }
        unsafe uv_thread_join(ended.handle)
        unsafe ended.handle.deallocate()
    }

    deinit {
        stop()
        join()
    }
}
