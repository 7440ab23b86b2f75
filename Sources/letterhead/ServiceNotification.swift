import EventLoop
import ProxyTransport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reports the state of the service to the service manager (sd_notify(3)) by datagrams to the socket in `NOTIFY_SOCKET`. Does
/// nothing if there is none.
struct ServiceNotification: Sendable {
    private let path: String?
    /// Half of the time within which the manager expects a sign of life; nil if it expects none.
    private let watchdog: Duration?

    init(environment: [String: String] = Environment.current) {
        path = environment["NOTIFY_SOCKET"].flatMap { ["/", "@"].contains($0.prefix(1)) ? $0 : nil }
        let isForUs = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        let limit = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdog = isForUs && limit > 0 && path != nil ? .microseconds(limit / 2) : nil
    }

    func ready() { send("READY=1") }

    /// Reports a reload; must be followed by `ready()`, whatever the result.
    func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        send("RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1_000)")
    }

    func stopping() { send("STOPPING=1") }

    /// Reports that the service is alive as long as `isAlive` is true. Returns at once if the manager does not expect that, and
    /// otherwise when the task is cancelled.
    func keepAlive(while isAlive: @Sendable () async -> Bool) async {
        guard let watchdog else { return }
        while !Task.isCancelled {
            if await isAlive() { send("WATCHDOG=1") }
            await TaskLoop.pause(watchdog)
        }
    }

    private func send(_ message: String) {
        guard let path else { return }
        // An abstract socket is written with an at sign for its leading NUL.
        let name = path.hasPrefix("@") ? [0] + path.utf8.dropFirst() : Array(path.utf8)
        Endpoint.unix(name).send(datagram: Array(message.utf8))
    }
}
