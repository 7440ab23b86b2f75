import ProxyCore
import Testing

@Suite struct DrainTests {
    @Test func lastConnectionEndsIt() {
        var drain = Drain()
        #expect(drain.isReady && !drain.isDraining)
        drain.connectionOpened()
        drain.connectionOpened()
        #expect(drain.tick(now: 1) == .nothing)
        #expect(drain.signalled(now: 100, grace: 50) == .drain(deadline: 150))
        #expect(!drain.isReady && drain.isDraining)
        #expect(drain.connectionClosed() == .nothing)
        #expect(drain.tick(now: 149) == .nothing)
        #expect(drain.connectionClosed() == .stop)
        #expect(drain.phase == .stopped)
        #expect(drain.tick(now: 1_000) == .nothing)
        #expect(drain.signalled(now: 1_000, grace: 50) == .nothing)
        #expect(!drain.isReady)
    }

    @Test func deadlineEndsIt() {
        var drain = Drain()
        drain.connectionOpened()
        #expect(drain.signalled(now: 100, grace: 50) == .drain(deadline: 150))
        #expect(drain.tick(now: 150) == .stop)
        #expect(drain.connectionClosed() == .nothing)
    }

    @Test func secondSignalEndsIt() {
        var drain = Drain()
        drain.connectionOpened()
        #expect(drain.signalled(now: 0, grace: .max) == .drain(deadline: .max))
        #expect(drain.signalled(now: 1, grace: 50) == .stop)
        #expect(drain.phase == .stopped)
    }

    @Test func aConnectionThatWasAlreadyAcceptedIsWaitedFor() {
        var drain = Drain()
        drain.connectionOpened()
        _ = drain.signalled(now: .max - 1, grace: 50)
        #expect(drain.phase == .draining(deadline: .max))
        drain.connectionOpened()
        #expect(drain.connectionClosed() == .nothing)
        #expect(drain.connectionClosed() == .stop)
    }

    @Test(arguments: [(0, 50), (1, 0)]) func nothingToWaitFor(_ connections: Int, _ grace: Int) {
        var drain = Drain()
        for _ in 0..<connections { drain.connectionOpened() }
        #expect(drain.signalled(now: 5, grace: grace) == .stop)
    }

    @Test func countsDoNotFallBelowZero() {
        var drain = Drain()
        #expect(drain.connectionClosed() == .nothing)
        #expect(drain.connections == 0)
    }
}
