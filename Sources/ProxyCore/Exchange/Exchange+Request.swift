package import HTTPModel
import HeaderPolicy

/// The client's side, once the head is there: a body, and its end.
extension Exchange {
    /// A part of the request's body. What becomes of its bytes is `ExchangeActions.app`: `nothing` throws them away.
    package mutating func bodyReceived(_ count: Int, _ context: inout ExchangeContext) -> ExchangeActions {
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

    /// The bytes that `bodyReceived` passed on have been written. `isFull`: the app has to take what is there first.
    package mutating func passed(isFull: Bool, _ now: Int) -> ExchangeActions {
        if isFull {
            if own.machine.isTunnel { return .client(.pause) }
            pauseClient(now)
            return .client(.pause)
        }
        var actions = ExchangeActions()
        actions.credit = settle()
        if !own.machine.isTunnel { awaitBody(now) }
        return actions
    }

    /// Everything that came has gone on or is of no use: the client may send as much again.
    mutating func settle() -> Int {
        defer { own.owed = 0 }
        return own.owed
    }

    /// The request has ended. `trailers` are cleaned as the header was.
    ///
    /// - Parameter held: what the driver holds of the body of reports.
    package mutating func requestEnded(
        trailers: inout Fields, held: borrowing [UInt8], _ context: inout ExchangeContext
    ) -> ExchangeActions {
        own.machine.requestCompleted()
        if own.collector != nil { return takeReports(held, &context) }
        guard own.machine.forwardsBody else { return ExchangeActions() }
        if !trailers.isEmpty {
            HopByHop.dropUnderscored(&trailers)
            configuration.debug?.strip(&trailers)
            configuration.forwarding.removeClaims(fromTrailers: &trailers)
            trailers.remove(.xRequestID)
            policy.removeRuledNames(from: &trailers)
        }
        awaitResponse(context.now)
        return .app(.finishBody)
    }

    /// What was sent may be needed again: the driver keeps it.
    package var mayRepeat: Bool { own.machine.mayRetry }
    /// Request bytes have somewhere to go, now or soon.
    package var forwardsBody: Bool { own.machine.forwardsBody }
}
