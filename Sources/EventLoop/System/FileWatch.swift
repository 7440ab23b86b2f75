import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Notices when what stands at a path changes: written in place, renamed over, deleted and made again, or reached by another link.
///
/// It looks at the file at an interval, rather than being told by the kernel: that holds for exchanged links of a Kubernetes
/// volume and for file systems that tell nobody.
@safe public final class FileWatch: LoopTask {
    private let watch: UnsafeMutablePointer<uv_fs_poll_t>
    private let changed: () -> Void
    /// It cancels its tasks before it goes.
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
                // A file that is not there is a state like any other.
                guard let watch = unsafe watch, let key = unsafe watch.pointee.data else { return }
                unsafe Unmanaged<FileWatch>.fromOpaque(key).takeUnretainedValue().changed()
            }, path, UInt32(clamping: max(1, interval)))
        guard status == 0 else {
            cancel()
            throw SystemError(uv: status, "stat")
        }
    }

    /// Stops looking.
    public override func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        unsafe Self.close(watch)
    }
}

extension Loop {
    /// Is told when a file changes.
    ///
    /// - Parameter interval: milliseconds between two looks.
    @discardableResult
    public func watch(file path: String, every interval: Int, _ changed: @escaping () -> Void) throws(SystemError) -> FileWatch {
        let watch = FileWatch(self, changed: changed)
        try watch.start(path, interval)
        return watch
    }
}
