import CUV

/// The environment variables with which this process was started.
public enum ProcessEnvironment {
    /// The variables; empty if there is no memory for them.
    public static func variables() -> [String: String] {
        var items: UnsafeMutablePointer<uv_env_item_t>?
        var count: CInt = 0
        // The call allocates as many items as it reports, each with two texts, until they are freed.
        guard unsafe uv_os_environ(&items, &count) == 0, let items = unsafe items else { return [:] }
        defer { unsafe uv_os_free_environ(items, count) }
        var variables: [String: String] = [:]
        for index in 0..<Int(count) {
            let item = unsafe items[index]
            guard let name = unsafe item.name, let value = unsafe item.value else { continue }
            unsafe variables[String(cString: name)] = unsafe String(cString: value)
        }
        return variables
    }
}
