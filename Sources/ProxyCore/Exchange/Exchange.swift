public import HTTPModel
public import HeaderPolicy

/// One request with its response, without I/O: events go in as calls, and instructions come out as `ExchangeActions`. It never
/// calls its driver back.
///
/// It is given heads, ends and failures, but of bodies only the number of bytes: the driver moves them. The proxy's transport is
/// a driver, `SimulatedExchange` is one, and so is a fuzz target. A value is used again for the next request, and keeps its
/// storage.
public struct Exchange: ~Copyable {
    public var facts = ExchangeFacts()
    /// The response as it comes from the app, or while it is made; after it has been written, as it was sent.
    public var response = ResponseHead()
    /// The configuration under which the exchange began; a reload does not change it.
    public private(set) var configuration: CompiledConfiguration
    /// The index of the listener in the configuration.
    public private(set) var listener: Int
    var policy: CompiledPolicy
    var own = PerRequest()

    public init(_ configuration: CompiledConfiguration, listener: Int) {
        self.configuration = configuration
        self.listener = listener
        policy = configuration.listeners[listener].unrouted
    }

    /// Clears the exchange for another request, keeping the storage.
    public mutating func reset(_ configuration: CompiledConfiguration, listener: Int) {
        facts.removeAll()
        response.removeAll()
        if configuration !== self.configuration { self.configuration = configuration }
        self.listener = listener
        policy = configuration.listeners[listener].unrouted
        own = PerRequest()
    }

    /// Frees the storage that one large message has left.
    public mutating func trim(to limit: Int) {
        facts.request.trim(to: limit)
        response.trim(to: limit)
    }

    // MARK: What the driver may know

    public var route: Int? { own.route }
    public var requestBody: BodyLength { own.requestBody }
    /// Whether the request's body has ended, or there is none.
    public var isRequestComplete: Bool { own.machine.isRequestComplete }
    /// Whether no response has begun.
    public var canReply: Bool { own.machine.canReply }
    /// Whether the final head has been written.
    public var hasStarted: Bool { own.machine.hasStarted }
    /// Whether the exchange is over: nothing more is asked of either side, except to end the request's body.
    public var isComplete: Bool { own.machine.isComplete }
    public var isTunnel: Bool { own.machine.isTunnel }
    /// Whether the exchange waits for a connection to an app.
    public var isConnecting: Bool { own.machine.isConnecting }
    public var isConnected: Bool { own.machine.isConnected }
    /// The protocols that the client offers to switch to, or has switched to; empty when there are none.
    public var upgrade: [UInt8] { own.upgrade }
    public var isWebSocket: Bool { !own.webSocketKey.isEmpty }
    public var acceptsTrailers: Bool { own.acceptsTrailers }
    public var tunnelInputEnded: Bool { own.tunnelInputEnded }
    public var badResponse: BadResponse? { own.badResponse }
    public var observation: ExchangeObservation? { own.observation }
    public var requestBytes: Int { own.requestBytes }
    public var responseBytes: Int { own.responseBytes }
    /// The time in nanoseconds when the first byte of the request came.
    public var beganAt: UInt64 { own.beganAt }
    /// The time in nanoseconds when the request's head was there; 0 before.
    public var startedAt: UInt64 { own.startedAt }
    public var upstreamStartedAt: UInt64 { own.upstreamStartedAt }
    public var upstreamHeadAt: UInt64 { own.upstreamHeadAt }
    /// The time in milliseconds when `deadlinePassed` has to be called; `.max` is never.
    public var deadline: Int { own.deadline }
    /// The status that the client got; nil when it got none.
    public var status: Status? { own.machine.hasStarted ? response.status : nil }

    var limits: Limits { configuration.source.limits }
    var timeouts: Timeouts { configuration.source.timeouts }

    /// Notes that there are other servers, and how many of them the request may go to.
    public mutating func hasOthers(attempts: Int) {
        own.machine.hasOthers(attempts: attempts)
    }

    /// Takes back the head after it has been written, to use its storage again.
    public mutating func wrote(_ head: consuming StagedHead) { head.giveBack(to: &response) }

    // MARK: The end

    /// Ends the exchange early, with an answer if there is none yet. The app must not take a part of a request for the whole.
    public mutating func breakOff(_ reason: Reason, _ context: inout ExchangeContext) -> ExchangeActions {
        guard !own.machine.isComplete else { return ExchangeActions() }
        if own.machine.isTunnel { return endTunnel(.stalled) }
        own.machine.upstreamDropped()
        var actions: ExchangeActions
        if own.collector != nil {
            actions = refuseReport(reason, &context)
        } else if own.machine.canReply {
            actions = reply(reason, &context)
        } else {
            facts.reason = reason
            actions = abandon()
        }
        actions.cancels = true
        return actions
    }

    /// Breaks off the response.
    mutating func abandon() -> ExchangeActions {
        own.deadline = .max
        _ = own.machine.downstreamLost()
        return .client(.truncate)
    }

    /// Notes that the client is gone, has reset the stream, or was cut off.
    ///
    /// - Parameters:
    ///   - loss: why; a tunnel ends with it.
    ///   - fault: what was wrong with the rest of the request, if that is why.
    public mutating func downstreamLost(_ loss: TunnelEnd = .client, because fault: Reason? = nil) -> ExchangeActions {
        own.deadline = .max
        var actions = ExchangeActions()
        guard !own.machine.isComplete else { return actions }
        actions.cancels = true
        if own.machine.isTunnel {
            concludeTunnel(loss)
        } else {
            facts.reason = fault ?? loss.reasonOfLoss
            own.collector = nil
            _ = own.machine.downstreamLost()
        }
        return actions
    }

    /// Handles the passing of `deadline`.
    public mutating func deadlinePassed(_ context: inout ExchangeContext) -> ExchangeActions {
        own.deadline = .max
        guard !own.machine.isComplete else { return .client(.stopBody) }
        if own.machine.isTunnel { return endTunnel(.idle) }
        if context.now >= own.lastMoment { return breakOff(.exchangeTimeout, &context) }
        guard own.awaitsBody else {
            return giveUp(own.machine.isConnected ? .responseTimeout : .connectTimeout, &context)
        }
        var actions = breakOff(.requestBodyTimeout, &context)
        actions.givesUpOnClient = true
        return actions
    }

    /// Gives the client until a deadline to end what it still sends, after the response has been sent.
    public mutating func linger(until moment: Int) { own.deadline = moment }
}
