public import HTTPModel
import HeaderPolicy

/// The client's side after the head: the body and its end.
extension Exchange {
    /// Handles a part of the request's body. `ExchangeActions.app` says what becomes of its bytes; `nothing` throws them away.
    public mutating func bodyReceived(_ count: Int, _ context: inout ExchangeContext) -> ExchangeActions {
        // A client that expects a 100 begins its body only now, and so does the time for it.
        if own.requestBytes == 0, awaitsContinue { own.bodyStartedAt = context.now }
        own.requestBytes &+= count
        if let collector = own.collector {
            own.held &+= count
            var actions =
                own.held > collector.body ? refuseReport(.reportTooLarge, &context) : ExchangeActions.app(.hold)
            awaitBody(context.now)
            actions.credit = count
            return actions
        }
        guard own.machine.forwardsBody else {
            var actions = ExchangeActions()
            actions.credit = count
            return actions
        }
        own.owed &+= count
        if let route = own.route, case let limit = configuration.routes[route].requestBodyLimit, limit > 0,
            own.requestBytes > limit
        {
            let owed = settle()
            var actions = breakOff(.requestBodyTooLarge, &context)
            actions.credit = owed
            return actions
        }
        guard own.machine.isConnected else {
            own.held &+= count
            var actions = ExchangeActions.app(.hold)
            if own.held > limits.bodyBuffer {
                pauseClient(context.now)
                actions.client = .pause
            } else {
                awaitBody(context.now)
            }
            return actions
        }
        guard own.machine.mayRetry else { return .app(.pass(keeps: false)) }
        guard own.held &+ count <= limits.bodyBuffer else {
            own.machine.forgetSent()
            own.held = 0
            return .app(.forget)
        }
        own.held &+= count
        return .app(.pass(keeps: true))
    }

    /// Notes that the bytes of `bodyReceived` have been passed on. `isFull`: the app has to take the buffered ones first.
    public mutating func passed(isFull: Bool, _ now: Int) -> ExchangeActions {
        if isFull {
            if own.machine.isTunnel { return .client(.pause) }
            pauseClient(now)
            return .client(.pause)
        }
        var actions = ExchangeActions()
        actions.credit = settle()
        if !own.machine.isTunnel { requestProgressed(now) }
        return actions
    }

    /// Returns the number of bytes that the client may send anew, because all received ones have gone on or are of no use.
    mutating func settle() -> Int {
        defer { own.owed = 0 }
        return own.owed
    }

    /// Ends the request. `trailers` are cleaned as the header was.
    ///
    /// - Parameter held: the part of a report's body that the driver holds.
    public mutating func requestEnded(
        trailers: inout Fields, held: borrowing [UInt8], _ context: inout ExchangeContext
    ) -> ExchangeActions {
        own.machine.requestCompleted()
        // The client needs no more time for the rest of its body.
        if own.machine.isComplete { own.deadline = .max }
        if own.collector != nil { return takeReports(held, &context) }
        guard own.machine.forwardsBody else { return ExchangeActions() }
        if !trailers.isEmpty {
            HopByHop.dropUnderscored(&trailers)
            configuration.debug?.strip(&trailers)
            configuration.forwarding.removeClaims(fromTrailers: &trailers)
            trailers.remove(.xRequestID)
            policy.removeRuledNames(from: &trailers)
        }
        if own.machine.hasStarted { requestProgressed(context.now) } else { awaitResponse(context.now) }
        return .app(.finishBody)
    }

    /// Whether the request may have to be sent again, so that the driver keeps what was sent.
    public var mayRepeat: Bool { own.machine.mayRetry }
    /// Whether request bytes have somewhere to go, now or soon.
    public var forwardsBody: Bool { own.machine.forwardsBody }
}
