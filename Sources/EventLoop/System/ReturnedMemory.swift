import CUV
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Memory that this process holds without need, and gives back to the system.
public enum ReturnedMemory {
    /// Keeps large allocations, such as the tables of a configuration, out of the allocator's heaps. Between them small ones stay,
    /// and the holes that are left do not fit the next configuration. glibc would do so from 128 KiB on, but raises that number
    /// as large allocations are freed. Called once, at the start of the process.
    public static func keepLargeApart() { letterhead_map_large_allocations(1 << 20) }

    /// Makes the allocator give unused memory back to the system, shortly and not on an event loop.
    public static func giveBack() {
        // One that is waiting is enough.
        guard !isGivingBack.exchange(true, ordering: .relaxed) else { return }
        let isStarted = DetachedThread.start {
            usleep(500_000)
            isGivingBack.store(false, ordering: .relaxed)
            letterhead_trim_memory()
        }
        if !isStarted { isGivingBack.store(false, ordering: .relaxed) }
    }

    private static let isGivingBack = Atomic(false)

    /// Gives the pages of program text back that were only needed for the start, as far as this process has not changed them.
    ///
    /// They are two thirds of the memory that the process would hold for its whole life, because reading a configuration and
    /// looking up types passes once through much of the program. The file has the same contents, and a page that is needed again
    /// is read from the page cache on first use.
    public static func giveBackText() {
        #if os(Linux)
            for mapping in cleanText(SystemFile.text("/proc/self/smaps") ?? "") {
                // The memory at these addresses is not accessed here, and its contents stay the same.
                _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: mapping.lowerBound), mapping.count, MADV_DONTNEED)
            }
        #endif
    }

    /// The mappings of files that cannot be written through the mapping, and that have no page of this process's own
    /// (proc_pid_smaps(5)).
    static func cleanText(_ smaps: String) -> [Range<UInt>] {
        var found: [Range<UInt>] = []
        var current: Range<UInt>?
        // There are thousands of lines, so characters are not looked for: a mapping begins with its address, a fact with a capital.
        for line in smaps.utf8.split(separator: UInt8(ascii: "\n")) {
            let isMapping = line.first.map { $0 < UInt8(ascii: "A") || $0 > UInt8(ascii: "Z") } ?? false
            guard isMapping || line.starts(with: "Anonymous:".utf8) else { continue }
            let words = Substring(line).split(separator: " ")
            if isMapping {
                current = words.count >= 6 && words[5].hasPrefix("/") && !words[1].contains("w") ? range(words[0]) : nil
            } else if words.count > 1, words[1] == "0", let range = current {
                found.append(range)
            }
        }
        return found
    }

    private static func range(_ text: Substring) -> Range<UInt>? {
        let ends = text.split(separator: "-").compactMap { UInt($0, radix: 16) }
        return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
    }
}
