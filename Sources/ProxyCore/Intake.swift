public import HTTPModel
public import HeaderPolicy

/// What becomes of a request whose head is there: who answers it.
public enum Intake: Sendable {
    /// The proxy refuses it, for this reason.
    case reply(Status, reason: String)
    /// The proxy answers the preflight: 204 with `facts.isPreflight`.
    case preflight
    /// The listener is for nothing else but to lead to https.
    case redirectToHTTPS(HTTPSRedirect)
    case respond(FixedResponse)
    case redirect(Template, Status)
    case reports(ReportCollector, CompiledRoute)
    /// The upstream of that index gets it, so many bytes of its target's start taken off.
    case forward(upstream: Int, prefixLength: Int)
}

extension CompiledConfiguration {
    /// The route of a request, of a preflight that of the method that it asks for; nil where none matches. Notes in the facts
    /// what `**` stood for.
    ///
    /// - Parameter facts: after `Forwarding.identifyClient`.
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

    /// Who answers a request.
    ///
    /// - Parameters:
    ///   - facts: after `Forwarding.identifyClient` and `chooseRoute`; the fields without hop-by-hop ones.
    ///   - bodyLength: nil where there is no body, or its length is not known yet.
    public func intake(
        _ facts: borrowing ExchangeFacts, listener: Int, route: Int?, policy: CompiledPolicy, stripped: HopByHop.Stripped,
        bodyLength: Int?
    ) -> Intake {
        guard !stripped.hasTooManyNominations else { return .reply(400, reason: "too_many_nominations") }
        // A tunnel to a place of the client's choosing is a forward proxy's work.
        guard facts.request.method != .connect else { return .reply(405, reason: "connect_refused") }
        let toHTTPS =
            facts.request.scheme == .http && (route == nil || !HTTPSRedirect.isChallenge(facts.request))
            ? source.listeners[listener].redirectToHTTPS : nil
        // What is matched and what the app resolves must be one.
        if facts.request.hasDotSegment, toHTTPS == nil { return .reply(400, reason: "dot_segment") }
        if policy.answersPreflight(facts) { return .preflight }
        if let toHTTPS { return .redirectToHTTPS(toHTTPS) }
        guard let route else {
            return allowedMethods(facts, listener: listener).isEmpty
                ? .reply(404, reason: "no_route") : .reply(405, reason: "method_not_allowed")
        }
        let plan = routes[route]
        switch plan.action {
        case .respond(let fixed): return .respond(fixed)
        case .redirect(let template, let status): return .redirect(template, status)
        case .reports(let collector): return .reports(collector, plan)
        case .upstream(let index):
            if via?.isLoop(facts.request.fields) == true { return .reply(508, reason: "loop_detected") }
            if let bodyLength, plan.requestBodyLimit > 0, bodyLength > plan.requestBodyLimit {
                return .reply(413, reason: "request_body_too_large")
            }
            switch plan.stripPrefix?.place(in: facts.request) {
            case nil, .absent: return .forward(upstream: index, prefixLength: 0)
            case .atStart: return .forward(upstream: index, prefixLength: plan.stripPrefix?.text.count ?? 0)
            case .ambiguous: return .reply(400, reason: "ambiguous_prefix")
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
