import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files and folders by blocking calls, which are meant for the start, for reloads and for commands, never for a loop.
public enum SystemFile {
    /// Why a file cannot be read or written, in the system's words: `No such file or directory`.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public let code: Int32

        public init(_ code: Int32) { self.code = code }

        public var isTooLarge: Bool { code == EFBIG }
        public var isThere: Bool { code == EEXIST }

        public var description: String {
            // The system's word for a pipe would be `Illegal seek`.
            code == ESPIPE ? "it is a pipe, and nothing waits for one here: name a file" : SystemError(code, "").text
        }
    }

    /// The most bytes that are read; no legitimate file here is larger.
    public static let limit = 64 << 20

    /// Reads a whole file.
    ///
    /// - Parameter waits: whether to wait for the other end of a pipe; if not, a pipe is an error, because whoever names one could
    ///   hold up the process for good.
    public static func bytes(_ path: String, limit: Int = limit, waits: Bool = false) throws(Failure) -> [UInt8] {
        // If the other end of a descriptor is gone already, opening it again would wait for ever.
        let opensAtOnce = !waits || isDescriptor(path)
        let descriptor = try open(path, O_RDONLY | O_CLOEXEC | (opensAtOnce ? O_NONBLOCK : 0))
        defer { close(descriptor) }
        if !waits, isPipe(descriptor) { throw Failure(ESPIPE) }
        if waits, opensAtOnce { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK) }
        return try bytes(of: descriptor, limit: limit)
    }

    /// Whether a path stands for a descriptor that the process was started with: standard input, or what a shell makes of `<(…)`.
    /// Somebody writes there, or has.
    public static func isDescriptor(_ path: String) -> Bool {
        path == "/dev/stdin" || ["/dev/fd/", "/proc/self/fd/"].contains(where: path.hasPrefix)
    }

    private static func isPipe(_ descriptor: Int32) -> Bool {
        var status = stat()
        // The pointer is valid for the call.
        return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
    }

    /// Reads everything from a descriptor, up to its end.
    public static func bytes(of descriptor: Int32, limit: Int = limit) throws(Failure) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            var count = 0
            // The call writes at most as many bytes as there is room for, and says how many.
            let part = unsafe [UInt8](unsafeUninitializedCapacity: 64 << 10) { room, written in
                count = unsafe read(descriptor, room.baseAddress, room.count)
                written = max(0, count)
            }
            if count < 0 {
                guard errno == EINTR else { throw Failure(errno) }
                continue
            }
            if count == 0 { return all }
            guard all.count + count <= limit else { throw Failure(EFBIG) }
            all += part
        }
    }

    /// A whole file as text; nil if it cannot be read.
    public static func text(_ path: String) -> String? {
        (try? bytes(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    public static func isReadable(_ path: String) -> Bool {
        // The text is copied for the call.
        unsafe !path.utf8.contains(0) && access(path, R_OK) == 0
    }

    /// Whether a path is a folder; nil if nothing is there.
    public static func isFolder(_ path: String) -> Bool? {
        var status = stat()
        // The pointer is valid for the call.
        guard !path.utf8.contains(0), unsafe stat(path, &status) == 0 else { return nil }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a folder, in no particular order.
    public static func names(in folder: String) throws(Failure) -> [String] {
        guard !folder.utf8.contains(0) else { throw Failure(ENOENT) }
        // The pointers are valid until the folder is closed.
        guard let directory = unsafe opendir(folder) else { throw Failure(errno) }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The path without links, `.` and `..`; nil if nothing is there.
    public static func resolved(_ path: String) -> String? {
        // The call allocates the text, which is freed once it has been copied.
        guard !path.utf8.contains(0), let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// The paths that match a shell pattern, in alphabetical order.
    public static func named(_ pattern: String) -> [String] {
        var found = unsafe glob_t()
        // The call's memory is freed at the end, even after a failure.
        defer { unsafe globfree(&found) }
        guard !pattern.utf8.contains(0), unsafe glob(pattern, 0, nil, &found) == 0 else { return [] }
        return unsafe (0..<Int(found.gl_pathc)).compactMap { index in
            unsafe found.gl_pathv[index].map { unsafe String(cString: $0) }
        }
    }

    /// Writes all bytes, and waits for a slow reader.
    public static func write(_ bytes: [UInt8], to descriptor: Int32) throws(Failure) {
        var offset = 0
        try write(bytes, from: &offset, to: descriptor)
    }

    /// Writes all bytes from `offset` on. `offset` tells how many have been written, even after a failure.
    public static func write(_ bytes: [UInt8], from offset: inout Int, to descriptor: Int32) throws(Failure) {
        while offset < bytes.count {
            // The bytes outlive the call, which writes at most the rest of them.
            let written = unsafe bytes.withUnsafeBytes { [offset] bytes in
                unsafe systemWrite(descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
            }
            let error = errno
            if written > 0 {
                offset += written
            } else if written < 0, error == EAGAIN {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                // The pointer is valid for the call.
                _ = unsafe poll(&entry, 1, -1)
            } else if written == 0 || error != EINTR {
                throw Failure(written == 0 ? ENOSPC : error)
            }
        }
    }

    /// Writes a new file.
    ///
    /// - Parameters:
    ///   - mode: the permissions of the file; nil for those of the file that is replaced, or 0644.
    ///   - replaces: whether an existing file is replaced, in one step; otherwise it is an error (`isThere`). Links that lead to
    ///     it stay, and what is no file is not replaced.
    public static func write(_ bytes: [UInt8], toFile path: String, mode: UInt32? = nil, replaces: Bool) throws(Failure) {
        let path = replaces ? resolved(path) ?? path : path
        let former = replaces ? try permissions(ofFile: path) : nil
        let name = replaces ? "\(path).\(getpid())" : path
        // A process that died may have left it, and in a container the next one has the same number.
        if replaces { _ = unsafe unlink(name) }
        let descriptor = try open(
            name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode.map { mode_t(truncatingIfNeeded: $0) } ?? former ?? 0o644)
        do throws(Failure) {
            defer { close(descriptor) }
            // The umask has not been asked for the file that was there.
            if mode == nil, let former, fchmod(descriptor, former) != 0 { throw Failure(errno) }
            try write(bytes, to: descriptor)
            // The texts are copied for the calls.
            if replaces, unsafe rename(name, path) != 0 { throw Failure(errno) }
        } catch {
            _ = unsafe unlink(name)
            throw error
        }
    }

    /// Nil if nothing is there.
    private static func permissions(ofFile path: String) throws(Failure) -> mode_t? {
        var status = stat()
        // The pointer is valid for the call.
        guard !path.utf8.contains(0), unsafe stat(path, &status) == 0 else { return nil }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EOPNOTSUPP)
        }
        return status.st_mode & 0o777
    }

    /// Makes a folder that only this user can access, and the missing folders above it.
    public static func makeFolder(_ path: String) throws(Failure) {
        if isFolder(path) == true { return }
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex { try makeFolder(String(path[..<slash])) }
        // The text is copied for the call.
        guard !path.utf8.contains(0), unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Failure(errno) }
    }

    static func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0) throws(Failure) -> Int32 {
        // The system would cut the path at its first zero.
        guard !path.utf8.contains(0) else { throw Failure(ENOENT) }
        let descriptor = systemOpen(path, flags, mode)
        guard descriptor >= 0 else { throw Failure(errno) }
        return descriptor
    }
}

// The system's functions, under names that nothing here uses.
private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
    // The text is copied for the call.
    unsafe open(path, flags, mode)
}
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}
