public import HTTPModel
public import HeaderPolicy

/// One exchange without sockets: it drives the `Exchange` of a running proxy with a made-up request and a made-up app.
public final class SimulatedExchange {
    public let listener: Int
    /// Whether a response has passed the response stage.
    public private(set) var isAnswered = false
    /// The body of a local reply.
    public private(set) var body: [UInt8] = []

    private var exchange: Exchange
    package private(set) var context: ExchangeContext
    /// The upstream to which the request goes, if it goes to an app, and the number of bytes that are removed from its target's
    /// start.
    private var destination: (upstream: Int, prefixLength: Int)?

    /// Runs the request until an app is asked or the proxy has answered.
    ///
    /// Fresh values (request id, nonce) are the same on every run, so that results can be compared.
    ///
    /// - Parameters:
    ///   - unixSeconds: the time that rules and local replies see.
    ///   - isTraced: whether to record what each rule did; otherwise the stage runs as in the proxy.
    public init(
        _ request: SimulatedRequest, on configuration: CompiledConfiguration, listener: Int = 0, unixSeconds: Int,
        isTraced: Bool = false
    ) throws {
        self.listener = listener
        exchange = Exchange(configuration, listener: listener)
        var random = FreshRandom.repeatable(SplitMix64(seed: 0x4C65_7474_6572))
        let requestIDs = try RequestIDs(configuration.source.requestID, seededBy: &random)
        context = ExchangeContext(requestIDs: requestIDs, random: random)
        context.setTime(unixSeconds: unixSeconds)
        context.inspection.tellsClients = false
        let refusal = try Self.fill(&exchange.facts, with: request, configuration.names, configuration.source.limits.message)
        if isTraced { exchange.traceSilently() }
        var peer = configuration.peer(request.client, of: configuration.source.listeners[listener])
        if configuration.source.listeners[listener].tls != nil, let tls = request.tls { peer = peer.secured(by: tls) }
        if let refusal {
            carryOut(exchange.reject(ParseFailure(refusal), peer: peer, &context))
            return
        }
        let body = try Self.body(of: request, exchange.facts)
        // HTTP/2 has no `Connection`, and a request with a body asks for no upgrade.
        let wantsUpgrade =
            request.version == .http11 && body == .none && exchange.facts.request.fields.lists(.connection, "upgrade")
        carryOut(exchange.begin(body: body, wantsUpgrade: wantsUpgrade, peer: peer, &context))
        if destination == nil, !isAnswered { sendReport() }
    }

    /// Continues with the answer of the app, or with its failure.
    public func receive(_ answer: SimulatedAnswer) {
        guard destination != nil, !isAnswered else { return }
        switch answer {
        case .fault(let fault): carryOut(exchange.upstreamFailed(fault, &context))
        case .response(let status, let fields):
            let isHTTP2 = upstream.map { $0.scheme == .h2 || $0.scheme == .h2c } ?? false
            let limits = configuration.source.limits.message
            // A response without a body ends with its head, whatever length its fields state.
            let isBodiless = status.forbidsBody || exchange.facts.request.method == .head
            let framingFault = isHTTP2 ? nil : BoundedResponse.framingFault(fields)
            if let bad = BoundedResponse.fault(status, fields, isHTTP2: isHTTP2, limits) ?? (isBodiless ? nil : framingFault) {
                return carryOut(exchange.upstreamFailed(.invalidResponse, because: bad, &context))
            }
            exchange.connected(reused: false, mayBeRefused: false, context.now)
            exchange.response.removeAll()
            exchange.response.status = status
            for field in fields { exchange.response.fields.append(field.name, field.value, in: configuration.names) }
            // The parser does this as well, because such a response has no body and must not announce one.
            if status.forbidsLength || framingFault != nil { exchange.response.dropFraming() }
            carryOut(exchange.responseReceived(body: .none, isUpgrade: status == 101, &context))
        }
    }

    /// Continues with the app's answer breaking off within its body.
    public func breakOff() { carryOut(exchange.upstreamFailed(.closed, &context)) }

    private func carryOut(_ actions: consuming ExchangeActions) {
        if case .forward(let upstream, let prefixLength) = actions.app { destination = (upstream, prefixLength) }
        switch consume actions.client {
        case .head(let staged, _): answer(staged)
        case .tunnel(let staged, _): answer(staged)
        case .reply(let staged, let body, _):
            self.body = body
            answer(staged)
        default: break
        }
    }

    private func answer(_ staged: consuming StagedHead) {
        exchange.wrote(staged)
        isAnswered = true
    }
}

// MARK: What there is to see

extension SimulatedExchange {
    public var configuration: CompiledConfiguration { exchange.configuration }
    public var route: Int? { exchange.route }
    public var facts: ExchangeFacts { _read { yield exchange.facts } }
    /// The fields that go to the app, after the request stage; empty when it is not asked.
    public var forwarded: Fields { context.forwarded }
    /// The response that leaves, when there is one.
    public var response: ResponseHead { isAnswered ? exchange.response : ResponseHead() }
    public var requestTrace: StageTrace? { exchange.observation?.requestTrace }
    public var responseTrace: StageTrace? { exchange.observation?.responseTrace }
    /// The fields of the app's response that belong to its connection and were removed before the stage, if a trace was asked
    /// for.
    public var strippedFields: [FieldText] { exchange.observation?.strippedFields ?? [] }
    /// Whether the app's response had no `Date`, so that the proxy added one; known only if a trace was asked for.
    public var hasOwnDate: Bool { exchange.observation?.cameWithoutDate ?? false }
    /// The rules of this listener and route in the order in which they run, if a trace was asked for.
    public var traced: TracedPolicy? { exchange.observation?.rules }

    /// What would differ if no rule were in shadow; nil when none is, or there is no response.
    public var shadowDifferences: [ShadowDifference]? { exchange.observation?.trial?.differences }

    /// The upstream that has to answer; nil when the proxy does.
    public var upstream: Upstream? { destination.map { configuration.source.upstreams[$0.upstream] } }

    /// The `Host` that the app gets; nil when it is not asked.
    public var forwardedHost: String? {
        guard let upstream else { return nil }
        if let named = forwarded.texts.first(where: { $0.isNamed("Host") })?.value ?? upstream.host { return named }
        let authority = Self.authority(exchange.facts)
        return authority.isEmpty ? String(decoding: Forwarding.unnamedHost, as: UTF8.self) : authority
    }

    /// The target of the request that the app gets.
    public var forwardedTarget: String {
        guard let prefix = destination?.prefixLength else { return "" }
        let rest = String(Self.target(exchange.facts).dropFirst(prefix))
        return prefix == 0 || rest.hasPrefix("/") ? rest : "/" + rest
    }

    private static func target(_ facts: borrowing ExchangeFacts) -> String { facts.request.target.text }
    private static func authority(_ facts: borrowing ExchangeFacts) -> String { facts.request.authority.text }
}

// MARK: The request

extension SimulatedExchange {
    private static func body(
        of request: SimulatedRequest, _ facts: borrowing ExchangeFacts
    ) throws(SimulationError) -> BodyLength {
        if let length = try request.length { return length > 0 ? .length(length) : .none }
        // A report has a body, even if its length is not given.
        return request.method == "POST" && Report.Form(of: facts.request) != nil ? .chunked : .none
    }

    /// Sends a valid body to a route that collects reports and has accepted this request.
    private func sendReport() {
        var trailers = Fields()
        let body = Report.Form(of: exchange.facts.request)?.smallest ?? ""
        carryOut(exchange.requestEnded(trailers: &trailers, held: Array(body.utf8), &context))
    }

    /// - Returns: why the request is refused before it has a route; then only a part of it is known.
    private static func fill(
        _ facts: inout ExchangeFacts, with request: SimulatedRequest, _ names: FieldNames, _ limits: MessageLimits
    ) throws(SimulationError) -> Reason? {
        facts.request.version = request.version
        facts.request.scheme = request.scheme
        guard facts.request.setMethod(request.method.utf8.span) else {
            throw SimulationError("\"\(request.method)\" is not a method")
        }
        let own = request.addsHost ? [FieldText("Host", request.authority)] : []
        let bounded = BoundedRequest(request, fields: own + request.fields, limits)
        let isTarget = !bounded.hasTarget || facts.request.setTarget(request.target.utf8.span)
        guard isTarget || request.target.utf8.allSatisfy(Octet.isTarget) else {
            throw SimulationError("\"\(request.target)\" is not a path that a request can ask for")
        }
        guard Authority.isValid(request.authority.utf8.span) else {
            throw SimulationError("\"\(request.authority)\" is not a host")
        }
        let hosts = request.fields.filter { $0.isNamed("host") }
        let host = hosts.first
        guard hosts.count <= 1 else { throw SimulationError("Host is there \(hosts.count) times: the answer would be 400") }
        if let host, !host.value.isEmpty, !Authority.isValid(host.value.utf8.span) {
            throw SimulationError("\"Host: \(host.value)\" names no host: the answer would be 400")
        }
        facts.request.setAuthority((host?.value ?? request.authority).utf8.span)
        for field in request.version == .http2 ? Self.withCookiesJoined(bounded.fields) : bounded.fields {
            guard facts.request.fields.append(field.name, field.value, in: names) else {
                throw SimulationError("\"\(field.name): \(field.value)\" is not a field")
            }
        }
        if let length = request.bodyLength, facts.request.fields.firstIndex(of: .contentLength) == nil {
            facts.request.fields.append("Content-Length", String(length))
        }
        return isTarget ? bounded.refusal : request.version == .http2 ? .badTarget : .invalidTarget
    }

    /// Joins cookies as the session does: HTTP/2 lets a client send them in several lines (RFC 9113 §8.2.3).
    private static func withCookiesJoined(_ fields: [FieldText]) -> [FieldText] {
        var joined: [FieldText] = []
        var first: Int?
        for field in fields {
            if field.isNamed("cookie"), let first {
                joined[first].value += "; " + field.value
            } else {
                if field.isNamed("cookie") { first = joined.count }
                joined.append(field)
            }
        }
        return joined
    }
}

extension SimulatedRequest {
    fileprivate var addsHost: Bool { version != .http2 && !fields.contains { $0.isNamed("host") } }

    /// The length of the body, where it is given or a field says it; nil where there is none.
    fileprivate var length: Int? {
        get throws(SimulationError) {
            let lines = fields.values(of: "Content-Length")
            guard bodyLength == nil, let line = lines.first else { return bodyLength }
            guard lines.count == 1, let length = line.utf8.span.decimal else {
                throw SimulationError(
                    "\"Content-Length: \(lines.joined(separator: " | "))\" is no length: the answer would be 400")
            }
            return length
        }
    }
}

extension Report.Form {
    /// The smallest body that is well-formed.
    fileprivate var smallest: String {
        switch self {
        case .csp: #"{"csp-report":{}}"#
        case .reports: "[]"
        }
    }
}

extension CompiledConfiguration {
    /// The peer that a listener would see. That of a Unix socket has no address, unless a header of the PROXY protocol names one.
    fileprivate func peer(_ client: String, of listener: Listener) -> Peer {
        if case .unix = listener.bind.value, !listener.proxyProtocol { return forwarding.unixPeer }
        return forwarding.peer(address: IPAddress(client.utf8.span) ?? .unspecified, text: Array(client.utf8), port: 0)
    }
}
