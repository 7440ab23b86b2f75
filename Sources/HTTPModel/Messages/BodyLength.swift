/// How the body of a message is delimited (RFC 9112 §6.3).
public enum BodyLength: Sendable, Hashable {
    /// There is no body, or an empty one.
    case none
    /// The body has this many bytes, at least one.
    case length(Int)
    /// The body has chunks, and perhaps trailers.
    case chunked
    /// The body ends when the connection closes; only for responses.
    case untilClose
}
