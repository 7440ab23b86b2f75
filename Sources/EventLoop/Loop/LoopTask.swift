import CUV

/// Something that libuv will call back for, and that the loop keeps until then.
public class LoopTask {
    init() {}

    /// Nobody waits for it any more: it ends as soon as it can, and tells nothing more.
    public func cancel() {}

    /// Closes a handle of libuv's in whose `data` stands the key of its task, which the loop then forgets. Until then the loop keeps the
    /// task, and so the handle lives.
    static func close<Handle>(_ handle: UnsafeMutablePointer<Handle>) {
        // Every handle begins with what all have.
        unsafe handle.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { handle in
            unsafe uv_close(handle) { handle in
                guard let handle = unsafe handle, let key = unsafe handle.pointee.data else { return }
                unsafe Loop.of(handle.pointee.loop)._withUnsafeGuaranteedRef { unsafe $0.forget(key) }
            }
        }
    }
}

extension Loop {
    /// Keeps a task until `forget`; what libuv is given for it is this key.
    func keep(_ task: LoopTask) -> UnsafeMutableRawPointer {
        let key = unsafe Unmanaged.passUnretained(task).toOpaque()
        unsafe tasks[key] = task
        return unsafe key
    }

    func forget(_ key: UnsafeMutableRawPointer) { unsafe tasks[key] = nil }
}
