public import HTTPModel
public import HeaderPolicy

/// The record of an exchange that somebody looks at: its client, by `debug`, the inspector, an explanation, or whoever put rules in
/// shadow. Most exchanges have none.
public final class ExchangeObservation {
    /// Whether the client sees which rules touched the response.
    public let isTraced: Bool
    /// Whether the inspector keeps the exchange.
    public let isInspected: Bool
    /// Whether the rules are run in the form that traces them.
    let tracesRules: Bool
    /// What is known of the exchange as if no rule were in shadow; nil when none is.
    public internal(set) var trial: ShadowTrial?
    /// The rules to which the numbers in the traces refer.
    public internal(set) var rules: TracedPolicy?
    public internal(set) var requestTrace: StageTrace?
    public internal(set) var responseTrace: StageTrace?
    /// The fields of the app's response that belong to its connection and were removed before the stage.
    public private(set) var strippedFields: [FieldText] = []
    /// Whether the app's response had no `Date`.
    public private(set) var cameWithoutDate = false

    init(isTraced: Bool, isInspected: Bool, tracesRules: Bool = true) {
        self.isTraced = isTraced
        self.isInspected = isInspected
        self.tracesRules = tracesRules
    }

    /// Notes the app's response before it is staged.
    ///
    /// - Parameter came: its fields before the hop-by-hop ones were removed.
    func note(_ response: borrowing ResponseHead, whichCameAs came: [(name: String, value: String)]) {
        guard tracesRules else { return }
        cameWithoutDate = response.fields.firstIndex(of: .date) == nil
        var left = response.fields.pairs[...]
        for field in came {
            if let next = left.first, next == field {
                left = left.dropFirst()
            } else {
                strippedFields.append(FieldText(field.name, field.value))
            }
        }
    }
}

extension Exchange {
    /// Decides whether the exchange is looked at, once the request's fields and the client are known.
    mutating func beginObservation(_ context: inout ExchangeContext) {
        let isAdmitted = configuration.debug?.admits(&facts) ?? false
        let isTraced = isAdmitted && context.inspection.tellsClients
        let isInspected = configuration.isInspected && context.inspection.wants(configuration, now: context.now)
        if own.observation == nil, isTraced || isInspected {
            own.observation = ExchangeObservation(isTraced: isTraced, isInspected: isInspected)
        }
    }

    /// Makes a trace of the rules without mentioning it in the response. To be called before the request begins.
    public mutating func traceSilently() { own.observation = ExchangeObservation(isTraced: false, isInspected: false) }

    mutating func applyRequestStage(_ context: inout ExchangeContext) {
        if let observation = own.observation {
            applyRequestStage(observedBy: observation, &context)
        } else {
            policy.applyToRequest(&context.forwarded, facts: facts, scratch: &context.scratch)
        }
        if let line = context.forwarded.firstIndex(of: .host), !Authority.isValid(context.forwarded.value(at: line)) {
            // A placeholder has put something into `Host` that is no host (RFC 9112 §3.2), so the usual one is sent instead.
            context.forwarded.remove(.host)
            context.scratch.droppedFields &+= 1
        }
    }

    // Observed exchanges have functions of their own, so that those of all others keep few values at hand.
    @inline(never)
    private mutating func applyRequestStage(observedBy observation: ExchangeObservation, _ context: inout ExchangeContext) {
        var tried = Fields()
        if observation.trial != nil { tried.assign(context.forwarded) }
        if let rules = rules(of: observation, &context) {
            observation.requestTrace = rules.applyToRequest(&context.forwarded, facts: facts, scratch: &context.scratch)
        } else {
            policy.applyToRequest(&context.forwarded, facts: facts, scratch: &context.scratch)
        }
        if let trial = observation.trial { tryRequest(tried, trial, &context) }
    }

    /// Stages the final response; called once for each exchange.
    mutating func stage(_ context: inout ExchangeContext) -> StagedHead {
        if let observation = own.observation { return stage(observedBy: observation, &context) }
        return policy.stage(&response, facts: facts, scratch: &context.scratch)
    }

    @inline(never)
    private mutating func stage(observedBy observation: ExchangeObservation, _ context: inout ExchangeContext) -> StagedHead {
        let tried = observation.trial.map { tryResponse($0, &context) }
        guard let rules = rules(of: observation, &context) else {
            let staged = policy.stage(&response, facts: facts, scratch: &context.scratch)
            if let trial = observation.trial, let tried { conclude(trial, tried, sent: staged.head, &context) }
            return staged
        }
        var trace = rules.applyToResponse(&response, facts: facts, scratch: &context.scratch)
        if let trial = observation.trial, let tried {
            trace.shadowSteps = trial.responseSteps
            conclude(trial, tried, sent: response, &context)
        }
        observation.responseTrace = trace
        if observation.isTraced {
            // As `reply` finds it, for the trace is a part of what it sends.
            if facts.isPreflight, response.refusal(of: facts.request) != nil { facts.reason = .preflightRefused }
            TraceField.append(
                to: &response, trace, rules: rules.responseRules, facts: facts,
                route: own.route.map { configuration.source.routes[$0].location })
        }
        return rules.seal(&response)
    }

    /// Returns the rules in the form that traces them; nil when nobody asks for a trace.
    func rules(of observation: ExchangeObservation, _ context: inout ExchangeContext) -> TracedPolicy? {
        guard observation.tracesRules else { return nil }
        if observation.rules == nil {
            observation.rules = context.inspection.rules(of: configuration, listener: listener, route: own.route)
        }
        return observation.rules
    }

    /// Returns why the proxy answers by itself, for a client that may see it; empty for all others.
    func cause(of reason: Reason) -> String {
        guard let observation = own.observation, observation.isTraced else { return "" }
        var upstream: Upstream?
        for known in configuration.source.upstreams where known.name.utf8.elementsEqual(facts.upstream) { upstream = known }
        return ReplyCause.words(
            reason, upstream: upstream, route: own.route.map { configuration.source.routes[$0].location },
            because: own.badResponse)
    }

    /// Counts the exchange when it has ended, and hands it to the observer.
    ///
    /// - Parameters:
    ///   - upstreamAddress: the address of the server that was asked last.
    ///   - unixMilliseconds: the present time in milliseconds since 1970.
    public func endObservation(
        upstreamAddress: String, retries: Int, unixMilliseconds: Int, _ context: inout ExchangeContext
    ) {
        guard configuration.isInspected else { return }
        context.inspection.counts.count(status: status, source: facts.source)
        guard let observation = own.observation, observation.isInspected, let observer = context.inspection.observer else {
            return
        }
        var seen = InspectedExchange(
            facts, on: configuration, listener: listener, route: own.route, requestTrace: observation.requestTrace,
            responseTrace: observation.responseTrace, rules: observation.rules, shadow: observation.trial?.differences,
            stripped: observation.strippedFields)
        seen.status = status
        seen.isTraced = observation.isTraced
        seen.upstreamAddress = upstreamAddress
        seen.retries = retries
        seen.badResponse = own.badResponse
        seen.requestBytes = own.requestBytes
        seen.responseBytes = own.responseBytes
        seen.microseconds = Int((context.nanoseconds &- own.beganAt) / 1_000)
        seen.unixMilliseconds = unixMilliseconds - seen.microseconds / 1_000
        if own.upstreamHeadAt > 0 {
            seen.upstreamMicroseconds = Int((own.upstreamHeadAt &- own.upstreamStartedAt) / 1_000)
        }
        observer.take(seen)
    }
}
