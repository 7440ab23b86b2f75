import EventLoop
import ProxyCore
import ProxyTransport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The process that this one replaces. It is checked before it is touched: a mistyped process ID, or one that now belongs to
/// another process, must not kill an unrelated process.
struct Predecessor: Sendable {
    /// Why a process is not a predecessor.
    struct Refusal: Error, CustomStringConvertible {
        var description: String
    }

    let id: pid_t
    /// The addresses on which it listens, out of those on which this process will listen.
    let listeners: Set<SocketTarget>
    /// The start time, which tells it from a later process with the same ID. Nil when there is no such process.
    private let startedAt: String?

    #if os(Linux)
        /// - Parameter targets: the addresses on which this process will listen.
        /// - Throws: `Refusal` if it is another program. A process that has already ended is replaced all the same.
        init(_ id: pid_t, for targets: [SocketTarget]) throws(Refusal) {
            self.id = id
            startedAt = ProcessFile.startTime(of: id)
            guard startedAt != nil else {
                listeners = []
                return
            }
            try Self.requireOurs(id, to: "replace")
            let heard = Set(ProcessFile.listening(of: id))
            listeners = Set(targets.filter { target in BoundAddress(target).map { heard.contains($0) } == true })
            guard !listeners.isEmpty else {
                let wanted = targets.map(\.description).joined(separator: ", ")
                throw Refusal(description: "process \(id) does not listen on \(wanted)")
            }
        }

        /// Checks that a process runs this program and may be inspected.
        private static func requireOurs(_ id: pid_t, to act: String) throws(Refusal) {
            guard let name = ProcessFile.program(of: id) else {
                throw Refusal(description: "process \(id) belongs to another user, who alone can \(act) it")
            }
            guard name == ProcessFile.program(of: getpid()) || name == "letterhead" else {
                throw Refusal(description: "process \(id) is no letterhead, but \(name)")
            }
        }

        /// Whether the process is still the one that was checked.
        private var isTheSame: Bool { startedAt != nil && ProcessFile.startTime(of: id) == startedAt }
    #else
        init(_ id: pid_t, for targets: [SocketTarget]) throws(Refusal) {
            self.id = id
            listeners = Set(targets)
            startedAt = nil
        }

        private static func requireOurs(_: pid_t, to _: String) throws(Refusal) {}

        private var isTheSame: Bool { true }
    #endif

    /// Makes a process reload its configuration. The process is checked first, because the signal would end most other programs,
    /// and a PID file can outlive the process that wrote it.
    static func reload(_ id: pid_t) throws(Refusal) {
        guard kill(id, 0) == 0 || errno == EPERM else { throw Refusal(description: "there is no process \(id)") }
        try requireOurs(id, to: "reload")
        guard kill(id, SIGHUP) == 0 else {
            throw Refusal(description: "process \(id) cannot be told: \(SystemError(errno, "kill").text)")
        }
    }

    /// Makes the process drain. Returns the system's error number, or 0 on success.
    func end() -> CInt {
        guard isTheSame else { return ESRCH }
        return kill(id, SIGTERM) == 0 ? 0 : errno
    }
}
