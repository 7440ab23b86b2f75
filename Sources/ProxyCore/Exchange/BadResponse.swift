public import HTTPModel

/// The fault in an app's response that was refused as `invalid_response`: the log and the metrics have the word, people the
/// sentence.
public struct BadResponse: Error, Sendable, Hashable {
    /// The fault in snake_case, one of a fixed set; it contains no byte of the response.
    public var fault: String
    public var message: String

    public init(_ fault: String, _ message: String) {
        self.fault = fault
        self.message = message
    }

    /// The fault of a response that HTTP/1 cannot read.
    public init(_ failure: ParseFailure) { self.init(failure.reason.rawValue, failure.message) }

    // Faults of responses that are valid messages, but wrong as answers to this request.
    public static let tooManyNominations = BadResponse(
        "too_many_nominations", "Connection names more fields than any message needs.")
    public static let unaskedSwitch = BadResponse(
        "unasked_switch", "It is a 101, and the request did not ask for another protocol.")
    public static let otherProtocol = BadResponse(
        "other_protocol", "The 101 switches to another protocol than the request asked for.")
    public static let wrongWebSocketKey = BadResponse(
        "wrong_websocket_key", "The Sec-WebSocket-Accept of the 101 does not answer the request's key.")
    public static let missingSwitch = BadResponse(
        "missing_switch", "A WebSocket over HTTP/2 was answered with success, and not with a 101.")
}
