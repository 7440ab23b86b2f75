import HTTPModel
import HeaderPolicy

/// The client's side of one exchange, as the exchange's relay sees it: an HTTP/1 connection, or a stream of HTTP/2.
///
/// What is written leaves when the event at hand has been dealt with; nothing is called back from here.
class DownstreamSide {
    /// An interim response (100, 103).
    func writeInformational(_ head: borrowing ResponseHead) {}
    /// The final head. `body` is how the response is framed where it comes from.
    func writeHead(_ head: borrowing StagedHead, body: BodyLength) {}
    /// A part of the body, or of a tunnel.
    func writeBody(_ bytes: Span<UInt8>) {}
    /// The response is whole. `leavesBody`: the client is still sending a request body that nobody reads.
    func finish(trailers: borrowing Fields, leavesBody: Bool) {}
    /// The head of a tunnel has been written: from now on bytes go both ways as they are.
    func beginTunnel() {}
    /// The client does not send what it owes: nothing more is expected of it on this connection, if it has no other exchanges.
    func giveUpOnClient() {}
    /// The response cannot be completed: the client must see that.
    func truncate() {}
    /// False asks the relay to stop sending until `Relay.downstreamWritable`.
    var isWritable: Bool { true }
    /// The client has taken everything that was written for it.
    var hasTakenAll: Bool { true }
    /// So many request body bytes have been passed on, or thrown away.
    func credit(_ count: Int) {}
    /// The response has long been whole, and the request body still comes.
    func stopBody() {}
    /// Stop or go on delivering request body.
    func setReading(_ reads: Bool) {}
}
