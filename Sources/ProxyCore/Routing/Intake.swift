public import HTTPModel
public import HeaderPolicy

/// The decision who answers a request, made when its head is there.
public enum Intake: Sendable {
    /// The proxy refuses the request for this reason.
    case reply(Reason)
    /// The proxy answers the preflight: 204 with `facts.isPreflight`.
    case preflight
    /// The listener only redirects to https.
    case redirectToHTTPS(HTTPSRedirect)
    case respond(FixedResponse)
    case redirect(Template, Status)
    case reports(ReportCollector, CompiledRoute)
    /// The request may pass no further proxy: this one answers it in the app's place.
    case answerAsLast
    /// The request goes to the upstream with that index, without the given number of bytes at the start of its target.
    case forward(upstream: Int, prefixLength: Int)
}

extension CompiledConfiguration {
    /// Returns the route of a request, or for a preflight the route of the method that it asks for; nil when none matches. Stores
    /// in the facts what `**` stood for.
    ///
    /// - Parameter facts: the facts after `Forwarding.identifyClient`.
    public func chooseRoute(_ facts: inout ExchangeFacts, listener: Int) -> Int? {
        let route = match(facts, listener)
        if let route, let rest = router.rest(route: route, path: facts.request.path) { facts.setPathRest(rest) }
        return route
    }

    private func match(_ facts: borrowing ExchangeFacts, _ listener: Int) -> Int? {
        if facts.request.method == .options, facts.request.fields.mayContain(.origin),
            let asked = facts.request.fields.firstIndex(of: .accessControlRequestMethod)
        {
            return router.match(facts, listener: listener, method: facts.request.fields.value(at: asked))
        }
        return router.match(facts, listener: listener, method: facts.request.methodToken)
    }

    /// Decides who answers a request.
    ///
    /// - Parameters:
    ///   - facts: the facts after `Forwarding.identifyClient` and `chooseRoute`; the fields without hop-by-hop ones.
    ///   - bodyLength: the length of the body; nil when there is no body, or its length is not known yet.
    public func intake(
        _ facts: borrowing ExchangeFacts, listener: Int, route: Int?, policy: CompiledPolicy, stripped: HopByHop.Stripped,
        bodyLength: Int?
    ) -> Intake {
        guard !stripped.hasTooManyNominations else { return .reply(.tooManyNominations) }
        // A tunnel to a place of the client's choosing would make this a forward proxy.
        guard facts.request.method != .connect else { return .reply(.connectRefused) }
        let toHTTPS =
            facts.request.scheme == .http && (route == nil || !HTTPSRedirect.isChallenge(facts.request))
            ? source.listeners[listener].redirectToHTTPS : nil
        // The path that was matched and the one that the app resolves must be the same.
        if facts.request.hasDotSegment, toHTTPS == nil { return .reply(.dotSegment) }
        if policy.answersPreflight(facts) { return .preflight }
        if let toHTTPS { return .redirectToHTTPS(toHTTPS) }
        guard let route else {
            return allowedMethods(facts, listener: listener).isEmpty
                ? .reply(.noRoute) : .reply(.methodNotAllowed)
        }
        let plan = routes[route]
        switch plan.action {
        case .respond(let fixed): return .respond(fixed)
        case .redirect(let template, let status): return .redirect(template, status)
        case .reports(let collector): return .reports(collector, plan)
        case .upstream(let index):
            if via?.isLoop(facts.request.fields) == true { return .reply(.loopDetected) }
            if ForwardsLeft.count(facts.request) == 0 { return .answerAsLast }
            if let bodyLength, plan.requestBodyLimit > 0, bodyLength > plan.requestBodyLimit {
                return .reply(.requestBodyTooLarge)
            }
            switch plan.stripPrefix?.place(in: facts.request) {
            case nil, .absent: return .forward(upstream: index, prefixLength: 0)
            case .atStart: return .forward(upstream: index, prefixLength: plan.stripPrefix?.text.count ?? 0)
            case .ambiguous: return .reply(.ambiguousPrefix)
            }
        }
    }

    /// Makes the fields that go to an upstream, as they enter the request stage. `Host` is not among them.
    public func writeForwarded(
        _ fields: inout Fields, facts: borrowing ExchangeFacts, peer: borrowing Peer, prefixLength: Int, isChunked: Bool,
        scratch: inout [UInt8]
    ) {
        fields.assign(facts.request.fields)
        fields.remove(.host)
        fields.remove(.xRequestID)
        if isChunked { fields.remove(.contentLength) }
        forwarding.apply(
            to: &fields, facts: facts, peer: peer, prefix: facts.request.target.extracting(0..<prefixLength), scratch: &scratch)
        via?.append(to: &fields, version: facts.request.version, scratch: &scratch)
        fields.append(.xRequestID, "X-Request-ID", facts.requestID)
    }
}
