#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Descriptors 0 to 2, whatever this process was started with.
enum StandardStreams {
    /// What is closed is opened, or a socket or a file of ours would take its place and get what is written for people. It is opened for
    /// reading alone: writing fails, and so it is known that what was written is lost. A reader that has gone and a file that may not
    /// grow are errors as well, and no signals.
    static func secure() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest one that is free: those below it are open by now. In a container there may be no devices.
            if open("/dev/null", O_RDONLY) < 0 { _ = open("/", O_RDONLY) }
        }
    }

    /// Two descriptors of one file, pipe or terminal, as after `2>&1`.
    static func areOne(_ first: Int32, _ second: Int32) -> Bool {
        var (one, other) = (stat(), stat())
        return fstat(first, &one) == 0 && fstat(second, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }
}
