import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyCore
import ProxyTransport
import Synchronization

/// The proxy and the app that it starts; neither outlives the other.
struct AppRun {
    var command: [String]
    var policy: ProxyPolicy
    /// The address where the app will listen, if the command line names one.
    var named: String?
    /// The milliseconds within which the app must listen.
    var timeout: Int
    var search = UpstreamSearch()

    func run() async throws {
        // Servers that listen already are not the app that is about to start.
        let strangers = Set(await search.found())
        let link = AppLink()
        let signals = Signals.ofTerminal(came: { link.end() }, last: { link.kill() })
        let app = try start(signals)
        // A signal that comes while the app starts ends it, too.
        link.set(app)
        do {
            var run = ProxyRun(policy: policy)
            if let target = try await listening(app, signals, beside: strangers) {
                try checkPlace(of: target)
                if named == nil { run.policy.upstream = "http://\(target)" }
                try await run.run(signals)
            }
        } catch {
            await end(app)
            throw error
        }
        // Either a signal asked for the end, or the app has ended by itself.
        if signals.haveCome { return await end(app) }
        let code = await app.waitForEnd()
        // The reader of the app's output may take as long as it likes, unless a signal comes.
        while !StandardOutput.isWritten, !signals.haveCome { await TaskLoop.pause(.milliseconds(50)) }
        StandardError.write("letterhead: the app has ended (exit code \(code))\n")
        throw ExitCode(code)
    }

    /// Checks that the app has not taken the proxy's own port in the meantime.
    private func checkPlace(of app: SocketTarget) throws {
        guard let own = TypedAddress.target(policy.listen), app.leads(to: own) else { return }
        let port = FreeAddress.port(after: own)
        StandardError.write("letterhead: the app listens on \(app), where the proxy was to listen\nhelp: --listen \(port)\n")
        throw ExitCode(1)
    }

    private func end(_ app: AppProcess) async {
        app.end()
        _ = await app.waitForEnd()
    }

    private func start(_ signals: Signals) throws -> AppProcess {
        var environment = Environment.current
        // Otherwise Python's output into a pipe would come in blocks.
        if environment["PYTHONUNBUFFERED"] == nil { environment["PYTHONUNBUFFERED"] = "1" }
        do throws(SystemError) {
            return try AppProcess(
                command, environment: environment,
                printed: { line, output in
                    switch output {
                    case .standard: Terminal.writeLine("app | \(line)")
                    case .error: StandardError.write("app | \(line)\n")
                    }
                }, ended: { signals.end() })
        } catch {
            let isMissing = error.isMissing
            StandardError.write("letterhead: cannot start `\(command[0])`: \(error.text)\n")
            if isMissing { StandardError.write("help: is it installed, and its virtual environment active?\n") }
            throw ExitCode(isMissing ? 127 : error.isForbidden ? 126 : 1)
        }
    }

    /// The address where the app listens; nil if it has ended, or the end was asked for, before it did.
    private func listening(_ app: AppProcess, _ signals: Signals, beside strangers: Set<SocketTarget>) async throws
        -> SocketTarget?
    {
        let start = ContinuousClock.now
        var isPatient = true
        while ContinuousClock.now < start + .milliseconds(timeout) {
            if app.exitCode != nil || signals.haveCome { return nil }
            let mayBeDebugger = ContinuousClock.now > start + .seconds(5)
            if let target = await target(of: app, beside: strangers, mayBeDebugger: mayBeDebugger) { return target }
            if isPatient, ContinuousClock.now > start + .seconds(10) {
                isPatient = false
                StandardError.write("letterhead: still waiting until the app listens\n\(help(app))")
            }
            await TaskLoop.pause(.milliseconds(50))
        }
        StandardError.write("letterhead: the app does not listen after \(timeout) ms: it is ended\n\(help(app))")
        throw ExitCode(1)
    }

    private func help(_ app: AppProcess) -> String {
        guard let named else {
            let command = command.joined(separator: " ")
            let place = command.contains(text: "unix:") ? "unix:/PATH" : "http://localhost:PORT"
            return "help: name where it will listen: letterhead proxy \(place) -- \(command)\n"
        }
        let found = SessionListeners.of(app.id).min { search.rank($0) < search.rank($1) }
        let place = found.map { "it listens on http://\($0), and " } ?? ""
        return "help: \(place)it is expected at \(named); name where it listens, or leave that out and it is found\n"
    }

    /// - Parameter mayBeDebugger: whether the port of a debugger, which is open before the app's, is taken for the app's.
    private func target(
        of app: AppProcess, beside strangers: Set<SocketTarget>, mayBeDebugger: Bool
    ) async -> SocketTarget? {
        if let named {
            guard let target = Self.address(named) else { return nil }
            return await search.accepts(target) ? target : nil
        }
        let own = SessionListeners.of(app.id).filter { mayBeDebugger || !search.isDebugger($0) }
        for target in own.sorted(by: { search.rank($0) < search.rank($1) }) where await search.accepts(target) { return target }
        // Another process may listen for the app, such as that of a container, and not every system tells who listens.
        let found = await search.found().filter { !strangers.contains($0) }
        guard !found.isEmpty else { return nil }
        // A program that was started at the same time, such as the server of the pages, is not the app.
        let others = Set(SessionListeners.ofOthers(than: app.id))
        return found.first { !others.contains($0) }
    }

    /// The host and port of a URL, or the path of a socket.
    static func address(_ upstream: String) -> SocketTarget? {
        if upstream.hasPrefix("unix:") { return SocketTarget(text: upstream) }
        guard let scheme = upstream.range(ofFirst: "://") else { return nil }
        let authority = String(upstream[scheme.upperBound...].prefix { $0 != "/" })
        return SocketTarget(text: authority) ?? SocketTarget(text: "\(authority):\(upstream.hasPrefix("https:") ? 443 : 80)")
    }
}

/// Passes the app, once it is started, to the code that may have to end it.
private final class AppLink: Sendable {
    private struct State {
        var app: AppProcess?
        var isOver = false
    }

    private let state = Mutex(State())

    func set(_ app: AppProcess) {
        let isOver = state.withLock { state in
            state.app = app
            return state.isOver
        }
        if isOver { app.end() }
    }

    func end() {
        let app = state.withLock { state in
            state.isOver = true
            return state.app
        }
        app?.end()
    }

    func kill() { state.withLock { $0.app }?.kill() }
}
