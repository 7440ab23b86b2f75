package import Foundation

/// A program that runs beside the tests. Its output is kept line by line and can be waited for; it ends with the tests at the latest,
/// the processes that it started included.
package final class ChildProcess: @unchecked Sendable {
    package let id: pid_t
    private let name: String
    private let changed = NSCondition()
    private var standardOutput: [UInt8] = []
    private var standardError: [UInt8] = []
    private var openStreams = 2
    private var exitStatus: Int32?

    package enum Stream: Sendable { case output, error }

    /// - Parameters:
    ///   - program: a path, or a name to look up in `PATH`.
    ///   - environment: added to that of the tests.
    ///   - input: what the program can read; none is an empty input.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], folder: String? = nil,
        input: [UInt8]? = nil
    ) throws {
        let toRead = try Descriptors.pipe()
        let toWrite = try Descriptors.pipe()
        let errors = try Descriptors.pipe()
        name = ([program] + arguments).joined(separator: " ")
        id = try Spawner.shared.spawn(
            ["setpriv", "--pdeathsig", "TERM", "env", "--chdir", folder ?? ".", program] + arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            descriptors: [toRead.end, toWrite.start, errors.start])
        for descriptor in [toRead.end, toWrite.start, errors.start] { close(descriptor) }
        Self.alive.insert(id)
        keep(toWrite.end, \.standardOutput)
        keep(errors.end, \.standardError)
        feed(input ?? [], to: toRead.start)
        Thread { [self] in
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            Self.alive.remove(id)
            let ending = (status & 0x7f) == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
            update { $0.exitStatus = ending }
            if [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT].contains(-ending) { reportCrash(-ending) }
        }.start()
    }

    /// Everything so far.
    package func text(_ stream: Stream) -> String { String(decoding: bytes(stream), as: UTF8.self) }
    package func bytes(_ stream: Stream) -> [UInt8] {
        changed.withLock { stream == .output ? standardOutput : standardError }
    }

    /// The first `count` results of `match` on whole lines of a stream, in order. Waits until they are there.
    package func lines<Match>(
        _ stream: Stream, _ count: Int, within seconds: Double = patience, _ match: (Substring) -> Match?
    ) throws -> [Match] {
        let deadline = Date(timeIntervalSinceNow: seconds)
        changed.lock()
        defer { changed.unlock() }
        while true {
            let kept = stream == .output ? standardOutput : standardError
            let whole = kept[..<(kept.lastIndex(of: 10) ?? 0)]
            let found = String(decoding: whole, as: UTF8.self).split(separator: "\n").lazy.compactMap(match).prefix(count)
            let matches = Array(found)
            if matches.count == count { return matches }
            if openStreams == 0 || !changed.wait(until: deadline) {
                let end = openStreams == 0 ? "ended" : "took longer than \(seconds) s"
                throw Disappointment(
                    "`\(name)` \(end); output: \(String(decoding: standardOutput, as: UTF8.self))"
                        + "; errors: \(String(decoding: standardError, as: UTF8.self))")
            }
        }
    }

    package func line<Match>(_ stream: Stream, within seconds: Double = patience, _ match: (Substring) -> Match?) throws -> Match
    {
        try lines(stream, 1, within: seconds, match)[0]
    }

    /// Its exit status, or the negative number of the signal that ended it; all output is there.
    @discardableResult
    package func waitForExit(within seconds: Double = 2 * patience) throws -> Int32 {
        let deadline = Date(timeIntervalSinceNow: seconds)
        changed.lock()
        defer { changed.unlock() }
        while true {
            if let exitStatus, openStreams == 0 { return exitStatus }
            guard changed.wait(until: deadline) else { throw Disappointment("`\(name)` did not end within \(seconds) s") }
        }
    }

    package var isRunning: Bool { changed.withLock { exitStatus == nil } }

    package func signal(_ number: Int32) { kill(id, number) }

    /// Has it stand still until SIGCONT; returns when it does.
    package func suspend() throws {
        signal(SIGSTOP)
        var info = siginfo_t()
        guard waitid(P_PID, id_t(id), &info, WSTOPPED) == 0 else { throw Disappointment("`\(name)` cannot be stopped") }
    }

    /// Ends it at once, and what it started.
    package func stop() {
        if isRunning { kill(-id, SIGKILL) }
    }

    private func update(_ change: (ChildProcess) -> Void) {
        changed.withLock {
            change(self)
            changed.broadcast()
        }
    }

    /// A crash is everybody's business: whoever reads the results of the tests sees it.
    private func reportCrash(_ signal: Int32) {
        let reasons = text(.error).split(separator: "\n").filter { $0.contains("Fatal error:") || $0.contains(" at /") }
        FileHandle.standardError.write(Data("`\(name)` crashed by signal \(signal):\n\(reasons.joined(separator: "\n"))\n".utf8))
    }

    private func keep(_ descriptor: Int32, _ stream: any ReferenceWritableKeyPath<ChildProcess, [UInt8]> & Sendable) {
        Thread { [self] in
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { break }
                update { $0[keyPath: stream] += buffer[..<count] }
            }
            close(descriptor)
            update { $0.openStreams -= 1 }
        }.start()
    }

    private func feed(_ input: [UInt8], to descriptor: Int32) {
        if input.isEmpty {
            close(descriptor)
            return
        }
        Thread {
            var rest = input[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                if count <= 0 { break }
                rest = rest.dropFirst(count)
            }
            close(descriptor)
        }.start()
    }

    fileprivate static let alive = ProcessIDs()
}

/// The process groups that the end of the tests has to end.
private final class ProcessIDs: @unchecked Sendable {
    private let lock = NSLock()
    private var ids: Set<pid_t> = []

    init() { atexit { ChildProcess.alive.endAll() } }

    func insert(_ id: pid_t) { _ = lock.withLock { ids.insert(id) } }
    func remove(_ id: pid_t) { _ = lock.withLock { ids.remove(id) } }
    private func endAll() { lock.withLock { for id in ids { kill(-id, SIGKILL) } } }
}

/// What a finished program left.
package struct Finished: Sendable {
    package var status: Int32
    package var output: [UInt8]
    package var errors: String
    package var text: String { String(decoding: output, as: UTF8.self) }
}

/// Runs a program to its end.
package func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], folder: String? = nil, input: [UInt8]? = nil,
    within seconds: Double = 2 * patience
) throws -> Finished {
    let process = try ChildProcess(program, arguments, environment: environment, folder: folder, input: input)
    let status = try process.waitForExit(within: seconds)
    return Finished(status: status, output: process.bytes(.output), errors: process.text(.error))
}
