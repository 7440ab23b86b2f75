import Synchronization
import Testing

@testable import EventLoop

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files, threads and variables of the process.
@Suite struct SystemFileTests {
    /// Made for one test, and removed after it.
    private static func withFolder(_ body: (String) throws -> Void) throws {
        var name = Array("/tmp/letterhead-files-XXXXXX".utf8CString)
        try #require(mkdtemp(&name) != nil)
        let folder = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in (try? SystemFile.names(in: folder)) ?? [] { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        try body(folder)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        try SystemFile.write(bytes, to: descriptor)
    }

    private static func failure(_ path: String, limit: Int = SystemFile.limit) -> String? {
        do throws(SystemFile.Failure) {
            _ = try SystemFile.bytes(path, limit: limit)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func filesAreReadWhole() throws {
        try Self.withFolder { folder in
            let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            try Self.write(bytes, to: folder + "/long")
            try Self.write(Array("é".utf8), to: folder + "/short")
            try Self.write([], to: folder + "/empty")
            #expect(try SystemFile.bytes(folder + "/long") == bytes)
            #expect(try SystemFile.bytes(folder + "/long", limit: 200_000) == bytes)
            #expect(SystemFile.text(folder + "/short") == "é" && SystemFile.text(folder + "/empty") == "")
            #expect(Self.failure(folder + "/long", limit: 199_999) == "File too large")
            #expect(try SystemFile.names(in: folder).sorted() == ["empty", "long", "short"])
            #expect(SystemFile.named(folder + "/[ls]*") == [folder + "/long", folder + "/short"])
            #expect(SystemFile.named(folder + "/x*").isEmpty)
            #expect(SystemFile.isFolder(folder) == true && SystemFile.isFolder(folder + "/long") == false)
            #expect(SystemFile.isReadable(folder + "/long") && !SystemFile.isReadable(folder + "/none"))
            #expect(SystemFile.resolved(folder + "/./x/../long") == nil)
            #expect(SystemFile.resolved(folder + "/./long") == SystemFile.resolved(folder).map { $0 + "/long" })
        }
    }

    /// A path ends at its first zero for the system: it must not name another file.
    @Test(arguments: ["/nowhere/at/all", "/dev/null\0.yaml", ""])
    func whatIsNotThere(_ path: String) {
        #expect(Self.failure(path) == "No such file or directory")
        #expect(SystemFile.text(path) == nil && !SystemFile.isReadable(path) && SystemFile.isFolder(path) == nil)
        #expect(SystemFile.resolved(path) == nil && (try? SystemFile.names(in: path)) == nil)
    }

    /// Whoever names a pipe that nobody writes to does not hold anything up; what a shell hands over is waited for.
    @Test(.timeLimit(.minutes(5))) func pipes() throws {
        try Self.withFolder { folder in
            let path = folder + "/pipe"
            try #require(mkfifo(path, 0o600) == 0)
            #expect(Self.failure(path)?.contains("a pipe") == true && SystemFile.text(path) == nil)
            var ends: [Int32] = [0, 0]
            try #require(pipe(&ends) == 0)
            defer { close(ends[0]) }
            let handed = "/dev/fd/\(ends[0])"
            #expect(Self.failure(handed)?.contains("a pipe") == true)
            try SystemFile.write(Array("a".utf8), to: ends[1])
            close(ends[1])
            #expect(try SystemFile.bytes(handed, waits: SystemFile.isDescriptor(handed)) == Array("a".utf8))
        }
        #expect(["/dev/stdin", "/proc/self/fd/3"].allSatisfy(SystemFile.isDescriptor))
        #expect(!["/dev/stdin2", "/dev/null", "fd/3", "/tmp/dev/fd/3"].contains(where: SystemFile.isDescriptor))
    }

    @Test func otherFailures() {
        #expect(Self.failure("/tmp") == "Is a directory")
        #expect(Self.failure("/dev/zero", limit: 1 << 20) == "File too large")
        #expect(throws: SystemFile.Failure(EBADF)) { try SystemFile.write([1], to: -1) }
        #expect(SystemFile.Failure(EACCES).description == "Permission denied")
    }

    @Test func variables() {
        setenv("LETTERHEAD_TEST_VARIABLE", "a=b\nc", 1)
        let variables = ProcessEnvironment.variables()
        #expect(variables["LETTERHEAD_TEST_VARIABLE"] == "a=b\nc" && variables["PATH"] != nil)
    }

    /// As many go as are let go, whoever comes first.
    @Test func semaphoresCount() {
        let (semaphore, done) = (ThreadSemaphore(), ThreadSemaphore())
        #expect(!semaphore.wait(milliseconds: 1))
        semaphore.signal()
        semaphore.wait()
        let passed = Mutex(0)
        for _ in 0..<3 {
            #expect(
                DetachedThread.start {
                    semaphore.wait()
                    passed.withLock { $0 += 1 }
                    done.signal()
                })
        }
        for count in 1...3 {
            semaphore.signal()
            #expect(done.wait(milliseconds: 60_000))
            #expect(passed.withLock { $0 } == count)
        }
        #expect(!done.wait(milliseconds: 0))
    }

    /// A new file is written whole or not at all, and what is there is replaced only where that is asked for.
    @Test func newFiles() throws {
        try Self.withFolder { folder in
            let path = "\(folder)/new"
            func write(_ text: String, replaces: Bool, mode: mode_t? = nil) -> SystemFile.Failure? {
                do throws(SystemFile.Failure) {
                    try SystemFile.write(Array(text.utf8), toFile: path, mode: mode, replaces: replaces)
                    return nil
                } catch {
                    return error
                }
            }
            #expect(write("one", replaces: false, mode: 0o600) == nil && SystemFile.text(path) == "one")
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(write("two", replaces: false)?.isThere == true && SystemFile.text(path) == "one")
            #expect(write("three", replaces: true) == nil && SystemFile.text(path) == "three")
            let names = try SystemFile.names(in: folder)
            #expect(names == ["new"])
            // A link that leads nowhere is there as well.
            unlink(path)
            #expect(symlink("\(folder)/elsewhere", path) == 0)
            #expect(write("four", replaces: false)?.isThere == true && SystemFile.text("\(folder)/elsewhere") == nil)
            #expect(throws: SystemFile.Failure(ENOENT)) {
                try SystemFile.write([1], toFile: "\(folder)/no/such", replaces: true)
            }
            // What a link leads to is replaced, with its own permissions; what is no file stays.
            try Self.write([1], to: "\(folder)/elsewhere")
            chmod("\(folder)/elsewhere", 0o600)
            #expect(write("five", replaces: true) == nil && SystemFile.text("\(folder)/elsewhere") == "five")
            #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            unlink(path)
            #expect(mkfifo(path, 0o600) == 0)
            #expect(write("six", replaces: true)?.code == EOPNOTSUPP)
            #expect(stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        }
    }

    /// What is written at places of a file is not written to a pipe, and nobody is waited for at its other end.
    @Test func noPlaces() throws {
        try Self.withFolder { folder in
            let path = "\(folder)/pipe"
            #expect(mkfifo(path, 0o600) == 0)
            #expect(throws: SystemFile.Failure(ENXIO)) { try SystemOutput(path) }
            let reader = open(path, O_RDONLY | O_NONBLOCK)
            defer { close(reader) }
            #expect(throws: SystemFile.Failure(ESPIPE)) { try SystemOutput(path).write([1], at: 0) }
        }
    }

    /// A process that died while it wrote left its temporary file, and the next one has its number, as in a container.
    @Test func leftOverFile() throws {
        try Self.withFolder { folder in
            let path = "\(folder)/made"
            try Self.write([1], to: "\(path).\(getpid())")
            try SystemFile.write([2], toFile: path, replaces: true)
            #expect(try SystemFile.bytes(path) == [2])
            #expect(try SystemFile.names(in: folder) == ["made"])
        }
    }

    @Test func newFolders() throws {
        try Self.withFolder { folder in
            let path = "\(folder)/a/b"
            for _ in 0..<2 { try SystemFile.makeFolder(path) }
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700 && SystemFile.isFolder(path) == true)
            rmdir(path)
            rmdir("\(folder)/a")
            #expect(throws: SystemFile.Failure.self) { try SystemFile.makeFolder("/proc/no/such") }
        }
    }
}
