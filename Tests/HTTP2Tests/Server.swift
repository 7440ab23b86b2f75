import HTTP2
import HTTPModel
import HostileMessages

extension Session {
    /// What a socket would get; body bytes are `b`.
    func drain(limit: Int = .max) -> [UInt8] {
        collectOutput(limit: limit)
        var bytes: [UInt8] = []
        for part in parts {
            switch part {
            case .bytes(let range): bytes += output[range]
            case .data(_, let count): bytes += [UInt8](repeating: 0x62, count: count)
            }
        }
        removeAllOutput()
        return bytes
    }
}

/// A server session with an owner that notes everything.
final class Server {
    let session: ServerSession
    var events: [ServerSession.Event] = []
    var heads: [Int32: RequestHead] = [:]
    var trailers: [Int32: Fields] = [:]
    var bodies: [Int32: [UInt8]] = [:]
    var sent: [Frame] = []
    /// The same as bytes that a peer has not been given.
    var unread: [UInt8] = []
    var now = 0
    /// Answers good requests when they are complete.
    var answers = false
    var consumes = true

    init(_ settings: HTTP2Settings = HTTP2Settings(), limits: MessageLimits = MessageLimits()) throws {
        session = try ServerSession(settings: settings, limits: limits, names: .standard, scheme: .http)
    }

    func receive(_ bytes: [UInt8], by size: Int = .max) {
        var index = 0
        while index < bytes.count {
            let piece = Array(bytes[index..<index + min(size, bytes.count - index)])
            session.receive(piece.span, now: now)
            handle(piece)
            index += piece.count
        }
        flush()
    }

    func flush(limit: Int = .max) {
        let bytes = session.drain(limit: limit)
        sent += Frame.all(in: bytes)
        unread += bytes
        handle([])
    }

    private func handle(_ input: [UInt8]) {
        let new = session.events
        events += new
        for event in new {
            switch event {
            case .request(let stream, let ends):
                take(stream)
                if ends { answer(stream) }
            case .end(let stream):
                trailers[stream] = session.takeTrailers(stream)
                answer(stream)
            case .data(let stream, let range):
                bodies[stream, default: []] += input[range]
                if consumes { session.consume(stream, range.count) }
            case .refused(let stream, let status, _):
                take(stream)
                session.submitResponse(stream, ResponseHead(status: status), endsStream: true)
            case .closed, .goAway: break
            }
        }
        session.removeAllEvents()
    }

    private func take(_ stream: Int32) {
        var head = RequestHead()
        session.takeRequest(stream, into: &head)
        heads[stream] = head
    }

    private func answer(_ stream: Int32) {
        if answers { session.submitResponse(stream, ResponseHead(status: 200), endsStream: true) }
    }

    var goAway: UInt32? { sent.last { $0.kind == 7 }?.goAwayCode }

    func resetCode(_ stream: UInt32) -> UInt32? { sent.first { $0.kind == 3 && $0.stream == stream }?.number }

    func refusal(_ stream: Int32) -> (status: Status, reason: Reason)? {
        for case .refused(stream, let status, let reason) in events { return (status, reason) }
        return nil
    }
}
