public import HTTPModel
public import HeaderPolicy

/// One exchange as the inspector keeps it: what came, what left, and what made the difference. It contains no secrets.
public struct InspectedExchange: Sendable {
    /// The configuration under which it ran, which a reload may have replaced since.
    public var configuration: CompiledConfiguration
    public var listener: Int
    public var route: Int?
    /// The time when it began, in milliseconds since 1970.
    public var unixMilliseconds = 0
    public var requestID: String
    public var client: String
    public var method: String
    public var scheme: Scheme
    public var authority: String
    /// The path and the query.
    public var target: String
    public var version: HTTPVersion
    /// The status; nil when the client was gone before it could be answered.
    public var status: Status?
    public var source: ExchangeFacts.Source
    public var reason: Reason?
    public var upstream: String
    /// The address of the server that answered, or was asked last; empty when none was.
    public var upstreamAddress = ""
    /// How often the request went to another server because one had failed.
    public var retries = 0
    /// The fault in the app's response, if it was refused.
    public var badResponse: BadResponse?
    public var isPreflight: Bool
    /// Whether the response said which rules touched it.
    public var isTraced = false
    public var requestBytes = 0
    public var responseBytes = 0
    /// The time from the first byte of the request to the end of the response.
    public var microseconds = 0
    /// The time to the head of the app's response; nil when none came.
    public var upstreamMicroseconds: Int?
    /// The request as the client sent it, without hop-by-hop fields.
    public var requestFields: [FieldText]
    /// The trace of the request stage; nil when the app was not asked.
    public var requestTrace: StageTrace?
    /// The trace of the response stage; nil when no response began.
    public var responseTrace: StageTrace?
    /// The fields of the app's response that belong to its connection, and were removed before the stage.
    public var strippedFields: [FieldText]
    /// The rules to which the numbers in the traces refer; nil when there is no trace.
    public var rules: TracedPolicy?
    /// What would have differed if no rule were in shadow; nil when none is, or no response began.
    public var shadow: [ShadowDifference]?

    /// - Parameters:
    ///   - route: the index into the routes of the configuration.
    ///   - extra: further fields whose values are secret.
    public init(
        _ facts: borrowing ExchangeFacts, on configuration: CompiledConfiguration, listener: Int, route: Int?,
        requestTrace: StageTrace?, responseTrace: StageTrace?, rules: TracedPolicy?, shadow: [ShadowDifference]? = nil,
        stripped: [FieldText] = []
    ) {
        self.configuration = configuration
        self.listener = listener
        self.route = route
        self.rules = rules
        var redaction = Redaction(configuration.source.inspector?.redact.map(\.value) ?? [])
        redaction.learn(target: facts.request.target.text)
        redaction.learn(facts.request.fields.texts)
        for trace in [requestTrace, responseTrace].compactMap({ $0 }) { redaction.learn(trace) }
        redaction.learn(shadow ?? [])
        redaction.learn(stripped)
        requestID = facts.requestID.span.text
        client = facts.clientAddress.span.text
        method = facts.request.methodToken.text
        scheme = facts.request.scheme
        authority = facts.request.authority.text
        target = redaction.target(facts.request.target.text)
        version = facts.request.version
        source = facts.source
        reason = facts.reason
        upstream = facts.upstream.span.text
        isPreflight = facts.isPreflightRequest
        requestFields = redaction.fields(facts.request.fields.texts)
        strippedFields = redaction.fields(stripped)
        self.requestTrace = requestTrace.map { redaction.trace($0, of: rules?.requestRules ?? []) }
        self.responseTrace = responseTrace.map { redaction.trace($0, of: rules?.responseRules ?? []) }
        self.shadow = shadow?.map { redaction.difference($0) }
    }

    /// The rough size in bytes of keeping the exchange.
    public var weight: Int {
        func weigh(_ lines: [StageTrace.Line]) -> Int { lines.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 48 } }
        var sum = target.utf8.count + 512
        sum += (requestFields + strippedFields).reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 48 }
        for trace in [requestTrace, responseTrace].compactMap({ $0 }) {
            sum += 2 * (weigh(trace.before) + weigh(trace.after)) + trace.steps.count * 96
        }
        for one in shadow ?? [] { sum += (one.difference.old + one.difference.new).reduce(96) { $0 + $1.utf8.count + 32 } }
        return sum
    }
}

/// Takes inspected exchanges from all event loops.
public protocol ExchangeObserver: Sendable {
    /// Adds the counts of exchanges that have ended since the last call, whether or not they were looked at.
    func add(_ counts: ExchangeCounts)
    func take(_ exchange: InspectedExchange)
}
