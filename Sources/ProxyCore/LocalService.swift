public import HTTPModel

/// Something inside the process that answers requests whole: the admin endpoints, the demo app.
public protocol LocalService: Sendable {
    /// Answers one request. Called on an event loop: must not block. The body of the response goes into `body`; its length
    /// field is added by whoever sends it.
    func respond(
        to request: borrowing RequestHead, body requestBody: [UInt8], into response: inout ResponseHead, body: inout [UInt8])

    /// An answer that goes on; nil where `respond` has it.
    func stream(for request: borrowing RequestHead) -> (any LocalStream)?
}

extension LocalService {
    public func stream(for request: borrowing RequestHead) -> (any LocalStream)? { nil }
}
