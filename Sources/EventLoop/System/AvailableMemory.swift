#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The memory that this process may use, whichever limit sets it.
public enum AvailableMemory {
    /// In bytes: the lowest of the limits of the machine, of the control groups and of the process. One gibibyte if there is none.
    public static var bytes: Int {
        let limits = [machine, controlGroups, SystemLimits.unusedData, SystemLimits.unusedAddresses]
        return limits.compactMap { $0 }.min() ?? 1 << 30
    }

    private static var machine: Int? {
        let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
        return pages > 0 && size > 0 ? pages * size : nil
    }

    /// The lowest limit of the control groups that the process is in (cgroups(7)): `memory.max` in version 2,
    /// `memory.limit_in_bytes` in version 1. In a container, the process's own group is the root of what it can see.
    private static var controlGroups: Int? {
        let groups = SystemFile.text("/proc/self/cgroup") ?? ""
        return files(groups).compactMap { SystemFile.text($0) }.compactMap(number).min()
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
    static func number(_ text: String) -> Int? {
        guard let number = text.split(whereSeparator: \.isWhitespace).first.flatMap({ Int($0) }) else { return nil }
        return number < 1 << 50 ? number : nil
    }
}
