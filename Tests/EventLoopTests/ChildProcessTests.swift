import EventLoop
import Glibc
import Testing

@Suite struct ChildProcessTests {
    /// What a child printed and how it ended.
    private final class Outcome {
        var printed: [ChildProcess.Output: String] = [:]
        var ending: ChildProcess.Ending?

        var events: ChildProcess.Events {
            ChildProcess.Events(
                printed: { bytes, output in
                    var text: [UInt8] = []
                    for index in bytes.indices { text.append(bytes[index]) }
                    self.printed[output, default: ""] += String(decoding: text, as: UTF8.self)
                }, ended: { self.ending = $0 })
        }
    }

    @Test("What a child prints is told, on which output, and then how it ended") func prints() throws {
        let loop = try Loop()
        let recorder = Recorder(loop)
        let outcome = Outcome()
        let child = try loop.spawn(
            ["sh", "-c", "echo out; echo err >&2; echo $COLOUR; exit 3"], environment: ["COLOUR=blue", "PATH=/bin:/usr/bin"],
            outcome.events)
        #expect(child.processID > 0)
        #expect(recorder.turn { _ in outcome.ending != nil })
        #expect(outcome.ending == .exited(code: 3))
        #expect(outcome.printed == [.standard: "out\nblue\n", .error: "err\n"])
        #expect(child.processID == 0)
    }

    @Test("A child can open its outputs by their names") func named() throws {
        let loop = try Loop()
        let recorder = Recorder(loop)
        let outcome = Outcome()
        _ = try loop.spawn(["sh", "-c", "echo out >/dev/stdout; echo err >/dev/stderr"], outcome.events)
        #expect(recorder.turn { _ in outcome.ending != nil })
        #expect(outcome.ending == .exited(code: 0) && outcome.printed == [.standard: "out\n", .error: "err\n"])
    }

    @Test("A child's end is told before that of those to whom it has left its output") func exits() throws {
        let loop = try Loop()
        let recorder = Recorder(loop)
        let outcome = Outcome()
        var exited: ChildProcess.Ending?
        var events = outcome.events
        events.exited = { exited = $0 }
        let child = try loop.spawn(["sh", "-c", "sleep 1000 & exit 3"], ownGroup: true, events)
        let group = child.processID
        #expect(recorder.turn { _ in exited != nil })
        #expect(exited == .exited(code: 3) && outcome.ending == nil)
        kill(-group, SIGKILL)
        #expect(recorder.turn { _ in outcome.ending != nil })
        #expect(outcome.ending == .exited(code: 3))
    }

    @Test("A child that prints much loses nothing of it") func much() throws {
        let loop = try Loop()
        let recorder = Recorder(loop)
        let outcome = Outcome()
        _ = try loop.spawn(["sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done"], outcome.events)
        #expect(recorder.turn { _ in outcome.ending != nil })
        #expect(outcome.printed[.standard]?.split(separator: "\n").count == 20_000)
    }

    @Test("A signal reaches a child, and what it has started") func signalled() throws {
        let loop = try Loop()
        let recorder = Recorder(loop)
        let outcome = Outcome()
        let child = try loop.spawn(["sh", "-c", "sleep 1000 & echo $!; wait"], ownGroup: true, outcome.events)
        #expect(recorder.turn { _ in outcome.printed[.standard]?.hasSuffix("\n") == true })
        let grandchild = try #require(Int32(outcome.printed[.standard]?.dropLast() ?? ""))
        child.signal(SIGKILL, toGroup: true)
        // Its output ends when nobody has it any more, the grandchild neither.
        #expect(recorder.turn { _ in outcome.ending != nil })
        #expect(outcome.ending == .killed(signal: SIGKILL))
        // The kernel closes what a process has open before it is dead.
        #expect(recorder.turn { _ in kill(grandchild, 0) != 0 || isZombie(grandchild) })
    }

    /// Nobody has asked how it ended yet.
    private func isZombie(_ process: Int32) -> Bool {
        guard let file = fopen("/proc/\(process)/stat", "r") else { return true }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        fgets(&line, Int32(line.count), file)
        return String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).contains(") Z")
    }

    @Test("A program that is not there is an error") func missing() throws {
        let loop = try Loop()
        #expect(throws: SystemError(ENOENT, "spawn")) {
            try loop.spawn(["letterhead-no-such-program"], Outcome().events)
        }
        #expect(throws: SystemError(EINVAL, "spawn")) { try loop.spawn([], Outcome().events) }
        loop.close()
    }

    @Test("A loop may end before its children do") func left() throws {
        let loop = try Loop()
        let outcome = Outcome()
        let child = try loop.spawn(["sleep", "1000"], outcome.events)
        let process = child.processID
        loop.close()
        #expect(kill(process, SIGKILL) == 0)
        #expect(outcome.ending == nil)
    }
}
