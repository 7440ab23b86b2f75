import CUV

/// A count on which threads wait.
@safe public final class ThreadSemaphore: Sendable {
    // Made and freed with the semaphore; what they point to is made for many threads.
    nonisolated(unsafe) private let mutex: UnsafeMutablePointer<uv_mutex_t>
    nonisolated(unsafe) private let condition: UnsafeMutablePointer<uv_cond_t>
    /// Read and changed with the mutex held.
    nonisolated(unsafe) private var count = 0

    public init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        // Neither needs memory or descriptors: without attributes that the system lacks they do not fail (pthread_mutex_init(3)).
        _ = unsafe uv_mutex_init(mutex)
        _ = unsafe uv_cond_init(condition)
    }

    deinit {
        unsafe uv_cond_destroy(condition)
        unsafe uv_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Lets one waiting thread go, or the next one that comes.
    public func signal() {
        unsafe uv_mutex_lock(mutex)
        unsafe count += 1
        unsafe uv_cond_signal(condition)
        unsafe uv_mutex_unlock(mutex)
    }

    public func wait() {
        unsafe uv_mutex_lock(mutex)
        while unsafe count == 0 { unsafe uv_cond_wait(condition, mutex) }
        unsafe count -= 1
        unsafe uv_mutex_unlock(mutex)
    }

    /// False where nobody has signalled within the time.
    public func wait(milliseconds: Int) -> Bool {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        unsafe uv_mutex_lock(mutex)
        defer { unsafe uv_mutex_unlock(mutex) }
        while unsafe count == 0 {
            let left = Int((end - .now) / .nanoseconds(1))
            // It may return before its time.
            guard left > 0 else { return false }
            _ = unsafe uv_cond_timedwait(condition, mutex, UInt64(left))
        }
        unsafe count -= 1
        return true
    }
}
