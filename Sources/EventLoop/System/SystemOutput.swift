#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that is written piece by piece, by blocking calls like those of `SystemFile`. Only its owner may read it.
public final class SystemOutput {
    private let descriptor: Int32

    /// - Parameter path: the path; an existing file is replaced.
    public init(_ path: String) throws(SystemFile.Failure) {
        // A pipe would have to wait for its reader, and has no places to write at.
        descriptor = try SystemFile.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0o600)
    }

    deinit { close(descriptor) }

    /// Writes bytes at an offset, over existing ones.
    public func write(_ bytes: [UInt8], at place: Int) throws(SystemFile.Failure) {
        guard lseek(descriptor, off_t(place), SEEK_SET) >= 0 else { throw SystemFile.Failure(errno) }
        try SystemFile.write(bytes, to: descriptor)
    }
}
