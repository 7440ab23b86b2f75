#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How many descriptors this process may have, and for what the last ones are kept: a flood of clients must leave some to reach the
/// apps with, and for whoever asks how the process is.
///
/// The kernel gives out the lowest number that is free, so a number says how many are in use; nobody has to count.
package struct DescriptorLimit: Sendable, Hashable {
    package let count: Int

    /// A client's connection with such a number is told that there are too many.
    package var clients: Int { count - reserve }
    /// One with such a number is not even told.
    var toldClients: Int { count - reserve * 3 / 4 }
    /// A connection to an app with such a number is given up.
    var upstreams: Int { count - reserve / 4 }

    private var reserve: Int { min(count / 4, 1024) }

    package init(_ count: Int) { self.count = count }

    /// The limit of this process, raised to what it may be raised to.
    package static func raised() -> DescriptorLimit {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        // The pointers are valid for the calls.
        guard unsafe getrlimit(resource, &limit) == 0 else { return DescriptorLimit(1024) }
        if limit.rlim_cur < limit.rlim_max {
            var wanted = limit
            wanted.rlim_cur = min(limit.rlim_max, rlim_t(most))
            if wanted.rlim_cur > limit.rlim_cur, unsafe setrlimit(resource, &wanted) == 0 { limit = wanted }
        }
        return DescriptorLimit(Int(clamping: limit.rlim_cur))
    }

    package static let help = "raise the limit of open files (ulimit -n, LimitNOFILE=) or lower limits.connections"

    /// More than anybody needs here.
    private static let most = 1 << 20

    /// What the process itself holds with so many event loops, and a few connections.
    package static func least(workers: Int) -> Int { 48 + 4 * workers }
}
