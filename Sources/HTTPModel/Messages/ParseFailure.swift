/// Why a message was refused. Its connection can carry one more response at most and must then be closed.
public struct ParseFailure: Error, Sendable, Hashable {
    /// The status for the client; 502 for everything that an upstream did wrong.
    public var status: Status
    /// The reason, which never has bytes of the message in it.
    public var reason: Reason
    /// The cause as a sentence for operators.
    public var message: String

    /// - Parameters:
    ///   - status: the status, if it differs from the reason's.
    ///   - message: the sentence, if more is known than the reason's says.
    public init(_ reason: Reason, status: Status? = nil, message: String? = nil) {
        self.status = status ?? reason.status ?? 400
        self.reason = reason
        self.message = message ?? reason.sentence
    }
}
