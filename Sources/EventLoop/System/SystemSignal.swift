#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a process finds set for its signals when it starts.
public enum SystemSignal {
    /// Whether a signal is ignored, as `nohup` does for SIGHUP. Afterwards it is.
    public static func isIgnored(_ number: Int32) -> Bool {
        let handler = signal(number, SIG_IGN)
        // Handlers are compared as the addresses that they are.
        return unsafe unsafeBitCast(handler, to: UInt.self) == unsafeBitCast(SIG_IGN, to: UInt.self)
    }
}
