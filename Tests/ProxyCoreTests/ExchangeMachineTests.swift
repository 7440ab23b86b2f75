import Testing

@testable import ProxyCore

/// What a failure means, by how far the exchange is.
@Suite struct ExchangeMachineTests {
    enum Stage: String, CaseIterable, Sendable {
        case connecting, fresh, reused, reusedUnrepeatable, reusedTooLarge, began, started, tunnel, complete, dropped
    }

    private static func machine(at stage: Stage) -> ExchangeMachine {
        var machine = ExchangeMachine()
        machine.connecting(mayRepeat: stage != .reusedUnrepeatable)
        if stage == .connecting { return machine }
        machine.connected(reused: stage != .fresh)
        switch stage {
        case .connecting, .fresh, .reused, .reusedUnrepeatable: break
        case .reusedTooLarge: machine.forgetSent()
        case .began: machine.responseBegan()
        case .started:
            machine.responseBegan()
            machine.responseStarted()
        case .tunnel: machine.switchedProtocols()
        case .complete:
            machine.requestCompleted()
            machine.responseStarted()
            _ = machine.responseCompleted()
        case .dropped: machine.upstreamDropped()
        }
        return machine
    }

    @Test(arguments: [
        (Stage.connecting, ExchangeMachine.Failure.reply),
        (.fresh, .reply),
        (.reused, .retry),
        (.reusedUnrepeatable, .reply),
        (.reusedTooLarge, .reply),
        (.began, .reply),
        (.started, .truncate),
        (.tunnel, .truncate),
        (.complete, .ignore),
        (.dropped, .ignore),
    ])
    func closedConnection(stage: Stage, expected: ExchangeMachine.Failure) {
        var machine = Self.machine(at: stage)
        #expect(machine.upstreamFailed(.closed) == expected)
    }

    @Test(arguments: [
        UpstreamFault.responseTimeout, .invalidResponse, .connectFailed, .connectTimeout, .overloaded, .tlsFailed, .refused,
    ])
    func onlyAClosedConnectionIsTriedAgain(fault: UpstreamFault) {
        var machine = Self.machine(at: .reused)
        #expect(machine.upstreamFailed(fault) == .reply)
    }

    @Test func retriesOnce() {
        var machine = Self.machine(at: .reused)
        #expect(machine.mayRetry)
        #expect(machine.upstreamFailed(.closed) == .retry)
        machine.reconnecting()
        machine.connected(reused: true)
        #expect(!machine.mayRetry)
        #expect(machine.upstreamFailed(.closed) == .reply)
    }

    /// What was not acted on is sent again, whatever the method, a few times, and only while all of it is there.
    @Test func refusedRequestsAreSentAgain() {
        var machine = ExchangeMachine()
        machine.connecting(mayRepeat: false)
        for _ in 0..<ExchangeMachine.refusalLimit {
            machine.connected(reused: false, mayBeRefused: true)
            #expect(machine.mayRetry)
            #expect(machine.upstreamFailed(.refused) == .retry)
            machine.reconnecting()
        }
        machine.connected(reused: false, mayBeRefused: true)
        #expect(!machine.mayRetry)
        #expect(machine.upstreamFailed(.refused) == .reply)
    }

    @Test(arguments: [Stage.reusedTooLarge, .began, .started, .connecting])
    func refusedAndGone(stage: Stage) {
        var machine = Self.machine(at: stage)
        if stage != .connecting { machine.connected(reused: true, mayBeRefused: true) }
        #expect(machine.upstreamFailed(.refused) == (stage == .started ? .truncate : .reply))
    }

    /// A connection of many streams that breaks: as with any other, only what may be repeated is.
    @Test(arguments: [(true, true), (true, false), (false, true)])
    func lostStreams(mayRepeat: Bool, reused: Bool) {
        var machine = ExchangeMachine()
        machine.connecting(mayRepeat: mayRepeat)
        machine.connected(reused: reused, mayBeRefused: true)
        #expect(machine.upstreamFailed(.closed) == (mayRepeat && reused ? .retry : .reply))
    }

    @Test func aFailureIsReportedOnce() {
        var machine = Self.machine(at: .started)
        #expect(machine.upstreamFailed(.closed) == .truncate)
        #expect(machine.upstreamFailed(.closed) == .ignore)
    }

    @Test(arguments: [true, false])
    func anEarlyResponseLeavesABody(isRequestComplete: Bool) {
        var machine = Self.machine(at: .fresh)
        if isRequestComplete { machine.requestCompleted() }
        machine.responseStarted()
        #expect(machine.responseCompleted() == !isRequestComplete)
        #expect(machine.isComplete)
        #expect(!machine.forwardsBody)
    }

    @Test(arguments: Stage.allCases)
    func nothingIsAnsweredTwice(stage: Stage) {
        let machine = Self.machine(at: stage)
        #expect(machine.canReply == ![.started, .tunnel, .complete].contains(stage))
        #expect(machine.hasStarted == !machine.canReply)
    }

    @Test(arguments: Stage.allCases)
    func aLostClientLetsTheUpstreamGo(stage: Stage) {
        var machine = Self.machine(at: stage)
        #expect(machine.downstreamLost() == ![.complete, .dropped].contains(stage))
        #expect(!machine.canReply)
        #expect(machine.upstreamFailed(.closed) == .ignore)
    }
}
