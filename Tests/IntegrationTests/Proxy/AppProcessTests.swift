import EventLoop
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import letterhead

/// The app that the proxy starts: what it prints, and that nothing of it is left.
@Suite struct AppProcessTests {
    private final class Printed: Sendable {
        private let lines = Mutex<[String]>([])
        private let ended = Mutex(0)

        var all: [String] { lines.withLock { $0 } }
        var ends: Int { ended.withLock { $0 } }

        func start(_ script: String, grace: Int = 60_000) throws -> AppProcess {
            try AppProcess(
                ["sh", "-c", script], environment: ProcessInfo.processInfo.environment, grace: grace,
                printed: { line, output in self.lines.withLock { $0.append("\(output): \(line)") } },
                ended: { self.ended.withLock { $0 += 1 } })
        }

        /// Waits for the call that tells of the end; how many there were then.
        func firstEnd() async throws -> Int {
            for _ in 0..<6_000 where ends == 0 { try await Task.sleep(for: .milliseconds(10)) }
            return ends
        }

        /// Waits for a line that begins so; the rest of it.
        func line(_ start: String) async throws -> String {
            for _ in 0..<6_000 {
                if let line = all.first(where: { $0.hasPrefix(start) }) { return String(line.dropFirst(start.count)) }
                try await Task.sleep(for: .milliseconds(10))
            }
            throw Disappointment("no \(start) in \(all)")
        }
    }

    /// Whether there is no such process, or one of which only its number is left, or another that got the number since.
    private static func isGone(_ process: ProcessMark) async throws -> Bool {
        for _ in 0..<6_000 where !process.isGone { try await Task.sleep(for: .milliseconds(10)) }
        return process.isGone
    }

    @Test(
        arguments: [
            ("exit 3", 3), ("exit 0", 0), ("kill -9 $$", 137), ("kill -TERM $$", 143),
            ("echo out; echo err >&2; printf rest; exit 255", 255),
        ] as [(String, Int32)])
    func endings(_ script: String, _ code: Int32) async throws {
        let printed = Printed()
        let app = try printed.start(script)
        #expect(await app.waitForEnd() == code && app.exitCode == code)
        if script.contains("out") { #expect(Set(printed.all) == ["standard: out", "error: err", "standard: rest"]) }
        // To end what has ended does nothing.
        app.end()
        app.kill()
        #expect(try await printed.firstEnd() == 1)
    }

    @Test func noSuchCommand() {
        let error = #expect(throws: SystemError.self) {
            try AppProcess(["no-such-command-anywhere"], environment: [:], printed: { _, _ in }, ended: {})
        }
        #expect(error?.isMissing == true)
    }

    /// It ends, and what it has started, as a reloader's server; and what it leaves behind when it ends by itself.
    @Test(arguments: ["wait", "exit 4"])
    func withAllItHasStarted(_ then: String) async throws {
        let printed = Printed()
        let app = try printed.start("(sleep 1000 & echo grandchild $!; exec sleep 1000) & echo child $!; sleep 0.2; \(then)")
        let ids = [try await printed.line("standard: child "), try await printed.line("standard: grandchild ")].compactMap {
            Int32($0).map(ProcessMark.init)
        }
        if then == "wait" { app.end() }
        #expect(await app.waitForEnd() == (then == "wait" ? 143 : 4))
        for id in ids { #expect(try await Self.isGone(id)) }
    }

    /// Who does not hear SIGTERM is ended after a while, and at once by who does not wait.
    @Test(arguments: [true, false])
    func whoDoesNotListen(_ waits: Bool) async throws {
        let printed = Printed()
        let app = try printed.start(
            "trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo child $!; while :; do sleep 1; done",
            grace: waits ? 100 : 600_000)
        let child = ProcessMark(try #require(Int32(try await printed.line("standard: child "))))
        app.end()
        if !waits { app.kill() }
        #expect(await app.waitForEnd() == 137)
        #expect(try await Self.isGone(child))
    }

    /// Somebody who has left the session and keeps the output open holds up nobody.
    @Test func whoHasLeft() async throws {
        let printed = Printed()
        let app = try printed.start("setsid sleep 1000 & echo child $!; exit 5", grace: 100)
        #expect(await app.waitForEnd() == 5)
        let child = try #require(Int32(try await printed.line("standard: child ")))
        kill(child, SIGKILL)
    }
}
