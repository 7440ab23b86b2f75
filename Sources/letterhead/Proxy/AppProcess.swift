import EventLoop
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An app that runs as long as its proxy does. It leads a session of its own: a signal reaches all that it has started, such as the workers of
/// a server and what a reloader starts again.
final class AppProcess: Sendable {
    /// The number of the process, and of its session and its group.
    let id: Int32
    private let thread: LoopThread
    private let ending: Ending

    /// Milliseconds that it may take to end when it is asked to.
    private let grace: Int

    /// - Parameters:
    ///   - environment: all of it.
    ///   - printed: gets each line, on the app's own thread.
    ///   - ended: called once, when the app has ended by itself or because it was told to.
    init(
        _ command: [String], environment: [String: String], grace: Int = 5_000,
        printed: @escaping @Sendable (String, ChildProcess.Output) -> Void, ended: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let (ending, start) = (Ending(), Start())
        thread = try LoopThread { loop in
            let client = AppLoop(loop, ending, grace: grace, printed: printed, ended: ended)
            start.give(client.spawn(command, environment.map { "\($0)=\($1)" }))
            return client
        }
        id = try start.take()
        self.ending = ending
        self.grace = grace
    }

    /// Asks it to end, and after a while ends it.
    func end() {
        signal(SIGTERM)
        thread.mail.post { [grace] in $0.setAlarm(at: $0.now + grace) }
    }

    /// Ends it now.
    func kill() { signal(SIGKILL) }

    private func signal(_ number: Int32) {
        if ending.value == nil { AppLoop.signal(number, to: id) }
    }

    /// How it has ended; nil while it runs.
    var exitCode: Int32? { ending.value }

    /// Waits for its end.
    func waitForEnd() async -> Int32 { await ending.wait() }
}

/// What came of starting, on its way from the app's thread.
private final class Start: Sendable {
    private let outcome = Mutex<Result<Int32, SystemError>?>(nil)
    private let isKnown = ThreadSemaphore()

    func give(_ result: Result<Int32, SystemError>) {
        outcome.withLock { $0 = result }
        isKnown.signal()
    }

    func take() throws(SystemError) -> Int32 {
        isKnown.wait()
        return try (outcome.withLock { $0 } ?? .failure(.noDescriptors)).get()
    }
}

/// The exit code, as a shell has it, and who waits for it.
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

/// The app's own thread: what it prints, and its end.
private final class AppLoop: LoopClient {
    private let loop: Loop
    private let ending: Ending
    private let grace: Int
    private let printed: (String, ChildProcess.Output) -> Void
    private let ended: () -> Void
    private var lines = [OutputLines](repeating: OutputLines(), count: ChildProcess.Output.allCases.count)
    private var child: ChildProcess?
    private var id: Int32 = 0
    /// Of the process that was started; others of its session may still be there.
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
            return .success(id)
        } catch {
            return .failure(error)
        }
    }

    /// What it leaves behind ends as well: a server without its reloader, workers without their server.
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
        // Somebody who has left the session may hold its output open for ever.
        if code != nil { finish() }
    }

    private func finish() {
        guard let code, ending.value == nil else { return }
        Self.signal(SIGKILL, to: id)
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

// The system's own, by a name that nothing here has.
private func systemKill(_ id: Int32, _ number: Int32) -> Int32 { kill(id, number) }
