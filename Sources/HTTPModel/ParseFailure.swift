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
}
