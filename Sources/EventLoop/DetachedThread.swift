#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A thread that nobody waits for.
public enum DetachedThread {
    private final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// False where there is no thread left; then the body does not run.
    @discardableResult
    public static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        // The new thread takes the body, or we do again.
        let start = unsafe Unmanaged.passRetained(Start(body))
        #if canImport(Darwin)
            let status = unsafe pthread_create(
                &thread, nil,
                { raw in
                    unsafe Unmanaged<Start>.fromOpaque(raw).takeRetainedValue().body()
                    return nil
                }, start.toOpaque())
            if status == 0, let thread = unsafe thread { unsafe pthread_detach(thread) }
        #else
            let status = unsafe pthread_create(
                &thread, nil,
                { raw in
                    guard let raw = unsafe raw else { return nil }
                    unsafe Unmanaged<Start>.fromOpaque(raw).takeRetainedValue().body()
                    return nil
                }, start.toOpaque())
            if status == 0 { pthread_detach(thread) }
        #endif
        guard status == 0 else {
            unsafe start.release()
            return false
        }
        return true
    }
}
