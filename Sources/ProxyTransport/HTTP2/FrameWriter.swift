import HTTP2
import HTTPModel

/// A stream as the frame writer sees it.
protocol FramedStream: AnyObject {
    /// Moves the next `count` bytes of the stream's body to the end of an array, and does nothing else.
    func move(_ count: Int, to output: inout [UInt8])
    /// Called when the moved bytes have been sent, so that there may be room for more.
    func bodyLeft()
}

/// Puts together the frame heads and bodies that HTTP/2 sessions have to send, so that one write serves many streams. A loop has
/// one.
///
/// Bodies are copied behind their frame heads: four frames in one write of 64 KiB cost less than one write for each, including
/// the copying.
final class FrameWriter {
    /// The write that is being put together; empty between calls.
    private var output: [UInt8] = []

    /// Sends a session's output until there is no more or the peer has to take some first. Streams may close as a result, which
    /// the session's events report.
    func send<Stream: FramedStream>(_ session: Session, _ streams: StreamTable<Stream>, on connection: SocketConnection) {
        guard session.parts.isEmpty else { return }
        while connection.isWritable {
            session.collectOutput(limit: Worker.pumpLimit)
            guard !session.parts.isEmpty else { return }
            _ = write(session, streams, connection, Span(), of: 0)
        }
    }

    /// Sends a session's output as long as a large part of a body fills whole writes. The part was offered to the session, and
    /// nothing precedes it in its stream's queue. Returns how many of its bytes were sent; the rest goes into the queue, and
    /// leaves with the end of the body if that is near.
    func send<Stream: FramedStream>(
        _ bytes: Span<UInt8>, of stream: Int32, _ session: Session, _ streams: StreamTable<Stream>,
        on connection: SocketConnection
    ) -> Int {
        guard session.parts.isEmpty else { return 0 }
        var sent = 0
        while connection.isWritable, bytes.count &- sent >= Worker.pumpLimit {
            session.collectOutput(limit: Worker.pumpLimit)
            guard !session.parts.isEmpty else { break }
            sent &+= write(session, streams, connection, bytes.extracting(droppingFirst: sent), of: stream)
        }
        return sent
    }

    /// Sends the collected output. Returns how many of the bytes at hand were part of it.
    private func write<Stream: FramedStream>(
        _ session: Session, _ streams: StreamTable<Stream>, _ connection: SocketConnection, _ bytes: Span<UInt8>, of stream: Int32
    ) -> Int {
        // Output without a body has nothing to put together.
        if session.parts.count == 1, case .bytes = session.parts[0] {
            connection.send(session.output.span)
            session.removeAllOutput()
            return 0
        }
        var taken = 0
        for part in session.parts {
            switch part {
            case .bytes(let range): output.append(copying: session.output.span.extracting(range))
            case .data(let id, let count):
                let end = output.count &+ count
                if id == stream {
                    let piece = bytes.extracting(droppingFirst: taken).extracting(first: count)
                    output.append(copying: piece)
                    taken &+= piece.count
                } else {
                    streams[id]?.move(count, to: &output)
                }
                // The stream ended between the frame's head and its content. Nobody reads the content, but the frame must be
                // complete.
                if output.count < end { output.append(contentsOf: repeatElement(0, count: end &- output.count)) }
            }
        }
        connection.send(emptying: &output)
        if output.capacity > 2 * Worker.pumpLimit { output = [] }
        for part in session.parts { if case .data(let id, _) = part { streams[id]?.bodyLeft() } }
        session.removeAllOutput()
        return taken
    }
}
