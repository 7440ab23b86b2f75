public import HTTPModel
public import HeaderPolicy

/// One request with its response, without I/O: what happened goes in as a call, what to do comes out as `ExchangeActions`. It calls nobody
/// back.
///
/// It is told heads, ends and failures, and of bodies how many bytes there are: the driver moves them. The proxy's transport is a driver,
/// `SimulatedExchange` is one, and so is a fuzz target. A value is used again for the next request, and keeps its storage.
public struct Exchange: ~Copyable {
    public var facts = ExchangeFacts()
    /// The response as it comes from the app, or is being made; after it has been written, as it left.
    public var response = ResponseHead()
    /// The configuration under which the exchange began; a reload does not change it.
    public private(set) var configuration: CompiledConfiguration
    /// The listener's place in it.
    public private(set) var listener: Int
    var policy: CompiledPolicy
    var own = PerRequest()

    public init(_ configuration: CompiledConfiguration, listener: Int) {
        self.configuration = configuration
        self.listener = listener
        policy = configuration.listeners[listener].unrouted
    }

    /// Forgets the last request and keeps the storage.
    public mutating func reset(_ configuration: CompiledConfiguration, listener: Int) {
        facts.removeAll()
        response.removeAll()
        if configuration !== self.configuration { self.configuration = configuration }
        self.listener = listener
        policy = configuration.listeners[listener].unrouted
        own = PerRequest()
    }

    /// Gives back what one large message has left.
    public mutating func trim(to limit: Int) {
        facts.request.trim(to: limit)
        response.trim(to: limit)
    }

    // MARK: What the driver may know

    public var route: Int? { own.route }
    public var requestBody: BodyLength { own.requestBody }
    /// The request's body has come to its end, or there is none.
    public var isRequestComplete: Bool { own.machine.isRequestComplete }
    /// No response has begun.
    public var canReply: Bool { own.machine.canReply }
    /// The final head has been written.
    public var hasStarted: Bool { own.machine.hasStarted }
    /// It is over: nothing more will be asked of either side, but to end the request's body.
    public var isComplete: Bool { own.machine.isComplete }
    public var isTunnel: Bool { own.machine.isTunnel }
    /// It waits for a connection to an app.
    public var isConnecting: Bool { own.machine.isConnecting }
    public var isConnected: Bool { own.machine.isConnected }
    /// The client offers to switch to these protocols, or has switched to them; empty for none.
    public var upgrade: [UInt8] { own.upgrade }
    public var isWebSocket: Bool { !own.webSocketKey.isEmpty }
    public var acceptsTrailers: Bool { own.acceptsTrailers }
    public var tunnelInputEnded: Bool { own.tunnelInputEnded }
    public var badResponse: BadResponse? { own.badResponse }
    /// What the answer to a preflight refuses.
    public var refusal: PreflightRefusal? { own.refusal }
    public var watch: ExchangeWatch? { own.watch }
    public var requestBytes: Int { own.requestBytes }
    public var responseBytes: Int { own.responseBytes }
    /// Nanoseconds.
    public var startedAt: UInt64 { own.startedAt }
    public var upstreamStartedAt: UInt64 { own.upstreamStartedAt }
    public var upstreamHeadAt: UInt64 { own.upstreamHeadAt }
    /// When `deadlinePassed` is to be called, in milliseconds; `.max` is never.
    public var deadline: Int { own.deadline }
    /// The status that the client got; nil where it got none.
    public var status: Status? { own.machine.hasStarted ? response.status : nil }

    var limits: Limits { configuration.source.limits }
    var timeouts: Timeouts { configuration.source.timeouts }

    /// There are other servers, of which the request may go to so many.
    public mutating func hasOthers(attempts: Int) {
        own.machine.hasOthers(attempts: attempts, isIdempotent: facts.request.method.isIdempotent)
    }

    /// The head has been written; its storage serves again.
    public mutating func wrote(_ head: consuming StagedHead) { response = head.takeHead() }

    // MARK: The end

    /// Ends the exchange before its time: with an answer if there is none yet. The app must not take a part of a request for the whole.
    public mutating func breakOff(_ status: Status, _ reason: String, _ context: inout ExchangeContext) -> ExchangeActions {
        guard !own.machine.isComplete else { return ExchangeActions() }
        if own.machine.isTunnel { return endTunnel(.stalled) }
        own.machine.upstreamDropped()
        var actions: ExchangeActions
        if own.collector != nil {
            actions = refuseReport(status, reason, &context)
        } else if own.machine.canReply {
            actions = reply(status, reason: reason, &context)
        } else {
            facts.reason = reason
            actions = abandon()
        }
        actions.cancels = true
        return actions
    }

    /// The response breaks off.
    mutating func abandon() -> ExchangeActions {
        own.deadline = .max
        _ = own.machine.downstreamLost()
        return .client(.truncate)
    }

    /// The client is gone, or has reset the stream.
    ///
    /// - Parameter isStopping: it is the proxy that cuts it off.
    public mutating func downstreamLost(isStopping: Bool = false) -> ExchangeActions {
        own.deadline = .max
        var actions = ExchangeActions()
        guard !own.machine.isComplete else { return actions }
        actions.cancels = true
        if own.machine.isTunnel {
            concludeTunnel(isStopping ? .stop : .client)
        } else {
            facts.reason = "client_closed"
            own.collector = nil
            _ = own.machine.downstreamLost()
        }
        return actions
    }

    /// The time of `deadline` has come.
    public mutating func deadlinePassed(_ context: inout ExchangeContext) -> ExchangeActions {
        own.deadline = .max
        guard !own.machine.isComplete else { return .client(.stopBody) }
        if own.machine.isTunnel { return endTunnel(.idle) }
        if context.now >= own.lastMoment { return breakOff(504, "exchange_timeout", &context) }
        guard own.awaitsBody else {
            return giveUp(own.machine.isConnected ? .responseTimeout : .connectTimeout, &context)
        }
        var actions = breakOff(408, "request_body_timeout", &context)
        actions.givesUpOnClient = true
        return actions
    }

    /// The response is out, and what the client still sends has a while to end.
    public mutating func linger(until moment: Int) { own.deadline = moment }
}
