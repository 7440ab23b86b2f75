import HTTP2
import HTTPModel

/// A stream as the one who writes its frames sees it.
protocol FramedStream: AnyObject {
    /// Moves the next bytes of its body, `count` of them, to the end of an array. Nothing else happens by it.
    func move(_ count: Int, to output: inout [UInt8])
    /// What was moved has been sent: there may be room for more.
    func bodyLeft()
}

/// Puts together what HTTP/2 sessions have to say, frame heads and bodies, and sends it: one write for many streams. A loop has one.
///
/// Bodies are copied behind their frame heads: four frames in one write of 64 KiB cost less than a write for each, copying included.
final class FrameWriter {
    /// Empty between calls.
    private var output: [UInt8] = []

    /// Sends what a session has to say, until there is no more or the peer has to take what is there first. Streams may close by it: the
    /// session's events tell.
    func send<Stream: FramedStream>(_ session: Session, _ streams: [Int32: Stream], on connection: SocketConnection) {
        guard session.parts.isEmpty else { return }
        while connection.isWritable {
            session.collectOutput(limit: Worker.pumpLimit)
            guard !session.parts.isEmpty else { return }
            _ = write(session, streams, connection, Span(), of: 0)
        }
    }

    /// The same, for as long as a large part of a body fills whole writes. It was offered to the session, and nothing stands before it in
    /// its stream's queue. Returns how much of it has left: what has not goes into the queue, and leaves with the end of the body, if that
    /// is near.
    func send<Stream: FramedStream>(
        _ bytes: Span<UInt8>, of stream: Int32, _ session: Session, _ streams: [Int32: Stream], on connection: SocketConnection
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

    /// Sends what has been collected. Returns how many of the bytes were a part of it.
    private func write<Stream: FramedStream>(
        _ session: Session, _ streams: [Int32: Stream], _ connection: SocketConnection, _ bytes: Span<UInt8>, of stream: Int32
    ) -> Int {
        // Without a body there is nothing to be put together.
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
                // A stream that has ended between a frame's head and its content: nobody reads it, but a frame is whole.
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
