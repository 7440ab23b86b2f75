#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the system lets this process have: the resource limits (getrlimit(2)), and processors.
public enum SystemLimits {
    /// The number of processors that are in use; at least 1.
    public static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// The number of descriptors that the process may have; nil if the system does not tell.
    public static var descriptors: Int? { limit(Resource.descriptors).map { Int(clamping: $0.rlim_cur) } }

    /// Raises the number of descriptors as far as allowed, but not beyond `most`, and returns what it is then.
    public static func raiseDescriptors(to most: Int) -> Int? {
        guard var limit = limit(Resource.descriptors) else { return nil }
        let wanted = min(limit.rlim_max, rlim_t(most))
        if wanted > limit.rlim_cur {
            limit.rlim_cur = wanted
            // The pointer is valid for the call.
            _ = unsafe setrlimit(Resource.descriptors, &limit)
        }
        return descriptors
    }

    /// The bytes of data that the process may still allocate; nil without a limit.
    static var unusedData: Int? { unused(Resource.data, "VmData") }
    /// The bytes of addresses that the process may still map; nil without a limit.
    static var unusedAddresses: Int? { unused(Resource.addresses, "VmSize") }

    #if canImport(Glibc)
        private enum Resource {
            static let descriptors = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            static let data = __rlimit_resource_t(RLIMIT_DATA.rawValue)
            static let addresses = __rlimit_resource_t(RLIMIT_AS.rawValue)
        }
        private typealias Name = __rlimit_resource_t
    #else
        private enum Resource {
            static let descriptors = RLIMIT_NOFILE
            static let data = RLIMIT_DATA
            static let addresses = RLIMIT_AS
        }
        private typealias Name = Int32
    #endif

    private static func limit(_ resource: Name) -> rlimit? {
        var limit = rlimit()
        // The pointer is valid for the call.
        return unsafe getrlimit(resource, &limit) == 0 ? limit : nil
    }

    private static func unused(_ resource: Name, _ key: String) -> Int? {
        guard let limit = limit(resource), limit.rlim_cur < rlim_t(Int.max / 2) else { return nil }
        let status = SystemFile.text("/proc/self/status") ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(key):") }
        let used = line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0
        return max(0, Int(limit.rlim_cur) - used << 10)
    }
}
