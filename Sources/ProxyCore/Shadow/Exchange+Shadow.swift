import HTTPModel
import HeaderPolicy

/// Rules in shadow: the trial of a policy runs on copies of what the policy runs on, and the results are compared.
extension Exchange {
    /// Begins the trial, after the policy's own fresh values have been made, so that those are the same as without it.
    @inline(never)
    mutating func beginTrial(_ peer: borrowing Peer, _ context: inout ExchangeContext) {
        guard let trial = policy.trial else { return }
        var (nonce, traceparent) = (facts.nonce, facts.traceparent)
        if trial.usesNonce, !policy.usesNonce { FreshValues.nonce(for: &facts, random: &context.random) }
        if trial.usesTraceparent, !policy.usesTraceparent {
            FreshValues.traceparent(
                for: &facts, isWritten: trial.writesTraceparent, peerIsTrusted: peer.isTrusted, random: &context.random)
        }
        swap(&facts.nonce, &nonce)
        swap(&facts.traceparent, &traceparent)
        let observation = own.observation ?? ExchangeObservation(isTraced: false, isInspected: false, tracesRules: false)
        observation.trial = ShadowTrial(nonce: nonce, traceparent: traceparent)
        own.observation = observation
    }

    /// Finds out whether the trial's rules would have somebody else answer: the proxy instead of the app, or the other way round. They
    /// decide that for preflights alone.
    @inline(never)
    mutating func tryIntake(
        insteadOf intake: Intake, _ stripped: HopByHop.Stripped, bodyLength: Int?, _ context: inout ExchangeContext
    ) {
        guard let trial = own.observation?.trial, let rules = policy.trial, facts.isPreflightRequest else { return }
        let tried = configuration.intake(
            facts, listener: listener, route: own.route, policy: rules, stripped: stripped, bodyLength: bodyLength)
        guard tried.isPreflight != intake.isPreflight else { return }
        if case .forward(let upstream, _) = tried {
            trial.answer = ShadowTrial.Answer(source: .upstream, upstream: configuration.source.upstreams[upstream].name)
        } else {
            trial.answer = answer(tried, by: rules, trial, &context)
        }
    }

    /// The proxy's answer, made by another exchange.
    private mutating func answer(
        _ intake: Intake, by rules: CompiledPolicy, _ trial: ShadowTrial, _ context: inout ExchangeContext
    ) -> ShadowTrial.Answer {
        var other = Exchange(configuration, listener: listener)
        other.policy = rules
        other.own.route = own.route
        swap(&context.scratch, &context.trialScratch)
        swapFreshValues(trial)
        swap(&facts, &other.facts)
        let actions: ExchangeActions
        switch intake {
        case .preflight:
            other.facts.isPreflight = true
            actions = other.reply(.preflight, &context)
        case .reply(let reason): actions = other.reply(reason, &context)
        case .redirectToHTTPS(let redirect): actions = other.redirectToHTTPS(redirect, &context)
        case .respond(let fixed): actions = other.respond(fixed, &context)
        case .redirect(let template, let status): actions = other.redirect(to: template, status, &context)
        case .answerAsLast: actions = other.answerAsLast(&context)
        // A preflight brings no reports.
        case .reports: actions = other.reply(.methodNotAllowed, &context)
        case .forward: actions = ExchangeActions()
        }
        var answer = ShadowTrial.Answer(source: .proxy, reason: other.facts.reason)
        if case .reply(let staged, _, _) = actions.client {
            var head = ResponseHead()
            staged.giveBack(to: &head)
            answer.head = head
        }
        swap(&facts, &other.facts)
        facts.isPreflight = false
        facts.reason = nil
        swapFreshValues(trial)
        swap(&context.scratch, &context.trialScratch)
        return answer
    }

    private mutating func swapFreshValues(_ trial: ShadowTrial) {
        swap(&facts.nonce, &trial.nonce)
        swap(&facts.traceparent, &trial.traceparent)
    }

    /// Compares the request that goes to the app with what the trial makes of the same fields.
    mutating func tryRequest(_ fields: consuming Fields, _ trial: ShadowTrial, _ context: inout ExchangeContext) {
        guard let rules = policy.trial, trial.answer == nil, let observation = own.observation else { return }
        var fields = fields
        swapFreshValues(trial)
        if let traced = self.rules(of: observation, &context) {
            let trace = traced.applyToRequest(&fields, facts: facts, scratch: &context.trialScratch, isTrial: true)
            observation.requestTrace?.shadowSteps = trace.stepsInShadow(of: traced.requestRules)
        } else {
            rules.applyToRequest(&fields, facts: facts, scratch: &context.trialScratch)
        }
        swapFreshValues(trial)
        trial.request = FieldDifference.between(context.forwarded, fields)
        trial.forwarded = context.forwarded
    }

    /// Returns the response that the trial's rules make, before the policy's rules run on the same one.
    mutating func tryResponse(_ trial: ShadowTrial, _ context: inout ExchangeContext) -> ShadowTrial.Answer {
        guard trial.answer == nil, let rules = policy.trial, let observation = own.observation else {
            return trial.answer ?? ShadowTrial.Answer(source: facts.source)
        }
        var head = response
        trial.came = head.fields
        swapFreshValues(trial)
        if let traced = self.rules(of: observation, &context) {
            let trace = traced.applyToResponse(&head, facts: facts, scratch: &context.trialScratch, isTrial: true)
            trial.responseSteps = trace.stepsInShadow(of: traced.responseRules)
        } else {
            rules.applyToResponse(&head, facts: facts, scratch: &context.trialScratch)
        }
        swapFreshValues(trial)
        return ShadowTrial.Answer(head: head, source: facts.source, reason: reason(of: head))
    }

    /// The reason as it will stand in the log.
    private func reason(of head: borrowing ResponseHead) -> Reason? {
        guard facts.isPreflight else { return facts.reason }
        return head.refusal(of: facts.request) == nil ? .preflight : .preflightRefused
    }

    /// Compares what leaves with the trial's answer, and tells those who count and log.
    func conclude(
        _ trial: ShadowTrial, _ tried: ShadowTrial.Answer, sent head: borrowing ResponseHead, _ context: inout ExchangeContext
    ) {
        var request = trial.request
        if trial.answer != nil {
            let upstream = facts.upstream.isEmpty ? nil : facts.upstream.span.text
            request = [FieldDifference(":upstream", upstream, tried.upstream)].compactMap { $0 }
        }
        let status = tried.head.flatMap { FieldDifference(":status", "\(head.status.rawValue)", "\($0.status.rawValue)") }
        let source = FieldDifference(":source", facts.source.text(reason(of: head)), tried.source.text(tried.reason))
        var found = [status, source].compactMap { $0 }
        if let other = tried.head { found += FieldDifference.between(head.fields, other.fields) }
        let differences = request.map { ShadowDifference(.request, $0) } + found.map { ShadowDifference(.response, $0) }
        trial.differences = differences
        let kinds = differences.map {
            ShadowKind($0.part, $0.difference.change, configuration.shadowLabels[$0.difference.field])
        }
        context.shadow[own.route ?? configuration.routes.count, default: ShadowCounts()].count(kinds)
        if let taker = context.shadowTaker, !kinds.isEmpty {
            log(kinds, trial, sent: head, to: taker, now: context.nanoseconds)
        }
    }

    private func log(
        _ kinds: [ShadowKind], _ trial: ShadowTrial, sent head: borrowing ResponseHead, to taker: any ShadowTaker, now: UInt64
    ) {
        let route = own.route.map { configuration.routes[$0].label } ?? []
        guard var leftOut = taker.take(kinds, on: route, now: now) else { return }
        let differences = trial.differences ?? []
        var redaction = Redaction(configuration.source.inspector?.redact.map(\.value) ?? [])
        redaction.learn(target: facts.request.target.text)
        for fields in [facts.request.fields.texts, trial.forwarded.texts, trial.came.texts, head.fields.texts] {
            redaction.learn(fields)
        }
        redaction.learn(differences)
        for difference in differences.prefix(ShadowSampler.lineLimit) {
            taker.log(
                ShadowLine(
                    requestID: facts.requestID.span.text, route: route.span.text, method: facts.request.methodToken.text,
                    target: redaction.target(facts.request.target.text), difference: redaction.difference(difference),
                    leftOut: leftOut))
            leftOut = 0
        }
    }
}

extension Intake {
    fileprivate var isPreflight: Bool { if case .preflight = self { true } else { false } }
}

extension Redaction {
    /// Learns the secrets of values that were not sent.
    public mutating func learn(_ differences: [ShadowDifference]) {
        learn(
            differences.flatMap { one in
                (one.difference.old + one.difference.new).map { FieldText(one.difference.field, $0) }
            })
    }

    public func difference(_ difference: ShadowDifference) -> ShadowDifference {
        var hidden = difference
        hidden.difference.old = difference.difference.old.map { value(difference.difference.field, $0) }
        hidden.difference.new = difference.difference.new.map { value(difference.difference.field, $0) }
        return hidden
    }
}
