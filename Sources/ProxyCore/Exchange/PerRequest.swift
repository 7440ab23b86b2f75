import HTTPModel

/// The state of an exchange that belongs to one request besides the heads. It is replaced as a whole when the next request
/// begins.
struct PerRequest {
    var machine = ExchangeMachine()
    var route: Int?
    /// The framing of the request's body towards the app.
    var requestBody = BodyLength.none
    /// The protocols that the client offers to switch to; once the app has chosen, those of the 101.
    var upgrade: [UInt8] = []
    /// The key of a WebSocket by extended CONNECT, which the app gets as an upgrade; empty otherwise.
    var webSocketKey: [UInt8] = []
    /// Whether the client has ended its side of a tunnel.
    var tunnelInputEnded = false
    /// Whether the client has said in `TE` that it reads trailers.
    var acceptsTrailers = false
    /// The collector while the body of reports is on its way; nil otherwise.
    var collector: ReportCollector?
    /// The number of bytes of the request's body that the driver keeps, for a connection that is not there yet or for a
    /// repetition.
    var held = 0
    /// The number of request body bytes that have come and for which the client has no new credit yet.
    var owed = 0
    /// Whether the response is a stream of events, whose next part may take long.
    var streamsEvents = false
    /// The fault in the app's response, if it had one.
    var badResponse: BadResponse?
    /// What the answer to a preflight refuses.
    var refusal: PreflightRefusal?
    /// The observation; nil unless somebody looks at the exchange.
    var observation: ExchangeObservation?

    // Values for the access log.
    var requestBytes = 0
    var responseBytes = 0
    /// When the first byte of the request came, and when its head was there.
    var beganAt: UInt64 = 0
    var startedAt: UInt64 = 0
    var upstreamStartedAt: UInt64 = 0
    var upstreamHeadAt: UInt64 = 0

    // The state of the waits.
    /// The time in milliseconds when the driver has to call `deadlinePassed`; `.max` is never.
    var deadline = Int.max
    /// The time when the exchange ends, whatever it is doing.
    var lastMoment = Int.max
    /// Whether the exchange waits for the client.
    var awaitsBody = false
    /// The time when the request's body would have begun if the client had never been asked to pause.
    var bodyStartedAt = 0
    /// The time since when the client has been asked to pause; nil when it has not.
    var pausedAt: Int?
}
