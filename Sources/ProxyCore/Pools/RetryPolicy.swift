public import HTTPModel

/// Decides which requests may be sent again, unnoticed, when a connection from the pool turns out to be closed.
///
/// The reason is a race on kept-alive connections: the app closes one in the moment in which the proxy reuses it. Most likely the
/// app has then seen nothing, but the proxy cannot know. `ExchangeMachine` adds that it happens once at most, on a reused
/// connection, before any byte of a response, and while everything that was sent is still there to be sent again.
public enum RetryPolicy {
    /// Whether a request may be repeated: one whose second arrival does no harm (RFC 9110 §9.2.2), or one without a body.
    public static func mayRepeat(_ method: Method, hasBody: Bool) -> Bool {
        method.isIdempotent || !hasBody && method != .connect
    }
}
