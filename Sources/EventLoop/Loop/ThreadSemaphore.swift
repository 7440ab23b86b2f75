import CUV

/// A counting semaphore for threads.
@safe public final class ThreadSemaphore: Sendable {
    // These are made and freed with the semaphore, and are meant for use by many threads.
    nonisolated(unsafe) private let mutex: UnsafeMutablePointer<uv_mutex_t>
    nonisolated(unsafe) private let condition: UnsafeMutablePointer<uv_cond_t>
    /// The count; only accessed while the mutex is held.
    nonisolated(unsafe) private var count = 0

    public init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        // Without special attributes, neither call needs memory or descriptors, so they do not fail (pthread_mutex_init(3)).
        _ = unsafe uv_mutex_init(mutex)
        _ = unsafe uv_cond_init(condition)
    }

    deinit {
        unsafe uv_cond_destroy(condition)
        unsafe uv_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Releases one waiting thread, or the next one that waits.
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

    /// Waits for a signal. False if none came within the time.
    public func wait(milliseconds: Int) -> Bool {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        unsafe uv_mutex_lock(mutex)
        defer { unsafe uv_mutex_unlock(mutex) }
        while unsafe count == 0 {
            let left = Int((end - .now) / .nanoseconds(1))
            // The wait may end early.
            guard left > 0 else { return false }
            _ = unsafe uv_cond_timedwait(condition, mutex, UInt64(left))
        }
        unsafe count -= 1
        return true
    }
}
