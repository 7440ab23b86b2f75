/// Something that libuv will call back for, and that the loop keeps until then.
public class LoopTask {
    init() {}

    /// Nobody waits for it any more: it ends as soon as it can, and tells nothing more.
    public func cancel() {}
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
