public import HTTPModel

/// A part of the process that answers requests completely: the admin endpoints, the demo app.
public protocol LocalService: Sendable {
    /// Answers one request. It is called on an event loop and must not block. The body of the response goes into `body`; the
    /// caller adds its length field.
    func respond(
        to request: borrowing RequestHead, body requestBody: [UInt8], into response: inout ResponseHead, body: inout [UInt8])

    /// Returns the work for an answer that takes time; nil when `respond` has it at once.
    func work(for request: borrowing RequestHead, body: [UInt8]) -> (@Sendable () async -> LocalAnswer)?

    /// Returns an answer that continues; nil when `respond` has it.
    func stream(for request: borrowing RequestHead) -> (any LocalStream)?

    /// Adds the fields that every response has, including one to a request that could not be read.
    func complete(_ response: inout ResponseHead)
}

extension LocalService {
    public func work(for request: borrowing RequestHead, body: [UInt8]) -> (@Sendable () async -> LocalAnswer)? { nil }

    public func stream(for request: borrowing RequestHead) -> (any LocalStream)? { nil }

    public func complete(_ response: inout ResponseHead) {}
}

/// A whole response of a `LocalService`.
public struct LocalAnswer: Sendable {
    public var head = ResponseHead()
    public var body: [UInt8] = []

    public init(_ status: Status, contentType: String = "text/plain; charset=utf-8", _ text: String = "") {
        head.status = status
        head.fields.append("Content-Type", contentType)
        head.fields.append("Cache-Control", "no-store")
        body = Array(text.utf8)
    }
}
