/// Why a message was refused. The connection it came on is good for one answer at most and then has to be closed.
public struct ParseFailure: Error, Sendable, Hashable {
    /// What a client is answered; 502 for everything that an upstream did wrong.
    public var status: Status
    /// Never has bytes of the message in it.
    public var reason: Reason
    /// The cause in a sentence, for people.
    public var message: String

    /// - Parameters:
    ///   - status: where it is another than the reason's.
    ///   - message: where more is known than the reason's sentence.
    public init(_ reason: Reason, status: Status? = nil, message: String? = nil) {
        self.status = status ?? reason.status ?? 400
        self.reason = reason
        self.message = message ?? reason.sentence
    }
}
