import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The time of day, for dates and logs. For durations and deadlines there is `Loop.nanoseconds`.
public enum WallClock {
    public static func unixSeconds() -> Int {
        time(nil)
    }

    public static func unixMilliseconds() -> Int {
        var now = timespec()
        // The pointer is valid for the call.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    }
}
