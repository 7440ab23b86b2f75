import ProxyCore

/// What the exchange waits for, and for how long.
extension Exchange {
    /// The next moment to look, `timeout` milliseconds from now, or the exchange's last one.
    private func arm(_ timeout: Int) {
        deadline = min(Timed.deadline(now: worker.clock.now, after: timeout), lastMoment)
    }

    /// The request has a head: its time runs.
    func startTime() {
        lastMoment = Timed.deadline(now: worker.clock.now, after: timeouts.exchange)
        deadline = lastMoment
        bodyStartedAt = worker.clock.now
        awaitBody()
    }

    /// Waits for the next part of the request body, unless there is somebody else to wait for. A body may come in parts that
    /// are each in time and still take for ever: it also has to come at a rate.
    func awaitBody() {
        guard !machine.isRequestComplete, machine.canReply, pausedAt == nil else { return }
        awaitsBody = true
        arm(timeouts.requestBody)
        guard limits.requestBodyRate > 0 else { return }
        let (earned, overflow) = requestBytesRead.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return }
        deadline = min(
            deadline,
            bodyStartedAt &+ (timeouts.requestBody > 0 ? timeouts.requestBody : 30_000) &+ earned / limits.requestBodyRate)
    }

    /// Waits for the upstream: for its response, for more of it, or for it to take the request.
    func awaitResponse() {
        guard let route, !machine.isTunnel else { return }
        awaitsBody = false
        arm(
            streamsEvents
                ? configuration.routes[route].eventStreamTimeout : configuration.routes[route].responseTimeout)
    }

    /// Waits for neither: the client has to take what is there first, and whoever serves it looks after that.
    func awaitClient() {
        awaitsBody = false
        deadline = lastMoment
    }

    /// Asks the client for no more of its body: the upstream has to take what is there first.
    func pauseClient() {
        downstream.setReading(false)
        guard pausedAt == nil else { return }
        pausedAt = worker.clock.now
        if upstream != nil, machine.canReply { awaitResponse() } else { awaitClient() }
    }

    func resumeClient() {
        if let pausedAt {
            bodyStartedAt &+= worker.clock.now &- pausedAt
            self.pausedAt = nil
            awaitBody()
        }
        downstream.setReading(true)
    }

    func touchTunnel() {
        awaitsBody = false
        lastMoment = .max
        // A client that has gone altogether looks the same as one that only listens.
        arm(tunnelInputEnded ? timeouts.idle : timeouts.tunnel)
    }
}
