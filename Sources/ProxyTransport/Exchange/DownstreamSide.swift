import HTTPModel
import HeaderPolicy

/// The client's side of an exchange as the relay sees it: an HTTP/1 connection or an HTTP/2 stream.
///
/// Output is sent when the current event has been handled. These methods do not call back into the relay, with one exception:
/// `beginTunnel` passes on what the client has sent early.
class DownstreamSide {
    /// Writes an interim response (100, 103).
    func writeInformational(_ head: borrowing ResponseHead) {}
    /// Writes the final head. `body` is the framing of the response as it was received or made.
    func writeHead(_ head: borrowing StagedHead, body: BodyLength) {}
    /// Writes a part of the body or of a tunnel.
    func writeBody(_ bytes: Span<UInt8>) {}
    /// Ends the response, which is complete. `leavesBody`: the client is still sending a request body that nobody reads.
    func finish(trailers: Fields?, leavesBody: Bool) {}
    /// Begins a tunnel, whose head has been written: from now on bytes pass both ways unchanged.
    func beginTunnel() {}
    /// Gives up on a client that does not send what it owes: nothing more is expected of it on this connection, if it has no
    /// other exchanges.
    func giveUpOnClient() {}
    /// Breaks off a response that cannot be completed, so that the client notices.
    func truncate() {}
    /// Whether more may be written; when false, the relay waits for `Relay.downstreamWritable`.
    var isWritable: Bool { true }
    /// Whether the client has taken everything that was written for it.
    var hasTakenAll: Bool { true }
    /// Reports how many bytes of request body have been passed on or discarded.
    func credit(_ count: Int) {}
    /// Stops the request body, which is still arriving long after the response was complete.
    func stopBody() {}
    /// Stops or resumes the delivery of the request body.
    func setReading(_ reads: Bool) {}
}
