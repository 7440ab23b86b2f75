import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Notices when the file at a path changes: it is written in place, replaced, deleted and made again, or reached by another link.
///
/// The watch checks the file at an interval instead of relying on notifications from the kernel. That also works for the
/// exchanged links of a Kubernetes volume and for file systems without notifications.
@safe public final class FileWatch: LoopTask {
    private let watch: UnsafeMutablePointer<uv_fs_poll_t>
    private let changed: () -> Void
    /// The loop, which cancels its tasks before it ends.
    private unowned(unsafe) let loop: Loop
    private var isCancelled = false

    fileprivate init(_ loop: Loop, changed: @escaping () -> Void) {
        unsafe watch = .allocate(capacity: 1)
        unsafe self.loop = loop
        self.changed = changed
    }

    deinit { unsafe watch.deallocate() }

    fileprivate func start(_ path: String, _ interval: Int) throws(SystemError) {
        let created = unsafe uv_fs_poll_init(loop.handle, watch)
        guard created == 0 else { throw SystemError(uv: created, "uv_fs_poll_init") }
        unsafe watch.pointee.data = loop.keep(self)
        let status = unsafe uv_fs_poll_start(
            watch,
            { watch, _, _, _ in
                // A missing file is a state like any other.
                guard let watch = unsafe watch, let key = unsafe watch.pointee.data else { return }
                unsafe Unmanaged<FileWatch>.fromOpaque(key).takeUnretainedValue().changed()
            }, path, UInt32(clamping: max(1, interval)))
        guard status == 0 else {
            cancel()
            throw SystemError(uv: status, "stat")
        }
    }

    /// Stops watching.
    public override func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        unsafe Self.close(watch)
    }
}

extension Loop {
    /// Calls `changed` when a file changes.
    ///
    /// - Parameter interval: the milliseconds between two checks.
    @discardableResult
    public func watch(file path: String, every interval: Int, _ changed: @escaping () -> Void) throws(SystemError) -> FileWatch {
        let watch = FileWatch(self, changed: changed)
        try watch.start(path, interval)
        return watch
    }
}
