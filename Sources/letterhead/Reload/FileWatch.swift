import EventLoop
import HTTPModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Notices whether files have changed, by their contents, which are compared when a file seems to have been touched.
///
/// The watch polls instead of relying on notifications. That also works for a file that is written in place, one that is renamed
/// over another, the exchanged link of a Kubernetes volume, and file systems without notifications.
struct FileWatch {
    /// The attributes of a file that are visible without reading it. The time is that of the last change of any kind, including
    /// its permissions.
    private struct Trace: Hashable {
        var device: UInt64
        var node: UInt64
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private struct Seen {
        /// The attributes at the last check: nil before the first one, and an inner nil for a file that is missing.
        var trace: Trace??
        var content: Digest
    }

    private var seen: [String: Seen] = [:]
    /// Whether a change was seen that may still be in progress: it is reported once the file has stayed the same between two
    /// checks.
    private var isSettling = false

    static let interval = Duration.seconds(1)

    /// A hash of a file's contents; nil if it cannot be read.
    typealias Digest = UInt64?

    /// Begins to watch these files. A file whose contents differ from these has changed.
    ///
    /// - Parameter keepsOthers: whether files that were watched before are still watched, as they are now. A configuration that
    ///   cannot be read does not tell which files it needs.
    mutating func watch(_ files: [String: Digest], keepsOthers: Bool = false) {
        var next = keepsOthers ? seen : [:]
        for (path, content) in files { next[path] = Seen(trace: nil, content: content) }
        seen = next
        isSettling = false
    }

    /// Returns true once after a change.
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

    /// The file's author is no adversary, so this hash is enough.
    static func digest(of bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(FNV.start, FNV.step) }
}
