import HTTPModel

/// The app's side of one exchange: a connection of HTTP/1.1, or a stream of HTTP/2. The request's head is on its way when the relay gets
/// to know it.
enum UpstreamSide {
    case http1(HTTP1Upstream)
    case http2(HTTP2UpstreamStream)

    /// A part of the request's body.
    func writeBody(_ bytes: Span<UInt8>) {
        switch self {
        case .http1(let connection): connection.writeBody(bytes)
        case .http2(let stream): stream.writeBody(bytes)
        }
    }

    /// The request body is whole.
    func finishBody(trailers: borrowing Fields) {
        switch self {
        case .http1(let connection): connection.finishBody(trailers: trailers)
        case .http2(let stream): stream.finishBody(trailers: trailers)
        }
    }

    /// Bytes of a tunnel. No request over HTTP/2 asks for one.
    func writeRaw(_ bytes: Span<UInt8>) { if case .http1(let connection) = self { connection.writeRaw(bytes) } }

    /// The client's side of a tunnel has ended; the app's goes on.
    func finishRaw() { if case .http1(let connection) = self { connection.finishRaw() } }

    /// False asks the relay to stop sending until `Relay.upstreamWritable`.
    var isWritable: Bool {
        switch self {
        case .http1(let connection): connection.isWritable
        case .http2(let stream): stream.isWritable
        }
    }

    /// Stop or go on delivering the response.
    func setReading(_ reads: Bool) {
        switch self {
        case .http1(let connection): connection.pauseReading(!reads)
        case .http2(let stream): stream.setReading(reads)
        }
    }

    /// The exchange has no more interest in it.
    func cancel() {
        switch self {
        case .http1(let connection): connection.cancel()
        case .http2(let stream): stream.cancel()
        }
    }
}
