import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A thread that nobody joins.
public enum DetachedThread {
    private final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a thread for the body. False if the system has no thread left; the body then does not run.
    public static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        let thread = UnsafeMutablePointer<uv_thread_t>.allocate(capacity: 1)
        defer { unsafe thread.deallocate() }
        // The new thread releases the body, or this one does if there is none.
        let start = unsafe Unmanaged.passRetained(Start(body)).toOpaque()
        let status = unsafe uv_thread_create(
            thread,
            { argument in
                guard let argument = unsafe argument else { return }
                unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
            }, start)
        guard status == 0 else {
            unsafe Unmanaged<Start>.fromOpaque(start).release()
            return false
        }
        unsafe pthread_detach(thread.pointee)
        return true
    }
}
