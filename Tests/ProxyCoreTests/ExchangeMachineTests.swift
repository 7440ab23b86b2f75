import Testing

@testable import ProxyCore

/// What a failure means, by how far the exchange is.
@Suite struct ExchangeMachineTests {
    enum Stage: String, CaseIterable, Sendable {
        case connecting, fresh, reused, reusedNotIdempotent, reusedTooLarge, began, started, tunnel, complete, dropped
    }

    private static func machine(at stage: Stage) -> ExchangeMachine {
        var machine = ExchangeMachine()
        machine.connecting(isIdempotent: stage != .reusedNotIdempotent)
        if stage == .connecting { return machine }
        machine.connected(reused: stage != .fresh)
        switch stage {
        case .connecting, .fresh, .reused, .reusedNotIdempotent: break
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
        (.reusedNotIdempotent, .reply),
        (.reusedTooLarge, .reply),
        (.began, .reply),
        (.started, .truncate),
        // Its end is no failure, and nobody is told so.
        (.tunnel, .ignore),
        (.complete, .ignore),
        (.dropped, .ignore),
    ])
    func closedConnection(stage: Stage, expected: ExchangeMachine.Failure) {
        var machine = Self.machine(at: stage)
        #expect(machine.upstreamFailed(.closed) == expected)
    }

    @Test(arguments: [
        UpstreamFault.responseTimeout, .invalidResponse, .connectFailed, .connectTimeout, .overloaded, .tlsFailed, .refused,
        .reset,
    ])
    func onlyAClosedConnectionIsTriedAgain(fault: UpstreamFault) {
        var machine = Self.machine(at: .reused)
        #expect(machine.upstreamFailed(fault) == .reply)
    }

    /// Several connections may have died at once; a fresh one that closes has seen the request.
    @Test(arguments: [true, false]) func retries(onAnotherOfThePool: Bool) {
        var machine = Self.machine(at: .reused)
        for _ in 0..<(onAnotherOfThePool ? ExchangeMachine.repeatLimit : 1) {
            #expect(machine.mayRetry)
            #expect(machine.upstreamFailed(.closed) == .retry)
            machine.reconnecting()
            machine.connected(reused: onAnotherOfThePool)
        }
        #expect(!machine.mayRetry)
        #expect(machine.upstreamFailed(.closed) == .reply)
    }

    /// What was not acted on is sent again, whatever the method, a few times, and only while all of it is there.
    @Test func refusedRequestsAreSentAgain() {
        var machine = ExchangeMachine()
        machine.connecting(isIdempotent: false)
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
    func lostStreams(isIdempotent: Bool, reused: Bool) {
        var machine = ExchangeMachine()
        machine.connecting(isIdempotent: isIdempotent)
        machine.connected(reused: reused, mayBeRefused: true)
        #expect(machine.upstreamFailed(.closed) == (isIdempotent && reused ? .retry : .reply))
    }

    enum Sent: String, CaseIterable, Sendable { case nothing, all, tooMuch, answered, started }

    /// What another server may have: what was not sent or not acted on always, the rest if it does no harm.
    @Test(
        arguments: [
            UpstreamFault.connectFailed, .connectTimeout, .tlsFailed, .overloaded, .closed, .responseTimeout, .refused,
            .invalidResponse, .reset, .noServer,
        ], Sent.allCases)
    func movingOn(_ fault: UpstreamFault, _ sent: Sent) {
        for isIdempotent in [true, false] {
            var machine = ExchangeMachine()
            machine.connecting(isIdempotent: isIdempotent)
            machine.hasOthers(attempts: 1)
            if sent != .nothing { machine.connected(reused: false) }
            if sent == .tooMuch { machine.forgetSent() }
            if sent == .answered { machine.responseBegan() }
            if sent == .started { machine.responseStarted() }
            #expect(machine.mayRetry == (sent == .all && isIdempotent))
            let isUnsent = sent == .nothing && [.connectFailed, .connectTimeout, .tlsFailed, .overloaded].contains(fault)
            let expected: ExchangeMachine.Failure =
                if sent == .started { .truncate } else if isUnsent || sent == .all && fault == .refused {
                    .moveOn(isRepeated: false)
                } else if sent == .all && isIdempotent && [.closed, .reset, .responseTimeout].contains(fault) {
                    .moveOn(isRepeated: true)
                } else { .reply }
            #expect(machine.upstreamFailed(fault) == expected, "\(fault) \(sent) \(isIdempotent)")
            guard case .moveOn = expected else { continue }
            machine.reconnecting()
            #expect(machine.upstreamFailed(.connectFailed) == .reply, "so many attempts and no more")
        }
    }

    /// A connection from the pool that was closed is made again first; then it is another server's turn.
    @Test func repeatsBeforeItMovesOn() {
        var machine = ExchangeMachine()
        machine.connecting(isIdempotent: true)
        machine.hasOthers(attempts: 2)
        machine.connected(reused: true)
        #expect(machine.upstreamFailed(.closed) == .retry)
        machine.reconnecting()
        #expect(machine.upstreamFailed(.connectFailed) == .moveOn(isRepeated: false))
        machine.reconnecting()
        machine.connected(reused: false)
        #expect(machine.upstreamFailed(.closed) == .moveOn(isRepeated: true))
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

    @Test func theEndOfATunnelIsTheEnd() {
        var machine = Self.machine(at: .tunnel)
        machine.tunnelEnded()
        #expect(machine.isComplete && !machine.isTunnel && !machine.canReply)
        #expect(machine.upstreamFailed(.responseTimeout) == .ignore && !machine.downstreamLost())
    }

    @Test(arguments: Stage.allCases)
    func aLostClientLetsTheUpstreamGo(stage: Stage) {
        var machine = Self.machine(at: stage)
        #expect(machine.downstreamLost() == ![.complete, .dropped].contains(stage))
        #expect(!machine.canReply)
        #expect(machine.upstreamFailed(.closed) == .ignore)
    }
}
