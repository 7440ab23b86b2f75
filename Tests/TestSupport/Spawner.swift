import Foundation

/// Starts programs, all from one thread that lives as long as the tests: a program started through `setpriv --pdeathsig` ends when the
/// thread that started it does.
final class Spawner: @unchecked Sendable {
    static let shared = Spawner()

    private let changed = NSCondition()
    private var jobs: [() -> Void] = []

    private init() {
        Thread { [self] in
            while true { next()() }
        }.start()
    }

    private func next() -> () -> Void {
        changed.lock()
        defer { changed.unlock() }
        while jobs.isEmpty { changed.wait() }
        return jobs.removeFirst()
    }

    /// `descriptors` become 0, 1, 2 …; every other one is closed in the new process. It leads a process group of its own.
    func spawn(
        _ arguments: [String], environment: [String: String], descriptors: [Int32]
    ) throws -> pid_t {
        let done = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var result: Result<pid_t, Disappointment> = .success(0)
        changed.withLock {
            jobs.append {
                result = Self.start(arguments, environment, descriptors)
                done.signal()
            }
            changed.signal()
        }
        done.wait()
        return try result.get()
    }

    private static func start(
        _ arguments: [String], _ environment: [String: String], _ descriptors: [Int32]
    ) -> Result<pid_t, Disappointment> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var id: pid_t = 0
        let code = Descriptors.lock.withLock { posix_spawnp(&id, arguments[0], &actions, &attributes, &words, &variables) }
        return code == 0 ? .success(id) : .failure(Disappointment("\(arguments[0]): \(String(cString: strerror(code)))"))
    }
}

/// Descriptors that no other program inherits. The kernel's one-step calls for that are not to be had from Swift, so nothing is spawned
/// between making a descriptor and marking it.
enum Descriptors {
    static let lock = NSLock()

    static func make(_ call: () -> Int32) -> Int32 {
        lock.withLock {
            let descriptor = call()
            if descriptor >= 0 { mark(descriptor) }
            return descriptor
        }
    }

    /// A pipe: what is written to `start` can be read at `end`. The side that a child gets is put in its place with `dup2`.
    static func pipe() throws -> (start: Int32, end: Int32) {
        try lock.withLock {
            var ends: [Int32] = [0, 0]
            guard Foundation.pipe(&ends) == 0 else { throw Disappointment.call("pipe") }
            ends.forEach(mark)
            return (ends[1], ends[0])
        }
    }

    private static func mark(_ descriptor: Int32) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
}
