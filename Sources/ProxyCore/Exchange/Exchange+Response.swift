public import HTTPModel
import HeaderPolicy

/// The app's side: a connection, a response, or the lack of them.
extension Exchange {
    /// Notes that there is a connection: the request goes out on it, with the part of its body that is held.
    ///
    /// - Parameters:
    ///   - reused: whether the connection served another exchange before.
    ///   - mayBeRefused: whether its protocol can say that a request was not acted on.
    public mutating func connected(reused: Bool, mayBeRefused: Bool, _ now: Int) {
        own.machine.connected(reused: reused, mayBeRefused: mayBeRefused)
        // What came before there was a connection had to be held; from here on, no more than the limit is kept.
        if own.held > limits.bodyBuffer { own.machine.forgetSent() }
        if !own.machine.mayRetry { own.held = 0 }
        // A client that was asked to pause waits for the app to take the buffered bytes, and one that expects a 100 for the app to
        // want its body (RFC 9110 §10.1.1).
        if own.machine.isRequestComplete || own.pausedAt != nil || awaitsContinue { awaitResponse(now) }
    }

    /// Whether the client sends no body before the app asks for it.
    var awaitsContinue: Bool { own.requestBytes == 0 && facts.request.fields.firstIndex(of: .expect) != nil }

    /// The time in milliseconds that one attempt to connect may take; 0 is for ever.
    public var connectTimeout: Int { own.route.map { configuration.routes[$0].connectTimeout } ?? 0 }

    /// Continues when the app takes bytes again.
    public mutating func upstreamWritable(_ now: Int) -> ExchangeActions {
        guard own.machine.isConnected else { return ExchangeActions() }
        var actions = ExchangeActions.client(.resume)
        actions.credit = settle()
        if let pausedAt = own.pausedAt {
            own.bodyStartedAt &+= now &- pausedAt
            own.pausedAt = nil
            requestProgressed(now)
        }
        return actions
    }

    /// Handles a connection that failed or could not be made, or one that carried no valid response.
    ///
    /// - Parameter cause: what was wrong with the response, if that is the reason.
    public mutating func upstreamFailed(
        _ fault: UpstreamFault, because cause: BadResponse? = nil, _ context: inout ExchangeContext
    ) -> ExchangeActions {
        if own.machine.isTunnel { return endTunnel(own.tunnelInputEnded ? .client : .upstream, isReset: fault == .reset) }
        let wasConnected = own.machine.isConnected
        let outcome = own.machine.upstreamFailed(fault)
        if let cause, outcome != .ignore { own.badResponse = cause }
        var actions = carryOut(outcome, fault, &context)
        // A pooled connection that was closed while idle says nothing about its server.
        actions.blames =
            wasConnected && outcome != .ignore && outcome != .retry
            && (fault == .closed || fault == .reset || fault == .invalidResponse)
        return actions
    }

    /// Ends the dealings with the app because of something it did, or did not do in time.
    mutating func giveUp(
        _ fault: UpstreamFault, because cause: BadResponse? = nil, _ context: inout ExchangeContext
    ) -> ExchangeActions {
        // An app may read a body without asking for it, or answer before the end of one that it reads: who waits for whom is not
        // known, so nobody is blamed.
        let isOpen = awaitsContinue || own.machine.hasStarted && !own.machine.isRequestComplete && own.pausedAt == nil
        let outcome = own.machine.upstreamFailed(fault)
        if let cause, outcome != .ignore { own.badResponse = cause }
        own.machine.upstreamDropped()
        var actions = carryOut(outcome, fault, &context)
        actions.cancels = true
        actions.blames = outcome != .ignore && fault == .responseTimeout && !isOpen
        return actions
    }

    private mutating func carryOut(
        _ outcome: ExchangeMachine.Failure, _ fault: UpstreamFault, _ context: inout ExchangeContext
    ) -> ExchangeActions {
        switch outcome {
        case .ignore: return ExchangeActions()
        case .retry:
            own.machine.reconnecting()
            awaitConnection()
            return .app(.repeatRequest)
        case .moveOn(let isRepeated):
            awaitConnection()
            return .app(.moveOn(isRepeated: isRepeated, after: fault))
        case .reply: return reply(fault.reason, &context)
        case .truncate:
            facts.reason = fault.reason
            return abandon()
        }
    }

    /// Notes that the request goes to another server.
    public mutating func movesOn() { own.machine.reconnecting() }

    /// Replies when there is no other server, or none that may have the request.
    public mutating func nobodyElse(after fault: UpstreamFault, _ context: inout ExchangeContext) -> ExchangeActions {
        reply(fault.reason, &context)
    }

    /// Notes the first bytes of a response: from now on a repetition could be noticed.
    public mutating func responseBegan() { own.machine.responseBegan() }

    /// Passes on an interim response, without hop-by-hop fields and without what rules remove from the final response. Returns
    /// false when it does not pass, which is the case for an HTTP/1.0 client.
    public mutating func informational(_ head: inout ResponseHead, _ context: inout ExchangeContext) -> Bool {
        own.machine.responseBegan()
        if head.status == 100, awaitsContinue {
            own.bodyStartedAt = context.now
            awaitBody(context.now)
        } else if !own.awaitsBody {
            awaitResponse(context.now)
        }
        guard facts.request.version != .http10 else { return false }
        HopByHop.strip(&head.fields)
        policy.applyToInterim(&head, facts: facts, scratch: &context.scratch)
        return true
    }

    /// Handles the final head, which is in `response`. The driver no longer needs what it keeps of the request.
    public mutating func responseReceived(
        body: BodyLength, isUpgrade: Bool, _ context: inout ExchangeContext
    ) -> ExchangeActions {
        own.machine.responseBegan()
        own.held = 0
        own.upstreamHeadAt = context.nanoseconds
        facts.upstreamMicroseconds = Int((own.upstreamHeadAt &- own.upstreamStartedAt) / 1000)
        facts.proxyMicroseconds = max(0, Int((own.upstreamHeadAt &- own.startedAt) / 1000) - facts.upstreamMicroseconds)
        facts.source = .upstream
        if isUpgrade { return switchProtocols(&context) }
        if isWebSocket, response.status.isSuccess { return giveUp(.invalidResponse, because: .missingSwitch, &context) }
        // A 426 names what the client has to switch to, which the client then asks of this proxy (RFC 9110 §15.5.22).
        own.upgrade = response.status == 426 ? UpgradeOffer.list(response.fields) : []
        let came = own.observation?.tracesRules == true ? response.fields.pairs : []
        let trailersPass = trailersPass(body, from: response.version, to: facts.request.version)
        guard !HopByHop.strip(&response.fields, trailersPass: trailersPass).hasTooManyNominations else {
            return giveUp(.invalidResponse, because: .tooManyNominations, &context)
        }
        own.observation?.note(response, whichCameAs: came)
        own.streamsEvents = response.isEventStream
        LocalReply.completeDate(of: &response.fields, context.date)
        own.machine.responseStarted()
        awaitResponse(context.now)
        return .client(.head(stage(&context), body))
    }

    /// Whether trailers can follow a body on both of its ways: over HTTP/1.1 only where it is sent in chunks.
    func trailersPass(_ body: BodyLength, from source: HTTPVersion, to destination: HTTPVersion) -> Bool {
        switch body {
        case .none, .untilClose: false
        case .length: source == .http2 && destination == .http2
        case .chunked: destination != .http10
        }
    }

    /// Notes a part of the response's body, or of a tunnel.
    public mutating func responseBytes(_ count: Int, _ now: Int) {
        own.responseBytes &+= count
        if own.machine.isTunnel { touchTunnel(now) } else { awaitResponse(now) }
    }

    /// Waits until the client takes the buffered bytes. The time limit for that is up to the code that serves the client.
    public mutating func awaitClient() {
        own.awaitsBody = false
        own.deadline = own.lastMoment
    }

    /// Continues when the client takes bytes again.
    public mutating func downstreamWritable(_ now: Int) -> ExchangeActions {
        guard own.machine.isConnected else { return ExchangeActions() }
        if own.machine.isTunnel { touchTunnel(now) } else if own.machine.hasStarted { awaitResponse(now) }
        return .app(.read)
    }

    /// Ends a response that is complete.
    public mutating func responseEnded() -> ExchangeActions {
        let leavesBody = own.machine.responseCompleted()
        own.deadline = .max
        return .client(.finish(leavesBody: leavesBody))
    }
}
