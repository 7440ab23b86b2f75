public import HTTPModel
public import HeaderPolicy

/// One exchange without sockets, by the code that a running proxy runs: route, request stage, local reply or an app's answer,
/// response stage.
public final class SimulatedExchange {
    public let configuration: CompiledConfiguration
    public let listener: Int
    public private(set) var route: Int?
    public private(set) var intake = Intake.reply(500, reason: "")
    public var facts = ExchangeFacts()
    /// What goes to the app, after the request stage; empty where it is not asked.
    public private(set) var forwarded = Fields()
    /// The response that leaves, once there is one.
    public private(set) var response = ResponseHead()
    /// The body of a local reply.
    public private(set) var body: [UInt8] = []
    /// A response has passed the response stage.
    public private(set) var isAnswered = false
    public private(set) var requestTrace: StageTrace?
    public private(set) var responseTrace: StageTrace?
    /// Fields of the app's response that belong to its connection and went before the stage.
    public private(set) var strippedFields: [FieldText] = []
    /// The app's response had no `Date`, and the proxy gave it one.
    public private(set) var hasOwnDate = false
    /// Rules of this listener and route in the order in which they run, where a trace was asked for.
    public let traced: TracedPolicy?

    private let policy: CompiledPolicy
    /// The protocols that the app is offered to switch to.
    private var upgrade: [UInt8] = []
    private var scratch = StageScratch()
    private var bytes: [UInt8] = []

    /// Takes the request to where an app is asked or the proxy has answered.
    ///
    /// Fresh values (request id, nonce) are the same on every run, so that what is compared with them can be.
    ///
    /// - Parameters:
    ///   - unixSeconds: the time that rules and local replies see.
    ///   - isTraced: says what each rule did; else the stage runs as in the proxy.
    public init(
        _ request: SimulatedRequest, on configuration: CompiledConfiguration, listener: Int = 0, unixSeconds: Int,
        isTraced: Bool = false
    ) throws {
        self.configuration = configuration
        self.listener = listener
        var random = RepeatableNumbers()
        try Self.fill(&facts, with: request, configuration.names)
        facts.unixSeconds = unixSeconds
        let client = IPAddress(request.client.utf8.span)
        var peer = configuration.forwarding.peer(
            address: client ?? .unspecified, text: Array(request.client.utf8), port: 0)
        if configuration.source.listeners[listener].tls != nil { peer.tls = request.tls }
        var ids = try RequestIDs(configuration.source.requestID, seededBy: &random)
        ids.assign(to: &facts)
        configuration.forwarding.identifyClient(&facts, peer: peer)
        // HTTP/2 has no such field, and a request with a body asks for nothing of the kind.
        if request.version == .http11, request.bodyLength ?? 0 == 0, facts.request.fields.lists(.connection, "upgrade") {
            upgrade = UpgradeOffer.list(facts.request.fields)
        }
        let stripped = HopByHop.strip(&facts.request.fields)
        HopByHop.dropUnderscored(&facts.request.fields)
        let isUnknown = Expectation.isUnknown(in: facts.request.fields)
        if !isUnknown { Expectation.settle(in: &facts.request, hasBody: (request.bodyLength ?? 0) > 0) }
        facts.request.fields.dropClaimedCertificate()
        // Nobody is let in here, and the field goes all the same.
        _ = configuration.debug?.admits(&facts)
        let route = configuration.chooseRoute(&facts, listener: listener)
        self.route = route
        policy = configuration.policy(listener: listener, route: route)
        traced = isTraced ? try configuration.tracedPolicy(listener: listener, route: route) : nil
        if policy.usesNonce { FreshValues.nonce(for: &facts, random: &random) }
        if policy.usesTraceparent { FreshValues.traceparent(for: &facts, peerIsTrusted: peer.isTrusted, random: &random) }
        if isUnknown {
            intake = .reply(417, reason: "unknown_expectation")
        } else if let tls = peer.tls, request.version == .http2, !tls.serves(facts.request.hostname) {
            intake = .reply(421, reason: "misdirected_request")
        } else {
            intake = configuration.intake(
                facts, listener: listener, route: route, policy: policy, stripped: stripped, bodyLength: request.bodyLength)
        }
        answer(peer: peer)
    }

    /// The upstream that has to answer; nil where the proxy does.
    public var upstream: Upstream? {
        if case .forward(let index, _) = intake { configuration.source.upstreams[index] } else { nil }
    }

    /// The target that the app is asked for.
    public var forwardedTarget: String {
        guard case .forward(_, let prefix) = intake else { return "" }
        let rest = String(Self.target(facts).dropFirst(prefix))
        return prefix == 0 || rest.hasPrefix("/") ? rest : "/" + rest
    }

    private static func target(_ facts: borrowing ExchangeFacts) -> String { facts.request.target.text }

    /// The app has answered, or could not.
    public func receive(_ answer: SimulatedAnswer) {
        guard case .forward = intake, !isAnswered else { return }
        switch answer {
        case .fault(let fault): reply(fault.status, reason: fault.rawValue)
        case .response(let status, let fields):
            response.removeAll()
            response.status = status
            for field in fields { response.fields.append(field.name, field.value, in: configuration.names) }
            // The parser's doing: such a response has no body, and must not speak of one.
            if status.forbidsLength { response.dropFraming() }
            let came = response.fields.pairs
            if status == 101, UpgradeOffer.choice(response.fields, of: upgrade) == nil {
                return reply(502, reason: UpstreamFault.invalidResponse.rawValue)
            }
            guard !HopByHop.strip(&response.fields).hasTooManyNominations else {
                return reply(UpstreamFault.invalidResponse.status, reason: UpstreamFault.invalidResponse.rawValue)
            }
            note(stripped: came)
            facts.source = .upstream
            hasOwnDate = response.fields.firstIndex(of: .date) == nil
            LocalReply.completeDate(of: &response.fields, HTTPDate.bytes(unixSeconds: facts.unixSeconds))
            runResponseStage()
        }
    }

    private func note(stripped came: [(name: String, value: String)]) {
        var left = response.fields.pairs[...]
        for field in came {
            if let next = left.first, next == field {
                left = left.dropFirst()
            } else {
                strippedFields.append(FieldText(field.name, field.value))
            }
        }
    }

    private func answer(peer: Peer) {
        switch intake {
        case .reply(let status, let reason): reply(status, reason: reason)
        case .preflight:
            facts.isPreflight = true
            reply(204, reason: "preflight")
        case .redirectToHTTPS(let redirect):
            response.status = redirect.status
            guard redirect.appendLocation(of: facts.request, to: &bytes), response.fields.append(.location, "Location", bytes)
            else { return reply(400, reason: "missing_host") }
            complete(reason: "redirect_to_https")
        case .respond(let fixed):
            LocalReply.write(fixed, allow: configuration.allowedMethods(facts, listener: listener), into: &response)
            body = fixed.body
            complete(reason: "respond")
        case .redirect(let template, let status):
            guard
                LocalReply.writeRedirect(
                    template, status, varied: route.map { configuration.routes[$0].varied } ?? [], facts: facts, into: &response,
                    scratch: &body)
            else {
                return reply(400, reason: "unsafe_redirect")
            }
            body = []
            complete(reason: "redirect")
        case .reports:
            // A report that is welcome; its body is not looked at.
            guard facts.request.method == .post else { return reply(405, reason: "method_not_allowed") }
            reply(204, reason: "report")
        case .forward(let index, let prefixLength):
            facts.upstream.append(text: configuration.source.upstreams[index].name)
            configuration.writeForwarded(
                &forwarded, facts: facts, peer: peer, prefixLength: prefixLength, isChunked: false, scratch: &bytes)
            if let traced {
                requestTrace = traced.applyToRequest(&forwarded, facts: facts, scratch: &scratch)
            } else {
                policy.applyToRequest(&forwarded, facts: facts, scratch: &scratch)
            }
        }
    }

    private func reply(_ status: Status, reason: String) {
        guard status.rawValue >= 400 else {
            response.removeAll()
            response.status = status
            body = []
            return complete(reason: reason)
        }
        let hasLength = LocalReply.writeError(
            status, reason: reason, facts: facts, allow: configuration.allowedMethods(facts, listener: listener), into: &response,
            body: &body,
            retryAfter: status == 503 || status == 429 ? 1 : nil)
        complete(reason: reason, hasLength: hasLength)
    }

    private func complete(reason: String, hasLength: Bool = true) {
        facts.source = .proxy
        facts.reason = reason
        LocalReply.complete(
            &response, bodyCount: hasLength ? body.count : nil, date: HTTPDate.bytes(unixSeconds: facts.unixSeconds),
            scratch: &bytes)
        runResponseStage()
        if facts.isPreflight { facts.reason = response.preflightReason(for: facts.request) }
    }

    private func runResponseStage() {
        isAnswered = true
        if let traced {
            responseTrace = traced.applyToResponse(&response, facts: facts, scratch: &scratch)
        } else {
            policy.applyToResponse(&response, facts: facts, scratch: &scratch)
        }
    }

    private static func fill(
        _ facts: inout ExchangeFacts, with request: SimulatedRequest, _ names: FieldNames
    ) throws(SimulationError) {
        facts.request.version = request.version
        facts.request.scheme = request.scheme
        guard facts.request.setMethod(request.method.utf8.span) else {
            throw SimulationError("\"\(request.method)\" is not a method")
        }
        guard facts.request.setTarget(request.target.utf8.span) else {
            throw SimulationError("\"\(request.target)\" is not a path that a request can ask for")
        }
        guard Authority.isValid(request.authority.utf8.span) else {
            throw SimulationError("\"\(request.authority)\" is not a host")
        }
        let host = request.fields.first { $0.name.lowercased() == "host" }
        facts.request.setAuthority((host?.value ?? request.authority).utf8.span)
        if host == nil, request.version != .http2 { facts.request.fields.append("Host", request.authority) }
        for field in request.fields {
            guard facts.request.fields.append(field.name, field.value, in: names) else {
                throw SimulationError("\"\(field.name): \(field.value)\" is not a field")
            }
        }
        if let length = request.bodyLength, facts.request.fields.firstIndex(of: .contentLength) == nil {
            facts.request.fields.append("Content-Length", String(length))
        }
    }
}

/// The same numbers on every run (SplitMix64).
private struct RepeatableNumbers: RandomNumberGenerator {
    private var state: UInt64 = 0x4C65_7474_6572

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
