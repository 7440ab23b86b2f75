import EventLoop
import Glibc
import Testing

@Suite struct LoopExecutorTests {
    @Test("Asynchronous code stays on the loop's thread, also after it has waited") func executor() async throws {
        let (thread, other) = (try LoopThread { _ in LoopClient() }, try LoopThread { _ in LoopClient() })
        let executor = LoopExecutor(thread.mail)
        let place = await thread.mail.ask { _ in pthread_self() }
        let places = await Task(executorPreference: executor) {
            let before = Self.place()
            let elsewhere = await other.mail.ask { _ in pthread_self() }
            let after = Self.place()
            let child = await withTaskGroup(of: pthread_t.self) { group in
                group.addTask { Self.place() }
                return await group.next()
            }
            return [before, elsewhere, after, child]
        }.value
        #expect(places[0] == place)
        #expect(places[1] != place)
        #expect(places[2] == place)
        #expect(places[3] == place)
    }

    @Test("A pause lasts as long as was asked for") func pause() async throws {
        let thread = try LoopThread { _ in LoopClient() }
        let start = Loop.nanoseconds()
        await thread.mail.pause(milliseconds: 30)
        // The loop counts in whole milliseconds.
        #expect(Loop.nanoseconds() - start >= 29_000_000)
        await thread.mail.pause(milliseconds: -1)
    }

    @Test("The end of a loop ends its pauses") func end() async throws {
        let thread = try LoopThread { _ in LoopClient() }
        let mail = thread.mail
        let waiting = Task { await mail.pause(milliseconds: 1_000_000_000) }
        _ = await mail.ask { _ in }
        thread.stop()
        thread.join()
        await waiting.value
        await mail.pause(milliseconds: 1_000_000_000)
    }

    @Test("A value is handed over, whoever comes first", arguments: [false, true]) func handover(isLate: Bool) throws {
        let handover = Handover<Int>()
        if isLate { _ = DetachedThread.start { handover.give(7) } } else { handover.give(7) }
        #expect(handover.take() == 7)
    }

    private static func place() -> pthread_t { pthread_self() }
}
