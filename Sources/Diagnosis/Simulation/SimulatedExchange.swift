package import HTTPModel
package import HeaderPolicy
package import ProxyCore

/// One exchange without sockets: it drives the `Exchange` of a running proxy with a made-up request and a made-up app. What both
/// send is read by the proxy's own parsers.
package final class SimulatedExchange {
    package let listener: Int
    /// The request as it comes to the listener.
    package let request: SimulatedRequest
    /// Whether a response has passed the response stage.
    package private(set) var isAnswered = false
    /// The body of a local reply.
    package private(set) var body: [UInt8] = []

    private var exchange: Exchange
    package private(set) var context: ExchangeContext
    /// The upstream to which the request goes, if it goes to an app, and the number of bytes that are removed from its target's
    /// start.
    private var destination: (upstream: Int, prefixLength: Int)?
    /// The protocols that the app is offered to switch to.
    private var offered: [UInt8] = []

    /// Runs the request until an app is asked or the proxy has answered.
    ///
    /// Fresh values (request id, nonce) are the same on every run, so that results can be compared.
    ///
    /// - Parameters:
    ///   - unixSeconds: the time that rules and local replies see.
    ///   - isTraced: whether to record what each rule did; otherwise the stage runs as in the proxy.
    package init(
        _ request: SimulatedRequest, on configuration: CompiledConfiguration, listener: Int = 0, unixSeconds: Int,
        isTraced: Bool = false
    ) throws {
        self.listener = listener
        let isSecured = configuration.source.listeners[listener].tls != nil
        var peer = configuration.peer(request.client, of: configuration.source.listeners[listener])
        self.request = isSecured || !peer.isTrusted ? request : request.vouchedFor
        exchange = Exchange(configuration, listener: listener)
        var random = FreshRandom.repeatable(SplitMix64(seed: 0x4C65_7474_6572))
        let requestIDs = try RequestIDs(configuration.source.requestID, seededBy: &random)
        context = ExchangeContext(requestIDs: requestIDs, random: random)
        context.setTime(unixSeconds: unixSeconds)
        context.inspection.tellsClients = false
        if isSecured, let tls = request.tls { peer = peer.secured(by: tls) }
        var wire = try WireRequest(
            self.request, over: peer.scheme, isMisplaced: isSecured && peer.tls == nil, configuration)
        swap(&exchange.facts.request, &wire.head)
        if isTraced { exchange.traceSilently() }
        switch wire.outcome {
        case .refused(let failure): carryOut(exchange.reject(failure, peer: peer, &context))
        case .read(let body, let wantsUpgrade):
            carryOut(exchange.begin(body: body, wantsUpgrade: wantsUpgrade, peer: peer, &context))
            if destination == nil, !isAnswered { sendReport() }
        }
    }

    /// Continues with the answer of the app, or with its failure.
    package func receive(_ answer: SimulatedAnswer) {
        guard let upstream, !isAnswered else { return }
        switch answer {
        case .fault(let fault): carryOut(exchange.upstreamFailed(fault, &context))
        case .invalid(let fault): carryOut(exchange.upstreamFailed(.invalidResponse, because: fault, &context))
        case .response(let status, let fields):
            var wire: WireResponse
            do throws(BadResponse) {
                wire = try WireResponse(
                    status, fields, to: exchange.facts.request, isHTTP2: upstream.scheme.isHTTP2, configuration)
            } catch {
                return carryOut(exchange.upstreamFailed(.invalidResponse, because: error, &context))
            }
            exchange.connected(reused: false, mayBeRefused: false, context.now)
            swap(&exchange.response, &wire.head)
            carryOut(exchange.responseReceived(body: wire.body, isUpgrade: wire.isUpgrade, &context))
        }
    }

    /// Continues with the app's answer breaking off within its body.
    ///
    /// - Parameter fault: what was wrong with the body; nil when the connection ended.
    package func breakOff(because fault: BadResponse? = nil) {
        carryOut(exchange.upstreamFailed(fault == nil ? .closed : .invalidResponse, because: fault, &context))
    }

    private func carryOut(_ actions: consuming ExchangeActions) {
        if case .forward(let upstream, let prefixLength) = actions.app {
            destination = (upstream, prefixLength)
            offered = exchange.upgrade
        }
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
    package var configuration: CompiledConfiguration { exchange.configuration }
    package var route: Int? { exchange.route }
    package var facts: ExchangeFacts { _read { yield exchange.facts } }
    /// The fields that go to the app, after the request stage; empty when it is not asked.
    package var forwarded: Fields {
        var fields = context.forwarded
        if !offered.isEmpty { fields.append(.upgrade, "Upgrade", offered) }
        return fields
    }
    /// The response that leaves, when there is one.
    package var response: ResponseHead { isAnswered ? exchange.response : ResponseHead() }
    package var requestTrace: StageTrace? { exchange.observation?.requestTrace }
    package var responseTrace: StageTrace? { exchange.observation?.responseTrace }
    /// The fields of the app's response that belong to its connection and were removed before the stage, if a trace was asked
    /// for.
    package var strippedFields: [FieldText] { exchange.observation?.strippedFields ?? [] }
    /// Whether the app's response had no `Date`, so that the proxy added one; known only if a trace was asked for.
    package var hasOwnDate: Bool { exchange.observation?.cameWithoutDate ?? false }
    /// The rules of this listener and route in the order in which they run, if a trace was asked for.
    package var traced: TracedPolicy? { exchange.observation?.rules }

    /// What would differ if no rule were in shadow; nil when none is, or there is no response.
    package var shadowDifferences: [ShadowDifference]? { exchange.observation?.trial?.differences }

    /// Why the proxy answers with an error, in words; nil when it does not.
    package var cause: String? {
        guard isAnswered, exchange.facts.source == .proxy, response.status.rawValue >= 400, let reason = exchange.facts.reason,
            reason.status != nil
        else { return nil }
        return ReplyCause.words(reason, upstream: upstream, route: nil, because: exchange.badResponse)
    }

    /// Why the listener takes a request of https for one of http; nil when it does not.
    package var schemeNote: String? {
        guard request.scheme == .https, exchange.facts.request.scheme == .http else { return nil }
        return "the proxy sees http: its listener has no `tls`, and no proxy of `trusted_proxies` in front says https"
    }

    /// The upstream that has to answer; nil when the proxy does.
    package var upstream: Upstream? { destination.map { configuration.source.upstreams[$0.upstream] } }

    /// The `Host` that the app gets; nil when it is not asked.
    package var forwardedHost: String? {
        guard let upstream else { return nil }
        if let named = forwarded.texts.first(where: { $0.isNamed("Host") })?.value ?? upstream.host { return named }
        let authority = Self.authority(exchange.facts)
        return authority.isEmpty ? String(decoding: Forwarding.unnamedHost, as: UTF8.self) : authority
    }

    /// The target of the request that the app gets.
    package var forwardedTarget: String {
        guard let prefix = destination?.prefixLength else { return "" }
        let rest = String(Self.target(exchange.facts).dropFirst(prefix))
        return prefix == 0 || rest.hasPrefix("/") ? rest : "/" + rest
    }

    private static func target(_ facts: borrowing ExchangeFacts) -> String { facts.request.target.text }
    private static func authority(_ facts: borrowing ExchangeFacts) -> String { facts.request.authority.text }
}

// MARK: Reports

extension SimulatedExchange {
    /// Sends a valid body to a route that collects reports and has accepted this request.
    private func sendReport() {
        var trailers = Fields()
        let body = Report.Form(of: exchange.facts.request)?.smallest ?? ""
        carryOut(exchange.requestEnded(trailers: &trailers, held: Array(body.utf8), &context))
    }
}

extension Report.Form {
    /// The smallest body that is well-formed.
    var smallest: String {
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
