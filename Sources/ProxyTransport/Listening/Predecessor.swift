import EventLoop
package import ProxyCore

#if canImport(Glibc)
    package import Glibc
#elseif canImport(Musl)
    package import Musl
#else
    package import Darwin
#endif

/// The process that this one is to replace. It is looked at before anything of it is touched: a number that was mistyped, or that
/// belongs to another process by now, must cost nobody his life.
package struct Predecessor: Sendable {
    /// Why a process is none.
    package struct Refusal: Error, CustomStringConvertible {
        package var description: String
    }

    package let id: pid_t
    /// The addresses on which it listens, of those that this process is to listen on.
    package let listeners: Set<SocketTarget>
    /// When it was started: a process that has the same number later is another. Nil where there is none.
    private let startedAt: String?

    #if os(Linux)
        /// - Parameter targets: where this process is to listen.
        /// - Throws: where it is somebody else. One that is gone is replaced as well.
        package init(_ id: pid_t, for targets: [SocketTarget]) throws(Refusal) {
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

        /// A process of this program, which may be looked at.
        private static func requireOurs(_ id: pid_t, to act: String) throws(Refusal) {
            guard let name = ProcessFile.program(of: id) else {
                throw Refusal(description: "process \(id) belongs to another user, who alone can \(act) it")
            }
            guard name == ProcessFile.program(of: getpid()) || name == "letterhead" else {
                throw Refusal(description: "process \(id) is no letterhead, but \(name)")
            }
        }

        /// It is the one that was looked at.
        private var isTheSame: Bool { startedAt != nil && ProcessFile.startTime(of: id) == startedAt }
    #else
        package init(_ id: pid_t, for targets: [SocketTarget]) throws(Refusal) {
            self.id = id
            listeners = Set(targets)
            startedAt = nil
        }

        private static func requireOurs(_: pid_t, to _: String) throws(Refusal) {}

        private var isTheSame: Bool { true }
    #endif

    /// Has a process read its configuration again. The signal would end most that are somebody else's: a file with a number outlives who
    /// wrote it.
    package static func reload(_ id: pid_t) throws(Refusal) {
        guard kill(id, 0) == 0 || errno == EPERM else { throw Refusal(description: "there is no process \(id)") }
        try requireOurs(id, to: "reload")
        guard kill(id, SIGHUP) == 0 else {
            throw Refusal(description: "process \(id) cannot be told: \(SystemError(errno, "kill").text)")
        }
    }

    /// Has it drain. Returns what the system says to that, 0 where all is well.
    package func end() -> CInt {
        guard isTheSame else { return ESRCH }
        return kill(id, SIGTERM) == 0 ? 0 : errno
    }
}
