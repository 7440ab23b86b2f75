public import HTTPModel
import HeaderPolicy

/// The beginning of an exchange: a request's head, and the choice of who answers it.
extension Exchange {
    /// Begins the exchange with the head in `facts.request`.
    ///
    /// - Parameter wantsUpgrade: whether the client asks to leave HTTP on this connection.
    public mutating func begin(
        body: BodyLength, wantsUpgrade: Bool, peer: borrowing Peer, _ context: inout ExchangeContext
    ) -> ExchangeActions {
        identify(peer, &context)
        own.requestBody = body
        if body == .none { own.machine.requestCompleted() }
        startTime(context.now)
        if wantsUpgrade { own.upgrade = UpgradeOffer.list(facts.request.fields) }
        let stripped = HopByHop.strip(&facts.request.fields, trailersPass: body != .none)
        own.acceptsTrailers = stripped.acceptsTrailers
        // What the client offers to switch to is a fact about its request, which routes and rules may ask for.
        if !own.upgrade.isEmpty { facts.request.fields.append(.upgrade, "Upgrade", own.upgrade) }
        HopByHop.dropUnderscored(&facts.request.fields)
        var isExpectationUnknown = false
        if facts.request.fields.mayContain(.expect) {
            isExpectationUnknown = Expectation.isUnknown(in: facts.request.fields)
            if !isExpectationUnknown { Expectation.settle(in: &facts.request, hasBody: body != .none) }
        }
        facts.request.fields.dropClaimedCertificate()
        if configuration.isObserved { beginObservation(&context) }
        chooseRoute()
        prepareRules(peer, &context)
        if isExpectationUnknown { return reply(.unknownExpectation, &context) }
        if let tls = peer.tls, facts.request.version == .http2, !tls.serves(facts.request.hostname) {
            return reply(.misdirectedRequest, &context)
        }
        var length: Int?
        if case .length(let known) = body { length = known }
        let intake = configuration.intake(
            facts, listener: listener, route: own.route, policy: policy, stripped: stripped, bodyLength: length)
        if own.observation != nil { tryIntake(insteadOf: intake, stripped, bodyLength: length, &context) }
        switch intake {
        case .reply(let reason): return reply(reason, &context)
        case .preflight:
            facts.isPreflight = true
            return reply(.preflight, &context)
        case .redirectToHTTPS(let redirect): return redirectToHTTPS(redirect, &context)
        case .respond(let fixed): return respond(fixed, &context)
        case .redirect(let template, let status): return redirect(to: template, status, &context)
        case .reports(let collector, let plan): return collectReports(collector, on: plan, &context)
        case .answerAsLast: return answerAsLast(&context)
        case .forward(let upstream, let prefixLength): return forward(to: upstream, peer, prefixLength, &context)
        }
    }

    /// Begins a WebSocket by extended CONNECT (RFC 8441). From here on, also for routes and rules, it is the GET that it stands
    /// for: the app, which speaks HTTP/1.1, sees an upgrade.
    public mutating func beginWebSocket(peer: borrowing Peer, _ context: inout ExchangeContext) -> ExchangeActions {
        facts.request.setMethod("GET".utf8.span)
        // The bytes that follow are not content; with a length the app would read them as such.
        facts.request.fields.remove(.contentLength)
        facts.request.fields.remove(.secWebSocketKey)
        own.upgrade = Array("websocket".utf8)
        own.webSocketKey = WebSocketKey.fresh(random: &context.random)
        return begin(body: .none, wantsUpgrade: false, peer: peer, &context)
    }

    /// Answers a request that could not be read; the known parts of it are in `facts.request`.
    public mutating func reject(
        _ failure: ParseFailure, peer: borrowing Peer, _ context: inout ExchangeContext
    ) -> ExchangeActions {
        if own.machine.hasStarted || own.machine.forwardsBody { return breakOff(failure.reason, &context) }
        if own.startedAt == 0 || facts.requestID.isEmpty {
            identify(peer, &context)
            HopByHop.strip(&facts.request.fields)
            HopByHop.dropUnderscored(&facts.request.fields)
            facts.request.fields.dropClaimedCertificate()
            if configuration.isObserved { beginObservation(&context) }
            if !facts.request.target.isEmpty { chooseRoute() }
            prepareRules(peer, &context)
        }
        own.collector = nil
        return reply(
            failure.reason, status: failure.status, cause: own.observation?.isTraced == true ? failure.message : "", &context)
    }

    /// Notes when the first byte of the request came, where its head took longer than one read.
    public mutating func firstByteCame(at nanoseconds: UInt64) { own.beganAt = nanoseconds }

    private mutating func identify(_ peer: borrowing Peer, _ context: inout ExchangeContext) {
        own.startedAt = context.nanoseconds
        if own.beganAt == 0 { own.beganAt = context.nanoseconds }
        facts.unixSeconds = context.unixSeconds
        context.requestIDs.assign(to: &facts)
        configuration.forwarding.identifyClient(&facts, peer: peer)
    }

    private mutating func chooseRoute() {
        own.route = configuration.chooseRoute(&facts, listener: listener)
        if let route = own.route { policy = configuration.listeners[listener].routed[route] }
    }

    /// Makes only those values that the rules of this route use, and begins their trial if some are in shadow.
    private mutating func prepareRules(_ peer: borrowing Peer, _ context: inout ExchangeContext) {
        guard !policy.isPlain else { return }
        if policy.usesNonce { FreshValues.nonce(for: &facts, random: &context.random) }
        if policy.usesTraceparent {
            FreshValues.traceparent(
                for: &facts, isWritten: policy.writesTraceparent, peerIsTrusted: peer.isTrusted, random: &context.random)
            if policy.writesTraceparent { FreshValues.dropTraceState(of: &facts, peerIsTrusted: peer.isTrusted) }
        }
        beginTrial(peer, &context)
    }

    // MARK: To an app

    /// - Parameter prefixLength: the number of bytes that are removed from the start of the target.
    private mutating func forward(
        to index: Int, _ peer: borrowing Peer, _ prefixLength: Int, _ context: inout ExchangeContext
    ) -> ExchangeActions {
        let isHTTP2 = configuration.upstreams[index].isHTTP2
        // An HTTP/2 app would take it for the request of a page, and answer with one.
        if isHTTP2, isWebSocket || UpgradeOffer.contains(own.upgrade.span, "websocket".utf8.span) {
            return reply(.noWebSocketOverHTTP2, &context)
        }
        facts.upstream = configuration.upstreams[index].name
        ForwardsLeft.countDown(in: &facts.request)
        configuration.writeForwarded(
            &context.forwarded, facts: facts, peer: peer, prefixLength: prefixLength, isChunked: own.requestBody == .chunked,
            scratch: &context.bytes)
        if !trailersPass(own.requestBody, from: facts.request.version, to: isHTTP2 ? .http2 : .http11) {
            context.forwarded.remove(.trailer)
        }
        appendClientCertificate(of: peer, to: &context.forwarded)
        if isWebSocket { context.forwarded.append(.secWebSocketKey, "Sec-WebSocket-Key", own.webSocketKey) }
        applyRequestStage(&context)
        // Whoever writes the request writes this beside `Connection`.
        if !own.upgrade.isEmpty { context.forwarded.remove(.upgrade) }
        // Nor does HTTP/2 have other upgrades: the request goes on without them (RFC 9110 §7.8).
        if isHTTP2 { own.upgrade = [] }
        own.machine.connecting(isIdempotent: facts.request.method.isIdempotent)
        own.upstreamStartedAt = context.nanoseconds
        var actions = ExchangeActions.app(.forward(upstream: index, prefixLength: prefixLength))
        if hintsEarly(&context) { actions.client = .interim }
        return actions
    }

    /// Appends the certificate that the client has proved, for the app.
    private func appendClientCertificate(of peer: borrowing Peer, to fields: inout Fields) {
        guard let tls = peer.tls, !tls.certificate.isEmpty else { return }
        fields.append(.clientCert, "Client-Cert", tls.certificate)
        if !tls.chain.isEmpty { fields.append(.clientCertChain, "Client-Cert-Chain", tls.chain) }
    }

    /// Whether the client gets links to load while the app works, before the request goes to the app (RFC 8297).
    private mutating func hintsEarly(_ context: inout ExchangeContext) -> Bool {
        guard own.upgrade.isEmpty else { return false }
        response.removeAll()
        return policy.earlyHints(into: &response, facts: facts, scratch: &context.scratch)
    }
}
