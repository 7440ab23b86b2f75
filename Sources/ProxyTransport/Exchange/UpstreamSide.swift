import HTTPModel

/// The app's side of an exchange: an HTTP/1.1 connection or an HTTP/2 stream. The request's head has already been submitted when
/// the relay gets it.
enum UpstreamSide {
    case http1(HTTP1Upstream)
    case http2(HTTP2UpstreamStream)

    /// Writes a part of the request's body.
    func writeBody(_ bytes: Span<UInt8>) {
        switch self {
        case .http1(let connection): connection.writeBody(bytes)
        case .http2(let stream): stream.writeBody(bytes)
        }
    }

    /// Ends the request body, which is complete.
    func finishBody(trailers: Fields?) {
        switch self {
        case .http1(let connection): connection.finishBody(trailers: trailers)
        case .http2(let stream): stream.finishBody(trailers: trailers)
        }
    }

    /// Writes bytes of a tunnel. An HTTP/2 upstream is never asked for a tunnel.
    func writeRaw(_ bytes: Span<UInt8>) { if case .http1(let connection) = self { connection.writeRaw(bytes) } }

    /// Ends the client's direction of a tunnel; the app's goes on.
    func finishRaw() { if case .http1(let connection) = self { connection.finishRaw() } }

    /// Whether more may be written; when false, the relay waits for `Relay.upstreamWritable`.
    var isWritable: Bool {
        switch self {
        case .http1(let connection): connection.isWritable
        case .http2(let stream): stream.isWritable
        }
    }

    /// Stops or resumes the delivery of the response.
    func setReading(_ reads: Bool) {
        switch self {
        case .http1(let connection): connection.pauseReading(!reads)
        case .http2(let stream): stream.setReading(reads)
        }
    }

    /// Notes that a deadline has passed. An HTTP/1 connection ends with its exchange anyway.
    func deadlinePassed() { if case .http2(let stream) = self { stream.noteSilence() } }

    /// Cancels the exchange with the app.
    func cancel() {
        switch self {
        case .http1(let connection): connection.cancel()
        case .http2(let stream): stream.cancel()
        }
    }
}
