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
