import HTTP1
import HTTPModel
import NIOCore

/// The client's side of one exchange, as the exchange sees it: HTTP/1 and HTTP/2 alike.
///
/// Nothing that is written leaves before `flush`.
protocol Downstream: AnyObject {
    /// An interim response (100, 103).
    func writeInformational(_ head: borrowing ResponseHead)
    /// The final head, after the response stage. `body` is how the response is framed where it comes from.
    func writeHead(_ head: borrowing ResponseHead, body: BodyLength)
    func writeBody(_ bytes: ByteBuffer)
    /// The response is whole. `leavesBody`: the client is still sending a request body that nobody reads.
    func finish(trailers: borrowing Fields, leavesBody: Bool)
    /// 101 has been written: from now on bytes go both ways as they are.
    func beginTunnel()
    /// The client does not send what it owes: nothing more is expected of it on this connection, if it has no other exchanges.
    func giveUpOnClient()
    /// The response cannot be completed: the client must see that.
    func truncate()
    func flush()
    /// False asks the exchange to stop sending until it is told to go on.
    var isWritable: Bool { get }
    /// So many request body bytes have been passed on, or thrown away.
    func consumed(_ count: Int)
    /// The response has long been whole, and the request body still comes.
    func stopBody()
    /// Stop or go on delivering request body.
    func setReading(_ isReading: Bool)
}

/// The client's side of an exchange whose connection is gone: who still writes need not know.
final class Nobody: Downstream, Sendable {
    static let shared = Nobody()

    func writeInformational(_ head: borrowing ResponseHead) {}
    func writeHead(_ head: borrowing ResponseHead, body: BodyLength) {}
    func writeBody(_ bytes: ByteBuffer) {}
    func finish(trailers: borrowing Fields, leavesBody: Bool) {}
    func beginTunnel() {}
    func giveUpOnClient() {}
    func truncate() {}
    func flush() {}
    var isWritable: Bool { true }
    func consumed(_ count: Int) {}
    func stopBody() {}
    func setReading(_ isReading: Bool) {}
}
