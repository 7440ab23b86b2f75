public import HTTPModel

/// Why a message was refused. The connection it came on is good for one answer at most and then has to be closed.
public struct ParseFailure: Error, Sendable, Hashable {
    /// What a client is answered; 502 for everything that an upstream did wrong.
    public var status: Status
    /// The cause in snake_case, for logs and counters. One of a fixed set; never has bytes of the message in it.
    public var reason: String
    /// The cause in a sentence, for people.
    public var message: String

    public init(status: Status, reason: String, message: String) {
        self.status = status
        self.reason = reason
        self.message = message
    }

    /// The failure of a request.
    init(request fault: Fault) {
        let (status, reason, message) = fault.description
        self.init(status: status, reason: reason, message: message)
    }

    /// The failure of a response: the upstream's fault, whatever it is.
    init(response fault: Fault) {
        let (_, reason, message) = fault.description
        self.init(status: 502, reason: reason, message: message)
    }
}

/// How the body of a message is delimited (RFC 9112 §6.3).
public enum BodyLength: Sendable, Hashable {
    /// There is no body, or one of no bytes.
    case none
    /// So many bytes, at least one.
    case length(Int)
    /// Chunks and perhaps trailers.
    case chunked
    /// All until the connection closes. Responses only.
    case untilClose
}
