import EventLoop

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whether files have changed: by what is in them, looked at when they seem to have been touched.
///
/// It asks again and again, rather than being told: that holds for a file that is written in place, one that is renamed over
/// another, the exchanged link of a Kubernetes volume, and file systems that tell nobody.
struct FileWatch {
    /// What a look at a file shows without reading it. The time is that of the last change of any kind, the right to read it included.
    private struct Trace: Hashable {
        var device: UInt64
        var node: UInt64
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private struct Seen {
        /// Nil before the first look; what a look at a file shows that is not there is nothing.
        var trace: Trace??
        var content: Digest
    }

    private var seen: [String: Seen] = [:]
    /// What has changed may still be written to: it is reported once it has stayed the same from one look to the next.
    private var isSettling = false

    static let interval = Duration.seconds(1)

    /// What is in a file, in short; nil where it cannot be read.
    typealias Digest = UInt64?

    /// Begins to watch these files. What differs from these contents has changed.
    ///
    /// - Parameter keepsOthers: those that were watched before are watched on, as they are now: a configuration that cannot be read
    ///   does not say which files it needs.
    mutating func watch(_ files: [String: Digest], keepsOthers: Bool = false) {
        var next = keepsOthers ? seen : [:]
        for (path, content) in files { next[path] = Seen(trace: nil, content: content) }
        seen = next
        isSettling = false
    }

    /// True once after a change.
    mutating func hasChanged() -> Bool {
        var isChanged = false
        for (path, old) in seen {
            let trace = Self.trace(path)
            guard .some(trace) != old.trace else { continue }
            let content = Self.digest(of: path)
            seen[path] = Seen(trace: .some(trace), content: content)
            if content != old.content { isChanged = true }
        }
        defer { isSettling = isChanged }
        return isSettling && !isChanged
    }

    private static func trace(_ path: String) -> Trace? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Trace(
            device: UInt64(truncatingIfNeeded: status.st_dev), node: UInt64(truncatingIfNeeded: status.st_ino),
            size: Int(status.st_size), seconds: status.st_ctim.tv_sec, nanoseconds: status.st_ctim.tv_nsec)
    }

    static func digest(of path: String) -> Digest { (try? SystemFile.bytes(path)).map { digest(of: $0) } }

    /// FNV-1a: who writes the file is no adversary.
    static func digest(of bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
