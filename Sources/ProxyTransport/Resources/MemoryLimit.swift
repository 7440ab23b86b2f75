import EventLoop
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The memory that this process may use, whichever limit sets it.
enum MemoryLimit {
    /// The budget for connections where the configuration sets none: half of what is available, because the program and the
    /// allocator's overhead need the rest.
    static func automatic() -> Int { max(available() / 2, 4 << 20) }

    static func available() -> Int {
        let limits = [machine, controlGroups, resource(__rlimit_resource_t(RLIMIT_DATA.rawValue), used: "VmData"), addressSpace]
        return limits.compactMap { $0 }.min() ?? 1 << 30
    }

    private static var machine: Int? {
        let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
        return pages > 0 && size > 0 ? pages * size : nil
    }

    private static var addressSpace: Int? { resource(__rlimit_resource_t(RLIMIT_AS.rawValue), used: "VmSize") }

    /// The part of one of the process's resource limits that is not used yet.
    private static func resource(_ resource: __rlimit_resource_t, used key: String) -> Int? {
        var limit = rlimit()
        // The pointer is valid for the call.
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < rlim_t(Int.max / 2) else { return nil }
        let status = SystemFile.text("/proc/self/status") ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(key):") }
        let used = line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0
        return max(0, Int(limit.rlim_cur) - used << 10)
    }

    /// The lowest limit of the control groups that the process is in (cgroups(7)): `memory.max` in version 2,
    /// `memory.limit_in_bytes` in version 1. In a container, the process's own group is the root of what it can see.
    private static var controlGroups: Int? {
        let groups = SystemFile.text("/proc/self/cgroup") ?? ""
        return files(groups).compactMap { SystemFile.text($0) }.compactMap(bytes).min()
    }

    /// The paths of the files with the limits, derived from the text of `/proc/self/cgroup`.
    static func files(_ groups: String) -> [String] {
        groups.split(separator: "\n").flatMap { line -> [String] in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return [] }
            let isUnified = parts[0] == "0" && parts[1].isEmpty
            guard isUnified || parts[1].split(separator: ",").contains("memory") else { return [] }
            var folders = [isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"]
            for name in parts[2].split(separator: "/") { folders.append("\(folders[folders.count - 1])/\(name)") }
            return folders.map { $0 + (isUnified ? "/memory.max" : "/memory.limit_in_bytes") }
        }
    }

    /// Nil for no limit, which is `max` or a number that no machine has.
    static func bytes(_ text: String) -> Int? {
        guard let number = text.split(whereSeparator: \.isWhitespace).first.flatMap({ Int($0) }) else { return nil }
        return number < 1 << 50 ? number : nil
    }

    // MARK: Giving back

    /// Makes the allocator give unused memory back to the system, shortly and not on an event loop.
    static func giveBack() {
        // One that is waiting is enough.
        guard !isGivingBack.exchange(true, ordering: .relaxed) else { return }
        let isStarted = DetachedThread.start {
            usleep(500_000)
            isGivingBack.store(false, ordering: .relaxed)
            trim()
        }
        if !isStarted { isGivingBack.store(false, ordering: .relaxed) }
    }

    private static let isGivingBack = Atomic(false)

    private static func trim() {
        // Only glibc has malloc_trim(3), and Swift does not import its header. It takes a `size_t` and returns an `int`.
        guard let symbol = unsafe dlsym(nil, "malloc_trim") else { return }
        let trim = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int) -> CInt).self)
        _ = trim(0)
    }
}
