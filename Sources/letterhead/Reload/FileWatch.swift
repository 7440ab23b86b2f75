import Foundation

/// Whether files have changed: by what is in them, looked at when they seem to have been touched.
///
/// It asks again and again, rather than being told: that holds for a file that is written in place, one that is renamed over
/// another, the exchanged link of a Kubernetes volume, and file systems that tell nobody.
struct FileWatch {
    /// What a look at a file shows without reading it.
    private struct Trace: Hashable {
        var device: UInt64
        var node: UInt64
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private struct Seen {
        var trace: Trace?
        var content: UInt64?
    }

    private var seen: [String: Seen] = [:]
    /// What has changed may still be written to: it is reported once it has stayed the same from one look to the next.
    private var isSettling = false

    static let interval = Duration.seconds(1)

    /// Begins to watch these files as they are, and no others.
    mutating func watch(_ paths: Set<String>) {
        seen = Dictionary(uniqueKeysWithValues: paths.map { ($0, Self.look($0)) })
        isSettling = false
    }

    /// True once after a change.
    mutating func hasChanged() -> Bool {
        var isChanged = false
        for (path, old) in seen {
            let trace = Self.trace(path)
            guard trace != old.trace else { continue }
            let now = Self.look(path)
            seen[path] = now
            if now.content != old.content { isChanged = true }
        }
        defer { isSettling = isChanged }
        return isSettling && !isChanged
    }

    private static func look(_ path: String) -> Seen { Seen(trace: trace(path), content: content(path)) }

    private static func trace(_ path: String) -> Trace? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Trace(
            device: UInt64(truncatingIfNeeded: status.st_dev), node: UInt64(truncatingIfNeeded: status.st_ino),
            size: Int(status.st_size), seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }

    /// FNV-1a of the bytes: who writes the file is no adversary. Nil where it cannot be read.
    private static func content(_ path: String) -> UInt64? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return data.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
