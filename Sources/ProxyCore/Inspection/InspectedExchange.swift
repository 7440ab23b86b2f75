package import HTTPModel
package import HeaderPolicy

/// One exchange as the inspector keeps it: what came and what left, and what made the difference. Secrets are not in it.
package struct InspectedExchange: Sendable {
    /// Under which it ran: a reload may have changed it since.
    package var configuration: CompiledConfiguration
    package var listener: Int
    package var route: Int?
    /// Milliseconds since 1970 when it began.
    package var unixMilliseconds = 0
    package var requestID: String
    package var client: String
    package var method: String
    package var scheme: Scheme
    package var authority: String
    /// Path and query.
    package var target: String
    package var version: HTTPVersion
    /// Nil where the client was gone before it could be answered.
    package var status: Status?
    package var source: ExchangeFacts.Source
    package var reason: Reason?
    package var upstream: String
    /// Where the server is that answered, or was asked last; empty where none was.
    package var upstreamAddress = ""
    /// How often the request went to another server because one had failed.
    package var retries = 0
    /// What was wrong with the app's response, where it was refused.
    package var badResponse: BadResponse?
    package var isPreflight: Bool
    /// The response said which rules touched it.
    package var isTraced = false
    package var requestBytes = 0
    package var responseBytes = 0
    /// From the first byte of the request to the end of the response.
    package var microseconds = 0
    /// To the head of the app's response; nil where none came.
    package var upstreamMicroseconds: Int?
    /// The request as the client sent it, without hop-by-hop fields.
    package var requestFields: [FieldText]
    /// What happened on the way to the app; nil where it was not asked.
    package var requestTrace: StageTrace?
    /// What happened on the way to the client; nil where no response began.
    package var responseTrace: StageTrace?
    /// The rules that the traces count; nil where there is no trace.
    package var rules: TracedPolicy?

    /// - Parameters:
    ///   - route: index into the routes of the configuration.
    ///   - extra: more fields whose values are secret.
    package init(
        _ facts: borrowing ExchangeFacts, on configuration: CompiledConfiguration, listener: Int, route: Int?,
        requestTrace: StageTrace?, responseTrace: StageTrace?, rules: TracedPolicy?
    ) {
        self.configuration = configuration
        self.listener = listener
        self.route = route
        self.rules = rules
        var redaction = Redaction(configuration.source.inspector?.redact.map(\.value) ?? [])
        redaction.learn(target: facts.request.target.text)
        redaction.learn(facts.request.fields.pairs.map { FieldText($0.name, $0.value) })
        for trace in [requestTrace, responseTrace].compactMap({ $0 }) {
            redaction.learn((trace.before + trace.after).map { FieldText($0.name, $0.value) })
        }
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
        requestFields = redaction.fields(facts.request.fields.pairs.map { FieldText($0.name, $0.value) })
        self.requestTrace = requestTrace.map { redaction.trace($0) }
        self.responseTrace = responseTrace.map { redaction.trace($0) }
    }

    /// Roughly, in bytes: what keeping it costs.
    package var weight: Int {
        func weigh(_ lines: [StageTrace.Line]) -> Int { lines.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 48 } }
        var sum = target.utf8.count + 512
        sum += requestFields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 48 }
        for trace in [requestTrace, responseTrace].compactMap({ $0 }) {
            sum += 2 * (weigh(trace.before) + weigh(trace.after)) + trace.steps.count * 96
        }
        return sum
    }
}

/// Takes exchanges that were looked at, from all event loops.
package protocol ExchangeObserver: Sendable {
    /// So many have ended since the last call, looked at or not.
    func add(_ counts: ExchangeCounts)
    func take(_ exchange: InspectedExchange)
}
