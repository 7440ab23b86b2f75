#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Descriptors 0 to 2, however this process was started.
enum StandardStreams {
    /// Opens closed standard descriptors; otherwise one of the sockets or files of this process would get such a number and
    /// receive what is written for users. They are opened for reading only, so that writing fails and the loss is noticed. A
    /// reader that is gone and a file that may not grow also become errors instead of signals.
    static func secure() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 {
            // This opens the lowest free descriptor, since those below are open by now. A container may have no devices.
            if open("/dev/null", O_RDONLY) < 0 { _ = open("/", O_RDONLY) }
        }
    }

    /// Whether two descriptors are the same file, pipe or terminal, as after `2>&1`.
    static func areOne(_ first: Int32, _ second: Int32) -> Bool {
        var (one, other) = (stat(), stat())
        return fstat(first, &one) == 0 && fstat(second, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }
}
