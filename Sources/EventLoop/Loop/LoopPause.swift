import CUV

/// A timer of a loop that goes off once.
@safe private final class LoopPause: LoopTask {
    private let timer: UnsafeMutablePointer<uv_timer_t>
    private var over: (() -> Void)?

    init(over: @escaping () -> Void) {
        unsafe timer = .allocate(capacity: 1)
        self.over = over
    }

    deinit { unsafe timer.deallocate() }

    func start(on loop: Loop, milliseconds: Int) {
        // Neither call can fail with a callback. The timer lives as long as this object, which the loop keeps until it is closed.
        unsafe uv_timer_init(loop.handle, timer)
        unsafe timer.pointee.data = unsafe loop.keep(self)
        unsafe uv_update_time(loop.handle)
        unsafe uv_timer_start(
            timer,
            { timer in
                guard let timer = unsafe timer, let key = unsafe timer.pointee.data else { return }
                unsafe Unmanaged<LoopPause>.fromOpaque(key).takeUnretainedValue().end()
            }, UInt64(max(0, milliseconds)), 0)
    }

    private func end() {
        let over = over
        cancel()
        over?()
    }

    override func cancel() {
        over = nil
        guard unsafe uv_is_closing(UnsafeMutableRawPointer(timer).assumingMemoryBound(to: uv_handle_t.self)) == 0 else { return }
        unsafe Self.close(timer)
    }
}

extension LoopMail {
    /// Waits for some milliseconds of the loop's clock, or until the loop ends. The end of a task does not shorten it.
    public func pause(milliseconds: Int) async {
        _ = await withCheckedContinuation { continuation in
            let once = Once<Void>(continuation)
            let isPosted = post { loop in
                LoopPause { once.answer(()) }.start(on: loop, milliseconds: milliseconds)
            }
            if !isPosted { once.answer(nil) }
        }
    }
}
