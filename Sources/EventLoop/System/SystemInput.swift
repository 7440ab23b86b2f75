#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that is read piece by piece, however large it is, by blocking calls like those of `SystemFile`.
public final class SystemInput {
    private let descriptor: Int32

    /// - Parameter path: the path; `-` means standard input.
    public init(_ path: String) throws(SystemFile.Failure) {
        descriptor = path == "-" ? 0 : try SystemFile.open(path, O_RDONLY | O_CLOEXEC)
    }

    deinit { if descriptor != 0 { close(descriptor) } }

    /// Overwrites the buffer with the next bytes; returns how many there are, 0 at the end.
    public func read(into buffer: inout [UInt8]) throws(SystemFile.Failure) -> Int {
        while true {
            // The call writes at most as many bytes as there is room for.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe systemRead(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return count }
            guard errno == EINTR else { throw SystemFile.Failure(errno) }
        }
    }
}

// The system's function, under a name that nothing here uses.
private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    unsafe read(descriptor, bytes, count)
}
