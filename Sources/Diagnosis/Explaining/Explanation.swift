import HTTPModel
package import HeaderPolicy
package import ProxyCore

/// The subject of an explanation: a request of a page or a program, and the app's answer.
package struct ExplainQuestion: Sendable {
    package var request: SimulatedRequest
    /// The origin of the page that asks; nil for a request that no page makes.
    package var origin: String?
    package var mode = PageFetch.Mode.cors
    package var credentials = PageFetch.Credentials.sameOrigin
    package var listener = 0
    /// Whether the URL names the host that a browser would ask; otherwise the host is a stand-in.
    package var namesHost = false
    /// Whether the page is of another origin than the URL, whatever the stand-in for the host is.
    var isForeign = false
    /// Whether the configuration allows the origin `null`.
    var mayAllowNull = false
    package var unixSeconds: Int

    package init(request: SimulatedRequest, unixSeconds: Int) {
        self.request = request
        self.unixSeconds = unixSeconds
        isForeign = request.isPathAlone
    }

    /// Makes it a question of this configuration.
    mutating func meet(_ configuration: Configuration) {
        request.meet(configuration.listeners[listener])
        let rules =
            configuration.responseHeaders + configuration.listeners.flatMap(\.responseHeaders)
            + configuration.routes.flatMap(\.responseHeaders)
        mayAllowNull = rules.contains { rule in
            (rule.action as? CORSPolicy)?.allowOrigins.contains { $0.value == "null" } ?? false
        }
    }

    /// What a browser asks its user before the request; nil where it does not.
    var localNetworkNote: String? {
        guard namesHost, let origin else { return nil }
        return LocalNetwork.note(origin: origin, url: request.url)
    }

    /// What keeps the request from being sent at all; nil where nothing does.
    var mixedContentNote: String? { namesHost ? fetch?.mixedContentNote : nil }

    /// The verdict where what is explained is not even sent.
    func judged(_ verdict: FetchVerdict?) -> FetchVerdict? {
        guard mixedContentNote != nil, verdict != nil else { return verdict }
        var refused = FetchVerdict(kind: .refused, url: request.url)
        refused.failure = FetchFailure(check: .mixedContent("\(request.url)"), isPreflight: false)
        return refused
    }

    /// The page's `fetch()`; nil where no page asks. A redirect is not followed, because the answer to the next request is not
    /// known.
    package var fetch: PageFetch? {
        guard let origin else { return nil }
        var fetch = PageFetch(origin: origin, url: request.url)
        fetch.method = request.method
        fetch.fields = request.fields.filter { $0.name.lowercased() != "origin" }
        fetch.mode = mode
        fetch.credentials = credentials
        fetch.isForeign = isForeign
        fetch.redirect = mode == .navigate ? .manual : .unfollowed
        fetch.mayAllowNull = mayAllowNull
        return fetch
    }
}

/// One exchange among those that lead to the answer.
package struct ExplainedExchange {
    package var isPreflight: Bool
    package var exchange: SimulatedExchange
    package var request: SimulatedRequest { exchange.request }
    /// Hides secrets; nil to show everything.
    var redaction: Redaction?
}

/// The explanation: every rule with its effect, the response before and after, and the browser's verdict.
package struct Explanation {
    package var question: ExplainQuestion
    package var configuration: CompiledConfiguration
    /// The preflight, if one was needed, and the request, if it was sent.
    package var exchanges: [ExplainedExchange]
    /// The browser's verdict; nil when no page asks.
    package var verdict: FetchVerdict?
    /// The changes that would let the page read the response; empty when it can.
    package private(set) var advice: [Advice] = []
    /// Hides secrets; nil to show everything.
    var redaction: Redaction?

    fileprivate init(
        _ question: ExplainQuestion, _ configuration: CompiledConfiguration, _ exchanges: [ExplainedExchange],
        _ verdict: FetchVerdict?
    ) {
        self.question = question
        self.configuration = configuration
        self.exchanges = exchanges
        self.verdict = verdict
    }

    /// Makes the advice, which quotes rules.
    mutating func advise() {
        guard let verdict, let fetch = question.fetch, let one = exchanges.last else { return }
        let exchange = one.exchange
        let advisor = Advisor(
            fetch, on: exchange.configuration, route: exchange.route, rules: exchange.traced?.responseRules ?? [],
            one.responseTrace, shadow: exchange.shadowDifferences ?? [], redaction
        )
        advice = verdict.failure.map { advisor.advice(on: $0) } ?? []
        if let turn = verdict.turn { advice += advisor.advice(on: turn, isProxys: exchange.facts.source == .proxy) }
    }
}

/// A change that would help, and where to make it.
package struct Advice: Sendable, Hashable {
    /// The advice in a sentence without a full stop.
    package var text: String
    package var location: SourceLocation?

    package init(_ text: String, at location: SourceLocation? = nil) {
        self.text = text
        self.location = location
    }
}

/// Answers a question step by step, so that an app's answers may come from the question, or from the app itself.
package struct Explainer {
    /// The next step of an explanation.
    package enum Step {
        /// The app's answer to this exchange is needed. The caller gives it by `SimulatedExchange.receive`, then calls `next`
        /// again.
        case needsAnswer(ExplainedExchange)
        case done(Explanation)
    }

    private let configuration: CompiledConfiguration
    private let question: ExplainQuestion
    private var process: FetchProcess?
    private var exchanges: [ExplainedExchange] = []
    private var verdict: FetchVerdict?
    private var hasBegun = false

    package init(_ question: ExplainQuestion, on configuration: CompiledConfiguration) {
        var question = question
        question.meet(configuration.source)
        self.question = question
        self.configuration = configuration
        process = question.fetch.map(FetchProcess.init)
    }

    /// - Throws: a `SimulationError` for a request that cannot be sent.
    package mutating func next() throws -> Step {
        while true {
            if let last = exchanges.last {
                guard last.exchange.isAnswered else { return .needsAnswer(last) }
                guard process != nil else { return finish() }
                let step = process?.received(FetchResponse(last.exchange))
                if case .done(let verdict)? = step {
                    self.verdict = verdict
                    return finish()
                }
                guard case .send(let hop)? = step else { return finish() }
                try send(hop)
            } else if hasBegun {
                return finish()
            } else {
                hasBegun = true
                switch process?.begin() {
                case nil: try add(question.request, isPreflight: false)
                case .send(let hop): try send(hop)
                case .done(let verdict): self.verdict = verdict
                }
            }
        }
    }

    private mutating func send(_ hop: FetchHop) throws {
        try add(SimulatedRequest(hop, like: question.request), isPreflight: hop.isPreflight)
    }

    private mutating func add(_ request: SimulatedRequest, isPreflight: Bool) throws {
        let exchange = try SimulatedExchange(
            request, on: configuration, listener: question.listener, unixSeconds: question.unixSeconds, isTraced: true)
        exchanges.append(ExplainedExchange(isPreflight: isPreflight, exchange: exchange))
    }

    private func finish() -> Step {
        var explanation = Explanation(question, configuration, exchanges, question.judged(verdict))
        explanation.advise()
        return .done(explanation)
    }
}

extension SimulatedRequest {
    /// Makes the request that a browser sends as a part of another one.
    package init(_ hop: FetchHop, like question: SimulatedRequest) {
        self.init(method: hop.method, scheme: hop.url.scheme, authority: hop.url.authority, target: hop.url.target)
        fields = hop.fields
        client = question.client
        version = question.version
        if !hop.isPreflight { bodyLength = question.bodyLength }
    }
}

extension FetchResponse {
    /// Makes the response that a browser sees of a simulated exchange.
    package init(_ exchange: SimulatedExchange) {
        self.init(
            status: Int(exchange.response.status.rawValue),
            fields: exchange.response.fields.texts)
        // Once the app's response has begun, a reason says why it ended before its end.
        isBroken = exchange.facts.source == .upstream && exchange.facts.reason != nil
    }
}
