import HTTPModel
import NIOCore

/// The app's side of one exchange, as the exchange sees it: a connection of HTTP/1.1, or a stream of HTTP/2. The request's head
/// is on its way when the exchange gets to know it.
///
/// Nothing that is written leaves before `flush`.
protocol UpstreamSide: AnyObject {
    func writeBody(_ bytes: ByteBuffer)
    /// The request body is whole.
    func finishBody(trailers: borrowing Fields)
    /// Bytes of a tunnel.
    func writeRaw(_ bytes: ByteBuffer)
    /// The client's side of a tunnel has ended; the app's goes on.
    func finishRaw()
    func flush()
    /// Who it is a connection to.
    var server: ServerPool? { get }
    /// False asks the exchange to stop sending until it is told to go on.
    var isWritable: Bool { get }
    /// Stop or go on delivering the response.
    func setReading(_ isReading: Bool)
    /// The exchange has no more interest in it.
    func cancel()
}
