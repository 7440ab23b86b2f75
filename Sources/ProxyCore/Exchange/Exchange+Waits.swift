/// The waits of the exchange and their deadlines.
extension Exchange {
    /// Sets the deadline to `timeout` milliseconds from now, or to the exchange's last moment if that is earlier.
    private mutating func arm(_ timeout: Int, _ now: Int) {
        own.deadline = min(Self.deadline(now, after: timeout), own.lastMoment)
    }

    /// Returns the deadline; a timeout of 0 means none.
    private static func deadline(_ now: Int, after timeout: Int) -> Int { timeout <= 0 ? .max : now &+ timeout }

    /// Starts the exchange's time, when the request has a head.
    mutating func startTime(_ now: Int) {
        own.lastMoment = Self.deadline(now, after: timeouts.exchange)
        own.deadline = own.lastMoment
        own.bodyStartedAt = now
        awaitBody(now)
    }

    /// Waits for the next part of the request's body, unless something else is waited for. A body could come in parts that are
    /// each in time and still take for ever, so it also has to come at a minimal rate.
    mutating func awaitBody(_ now: Int) {
        guard !own.machine.isRequestComplete, own.machine.canReply, own.pausedAt == nil else { return }
        own.awaitsBody = true
        arm(timeouts.requestBody, now)
        guard limits.requestBodyRate > 0 else { return }
        let (earned, overflow) = own.requestBytes.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return }
        own.deadline = min(
            own.deadline,
            own.bodyStartedAt &+ (timeouts.requestBody > 0 ? timeouts.requestBody : 30_000) &+ earned / limits.requestBodyRate)
    }

    /// Notes that a part of the body has gone to the app. An app that has begun its response may say nothing until it has all of it.
    mutating func requestProgressed(_ now: Int) {
        guard own.machine.hasStarted else { return awaitBody(now) }
        // While the client is waited for, there is no deadline of the app.
        if own.deadline < own.lastMoment { awaitResponse(now) }
    }

    /// Waits for the app: for its response, for more of it, or for it to take the request.
    mutating func awaitResponse(_ now: Int) {
        guard let route = own.route, !own.machine.isTunnel else { return }
        own.awaitsBody = false
        let plan = configuration.routes[route]
        arm(own.streamsEvents ? plan.eventStreamTimeout : plan.responseTimeout, now)
    }

    /// Pauses the client's body, because the app has to take the buffered bytes first.
    mutating func pauseClient(_ now: Int) {
        guard own.pausedAt == nil else { return }
        own.pausedAt = now
        // The wait for a response that has begun goes on as before.
        guard own.machine.canReply else { return }
        if own.machine.isConnected { awaitResponse(now) } else { awaitClient() }
    }

    /// Waits for a connection to an app, which has a timeout of its own, unless the client is waited for.
    mutating func awaitConnection() { if !own.awaitsBody { own.deadline = own.lastMoment } }

    mutating func touchTunnel(_ now: Int) {
        own.awaitsBody = false
        own.lastMoment = .max
        // A client that is entirely gone looks the same as one that only listens.
        arm(own.tunnelInputEnded ? timeouts.idle : timeouts.tunnel, now)
    }
}
