import HTTPModel

/// What an exchange knows of its request beside the heads: replaced as a whole when the next request begins.
struct PerRequest {
    var machine = ExchangeMachine()
    var route: Int?
    /// How the request's body is framed towards the app.
    var requestBody = BodyLength.none
    /// The protocols that the client offers to switch to; those of the 101, once the app has chosen.
    var upgrade: [UInt8] = []
    /// Of a WebSocket by extended CONNECT, which the app gets as an upgrade; empty otherwise.
    var webSocketKey: [UInt8] = []
    /// The client has ended its side of a tunnel.
    var tunnelInputEnded = false
    /// The client reads trailers, and says so in `TE`.
    var acceptsTrailers = false
    /// Set while the body of reports is on its way.
    var collector: ReportCollector?
    /// Bytes of the request's body that the driver keeps, for a connection that is to come or for a repetition.
    var held = 0
    /// Request body bytes that have come and that the client has no credit for yet.
    var owed = 0
    /// The response is a stream of events, whose next part may be long in coming.
    var streamsEvents = false
    /// What was wrong with the app's response.
    var badResponse: BadResponse?
    /// What the answer to a preflight refuses.
    var refusal: PreflightRefusal?
    /// Nil unless somebody looks.
    var watch: ExchangeWatch?

    // What the access log tells.
    var requestBytes = 0
    var responseBytes = 0
    var startedAt: UInt64 = 0
    var upstreamStartedAt: UInt64 = 0
    var upstreamHeadAt: UInt64 = 0

    // What it waits for.
    /// When the driver has to call `deadlinePassed`, in milliseconds; `.max` is never.
    var deadline = Int.max
    /// When the exchange ends, whatever it is doing.
    var lastMoment = Int.max
    /// The client is the one that is waited for.
    var awaitsBody = false
    /// When the request's body would have begun, had the client never been asked to pause.
    var bodyStartedAt = 0
    /// Since when the client has been asked to pause.
    var pausedAt: Int?
}
