#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What this process uses, as the kernel tells it (proc(5)). Facts that cannot be read are 0.
public struct ProcessUsage: Sendable {
    public private(set) var cpuSeconds = 0.0
    public private(set) var residentBytes = 0
    public private(set) var virtualBytes = 0
    public private(set) var openFiles = 0
    public private(set) var maxFiles = 0
    public private(set) var threads = 0
    /// The time of the start, in seconds since 1970.
    public private(set) var startSeconds = 0.0

    /// Reads the facts as of now.
    public init() {
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let words = ProcessFile.status(of: getpid()).map { Double($0) ?? 0 }
        if words.count > 22, ticks > 0 {
            cpuSeconds = (words[12] + words[13]) / ticks
            threads = Int(words[18])
            startSeconds = Self.bootSeconds + words[20] / ticks
            virtualBytes = Int(words[21])
            residentBytes = Int(words[22]) * sysconf(Int32(_SC_PAGESIZE))
        }
        openFiles = Self.currentOpenFiles()
        maxFiles = SystemLimits.descriptors ?? 0
    }

    /// Counts the open files alone, which is much less to read.
    public static func currentOpenFiles() -> Int { (try? SystemFile.names(in: "/proc/self/fd").count) ?? 0 }

    private static let bootSeconds: Double = {
        let line = SystemFile.text("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) } ?? 0
    }()
}
