import CUV

/// Reports signals of the process on a loop, in the order of arrival.
@safe public final class SignalWatch: LoopTask {
    private let watch: UnsafeMutablePointer<uv_signal_t>
    private let told: (Int32) -> Void
    /// The loop, which cancels its tasks before it ends.
    private unowned(unsafe) let loop: Loop
    private var isCancelled = false

    fileprivate init(_ loop: Loop, told: @escaping (Int32) -> Void) {
        unsafe watch = .allocate(capacity: 1)
        unsafe self.loop = loop
        self.told = told
    }

    deinit { unsafe watch.deallocate() }

    fileprivate func start(_ number: Int32) throws(SystemError) {
        let created = unsafe uv_signal_init(loop.handle, watch)
        guard created == 0 else { throw SystemError(uv: created, "uv_signal_init") }
        unsafe watch.pointee.data = loop.keep(self)
        let status = unsafe uv_signal_start(
            watch,
            { watch, number in
                guard let watch = unsafe watch, let key = unsafe watch.pointee.data else { return }
                unsafe Unmanaged<SignalWatch>.fromOpaque(key).takeUnretainedValue().told(number)
            }, number)
        guard status == 0 else {
            cancel()
            throw SystemError(uv: status, "sigaction")
        }
    }

    /// Restores the signal's default action.
    public override func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        unsafe Self.close(watch)
    }
}

extension Loop {
    /// Calls `told` for a signal from now on, in place of the signal's default action.
    @discardableResult
    public func watch(signal number: Int32, _ told: @escaping (Int32) -> Void) throws(SystemError) -> SignalWatch {
        let watch = SignalWatch(self, told: told)
        try watch.start(number)
        return watch
    }
}
