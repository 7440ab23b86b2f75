#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Facts about a process from the kernel (proc(5)).
public enum ProcessFile {
    /// The time at which the process started; nil when there is no such process.
    public static func startTime(of id: Int32) -> String? {
        let words = status(of: id)
        return words.count > 20 && words[1] != "Z" ? String(words[20]) : nil
    }

    /// The ID of the process that leads the process's session.
    public static func session(of id: Int32) -> Int32? {
        let words = status(of: id)
        return words.count > 4 ? Int32(words[4]) : nil
    }

    /// The words from the end of the program's name on, which may contain anything.
    static func status(of id: Int32) -> [Substring] {
        guard let text = SystemFile.text("/proc/\(id)/stat"), let end = text.lastIndex(of: ")") else { return [] }
        return text[end...].split(separator: " ")
    }

    /// The name of the program's file, which may have been replaced in the meantime; nil when the process may not be inspected.
    public static func program(of id: Int32) -> String? {
        guard let path = link("/proc/\(id)/exe") else { return nil }
        let file = path.hasSuffix(deleted) ? path.dropLast(deleted.count) : path[...]
        return file.split(separator: "/").last.map(String.init)
    }

    private static let deleted = " (deleted)"

    /// The addresses of the process's listening sockets.
    public static func listening(of id: Int32) -> [BoundAddress] {
        let sockets = sockets(of: id)
        let folder = link("/proc/\(id)/cwd") ?? "/"
        func lines(_ table: String) -> [[Substring]] {
            (SystemFile.text("/proc/\(id)/net/\(table)") ?? "").split(separator: "\n").map { $0.split(separator: " ") }
        }
        let tcp = (lines("tcp") + lines("tcp6")).compactMap { words -> BoundAddress? in
            guard words.count > 9, words[3] == "0A", sockets.contains(words[9]) else { return nil }
            return BoundAddress(table: words[1])
        }
        let unix = lines("unix").compactMap { words -> BoundAddress? in
            // The flags tell whether the socket listens.
            guard words.count > 7, words[3] == "00010000", sockets.contains(words[6]) else { return nil }
            return .unix(Array(absolute(boundName(words[7...].joined(separator: " ")), in: folder).utf8))
        }
        return tcp + unix
    }

    /// The path at which a socket can be found: it is bound as `path.ID` and then renamed.
    private static func boundName(_ path: String) -> String {
        guard let dot = path.lastIndex(of: "."), path[dot...].dropFirst().allSatisfy(\.isNumber), !path.hasSuffix(".") else {
            return path
        }
        return String(path[..<dot])
    }

    private static func absolute(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }

    /// The inode numbers of its sockets.
    private static func sockets(of id: Int32) -> Set<Substring> {
        var found: Set<Substring> = []
        let folder = "/proc/\(id)/fd"
        for name in (try? SystemFile.names(in: folder)) ?? [] {
            guard let target = link("\(folder)/\(name)"), target.hasPrefix("socket:["), target.hasSuffix("]") else { continue }
            found.insert(target.dropFirst(8).dropLast())
        }
        return found
    }

    private static func link(_ path: String) -> String? {
        var text = [CChar](repeating: 0, count: Int(PATH_MAX))
        // The pointers are valid for the call, which writes as many bytes at most.
        let count = unsafe readlink(path, &text, text.count)
        return count < 0 ? nil : String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
