import Admin
import EventLoop

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension ProcessFacts {
    /// Reads the facts about this process from the kernel (proc(5)). Facts that cannot be read are 0.
    static func read(_ logs: ServiceLogs) -> ProcessFacts {
        var facts = ProcessFacts()
        facts.droppedLogLines = logs.droppedLines
        facts.version = Letterhead.version
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let page = sysconf(Int32(_SC_PAGESIZE))
        // The words after the program's name, which may contain anything.
        let stat =
            text("/proc/self/stat").split(separator: ")").last.map { $0.split(separator: " ").map { Double($0) ?? 0 } } ?? []
        if stat.count > 21, ticks > 0 {
            facts.cpuSeconds = (stat[11] + stat[12]) / ticks
            facts.threads = Int(stat[17])
            facts.startSeconds = bootSeconds + stat[19] / ticks
            facts.virtualBytes = Int(stat[20])
            facts.residentBytes = Int(stat[21]) * page
        }
        facts.openFiles = (try? SystemFile.names(in: "/proc/self/fd").count) ?? 0
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 { facts.maxFiles = Int(clamping: limit.rlim_cur) }
        return facts
    }

    private static let bootSeconds: Double = {
        let line = text("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) } ?? 0
    }()

    private static func text(_ path: String) -> String { SystemFile.text(path) ?? "" }
}
