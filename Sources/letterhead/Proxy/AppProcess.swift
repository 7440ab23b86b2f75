import EventLoop
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An app that runs as long as its proxy does. It leads its own session, so that a signal reaches everything that it has started,
/// such as the workers of a server and what a reloader restarts.
final class AppProcess: Sendable {
    /// The ID of the process, of its session and of its group.
    let id: Int32
    private let thread: LoopThread
    private let ending: Ending

    /// The milliseconds that the app may take to end when asked to.
    private let grace: Int

    /// - Parameters:
    ///   - environment: the complete environment.
    ///   - printed: called with each line, on the app's own thread.
    ///   - ended: called once, when the app has ended by itself or because it was told to.
    init(
        _ command: [String], environment: [String: String], grace: Int = 5_000,
        printed: @escaping @Sendable (String, ChildProcess.Output) -> Void, ended: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let (ending, started) = (Ending(), Handover<Result<Int32, SystemError>>())
        thread = try LoopThread { loop in
            let client = AppLoop(loop, ending, grace: grace, printed: printed, ended: ended)
            started.give(client.spawn(command, environment.map { "\($0)=\($1)" }))
            return client
        }
        id = try started.take().get()
        self.ending = ending
        self.grace = grace
    }

    /// Asks the app to end, and kills it after a while.
    func end() {
        signal(SIGTERM)
        thread.mail.post { [grace] in $0.setAlarm(at: $0.now + grace) }
    }

    /// Kills the app now.
    func kill() { signal(SIGKILL) }

    private func signal(_ number: Int32) {
        if ending.value == nil { AppLoop.signal(number, to: id) }
    }

    /// The exit code; nil while the app runs.
    var exitCode: Int32? { ending.value }

    /// Waits until the app has ended; returns its exit code.
    func waitForEnd() async -> Int32 { await ending.wait() }
}

/// The exit code as a shell reports it, and the callers that wait for it.
private final class Ending: Sendable {
    private struct State {
        var code: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    private let state = Mutex(State())

    var value: Int32? { state.withLock { $0.code } }

    func set(_ code: Int32) {
        let waiting = state.withLock { state in
            state.code = code
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume(returning: code) }
    }

    func wait() async -> Int32 {
        await withCheckedContinuation { continuation in
            let code = state.withLock { state in
                if state.code == nil { state.waiting.append(continuation) }
                return state.code
            }
            if let code { continuation.resume(returning: code) }
        }
    }
}

/// The loop on the app's own thread, which handles its output and its end.
private final class AppLoop: LoopClient {
    private let loop: Loop
    private let ending: Ending
    private let grace: Int
    private let printed: (String, ChildProcess.Output) -> Void
    private let ended: () -> Void
    private var lines = [OutputLines](repeating: OutputLines(), count: ChildProcess.Output.allCases.count)
    private var child: ChildProcess?
    private var executor: ChildProcess?
    private var id: Int32 = 0
    /// The exit code of the process that was started; others of its session may still run.
    private var code: Int32?
    private var isTimeUp = false

    init(
        _ loop: Loop, _ ending: Ending, grace: Int, printed: @escaping (String, ChildProcess.Output) -> Void,
        ended: @escaping () -> Void
    ) {
        self.loop = loop
        self.ending = ending
        self.grace = grace
        self.printed = printed
        self.ended = ended
    }

    func spawn(_ command: [String], _ environment: [String]) -> Result<Int32, SystemError> {
        let events = ChildProcess.Events(
            printed: { [unowned self] bytes, output in
                for line in lines[output.rawValue].take(bytes) { printed(line, output) }
            },
            exited: { [unowned self] in exited($0) }, ended: { [unowned self] _ in finish() })
        do throws(SystemError) {
            let child = try loop.spawn(command, environment: environment, ownGroup: true, events)
            self.child = child
            id = child.processID
            executor = startExecutor()
            return .success(id)
        } catch {
            return .failure(error)
        }
    }

    /// Starts a shell that ends the app when this process is gone without having done so: when it was killed, or there was no
    /// memory left. Without a shell, the app then stays.
    private func startExecutor() -> ChildProcess? {
        let will = "exec 2>/dev/null; read -r line; kill -TERM -\(id); sleep \(max(1, grace / 1_000)); kill -KILL -\(id)"
        let events = ChildProcess.Events(printed: { _, _ in }, ended: { _ in })
        return try? loop.spawn(["/bin/sh", "-c", will], environment: [], ownGroup: true, holdsInput: true, events)
    }

    /// Handles the app's end. Processes that it leaves behind are ended too, such as a server without its reloader, or workers
    /// without their server.
    private func exited(_ ending: ChildProcess.Ending) {
        code =
            switch ending {
            case .exited(let code): code
            case .killed(let signal): 128 + signal
            }
        if isTimeUp { return finish() }
        Self.signal(SIGTERM, to: id)
        loop.setAlarm(at: loop.now + grace)
    }

    override func alarm() {
        isTimeUp = true
        Self.signal(SIGKILL, to: id)
        // A process that has left the session may hold the output open for ever.
        if code != nil { finish() }
    }

    private func finish() {
        guard let code, ending.value == nil else { return }
        Self.signal(SIGKILL, to: id)
        executor?.signal(SIGKILL)
        loop.setAlarm(at: .max)
        for output in ChildProcess.Output.allCases {
            if let rest = lines[output.rawValue].finish() { printed(rest, output) }
        }
        ending.set(code)
        ended()
    }

    static func signal(_ number: Int32, to group: Int32) {
        if group > 1 { _ = systemKill(-group, number) }
    }
}

// The system's function, under a name that nothing here uses.
private func systemKill(_ id: Int32, _ number: Int32) -> Int32 { kill(id, number) }
