package import HTTPModel

/// Which requests may go out a second time, unseen, when a connection from the pool turns out to be closed.
///
/// The case is the race of a kept-alive connection: the app closes it in the moment in which the proxy reuses it. Most
/// likely the app has then seen nothing, but the proxy cannot know. `ExchangeMachine` adds that it happens once at most, on
/// a reused connection, before any byte of a response, and while all that was sent is still there to be sent again.
package enum RetryPolicy {
    /// Requests whose second arrival does no harm (RFC 9110 §9.2.2), and those without a body.
    package static func mayRepeat(_ method: Method, hasBody: Bool) -> Bool {
        method.isIdempotent || !hasBody && method != .connect
    }
}
