import CUV

/// Something for which libuv will call back, kept by the loop until then.
public class LoopTask {
    init() {}

    /// Cancels the task: it ends as soon as it can and reports nothing more.
    public func cancel() {}

    /// Closes a libuv handle whose `data` is the key of its task, and makes the loop forget the task afterwards. Until then the
    /// loop keeps the task, and so the handle lives.
    static func close<Handle>(_ handle: UnsafeMutablePointer<Handle>) {
        // Every handle begins with the fields of `uv_handle_t`.
        unsafe handle.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { handle in
            unsafe uv_close(handle) { handle in
                guard let handle = unsafe handle, let key = unsafe handle.pointee.data else { return }
                unsafe Loop.of(handle.pointee.loop)._withUnsafeGuaranteedRef { unsafe $0.forget(key) }
            }
        }
    }
}

extension Loop {
    /// Keeps a task until `forget`, and returns the key that libuv gets for it.
    func keep(_ task: LoopTask) -> UnsafeMutableRawPointer {
        let key = unsafe Unmanaged.passUnretained(task).toOpaque()
        unsafe tasks[key] = task
        return unsafe key
    }

    func forget(_ key: UnsafeMutableRawPointer) { unsafe tasks[key] = nil }
}
