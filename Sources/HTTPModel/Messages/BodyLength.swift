/// How the body of a message is delimited (RFC 9112 §6.3).
public enum BodyLength: Sendable, Hashable {
    /// There is no body, or an empty one.
    case none
    /// The body has this many bytes.
    case length(Int)
    /// The body has chunks, and perhaps trailers.
    case chunked
    /// The body ends when the connection closes; only for responses.
    case untilClose
}

extension BodyLength {
    /// The length of the body of an HTTP/2 request that its head does not end, by its fields.
    public init(ofHTTP2Request fields: borrowing Fields) {
        guard let line = fields.firstIndex(of: .contentLength), let length = fields.value(at: line).decimal, length > 0 else {
            self = .chunked
            return
        }
        self = .length(length)
    }

    /// The length of the body of an HTTP/2 response that its head does not end. Trailers may follow a body of no bytes.
    public init(ofHTTP2Response fields: borrowing Fields) {
        guard let line = fields.firstIndex(of: .contentLength) else {
            self = .chunked
            return
        }
        self = .length(fields.value(at: line).decimal ?? 0)
    }
}
