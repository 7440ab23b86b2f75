import HTTP2
import HTTPModel

/// Frames by hand, so that they can be wrong.
enum Wire {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static let start = preface + frame(4)

    static func frame(_ kind: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = [], length: Int? = nil) -> [UInt8]
    {
        let length = length ?? payload.count
        return [UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), kind, flags]
            + number(stream) + payload
    }

    static func number(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
    }

    /// A literal field without indexing (RFC 7541 §6.2.2), no Huffman code.
    static func field(_ name: String, _ value: String) -> [UInt8] { field(Array(name.utf8), Array(value.utf8)) }

    static func field(_ name: [UInt8], _ value: [UInt8]) -> [UInt8] {
        [0] + string(name) + string(value)
    }

    private static func string(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var head: [UInt8] = [127]
        var rest = bytes.count - 127
        while rest >= 128 {
            head.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return head + [UInt8(rest)] + bytes
    }

    typealias Pairs = [(String, String)]

    static let get: Pairs = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "example.com")]
    static let post: Pairs = [(":method", "POST"), (":scheme", "http"), (":path", "/up"), (":authority", "example.com")]

    static func block(_ fields: Pairs) -> [UInt8] { fields.flatMap { field($0.0, $0.1) } }

    /// HEADERS with everything in it.
    static func headers(_ stream: UInt32, _ fields: Pairs, end: Bool = true) -> [UInt8] {
        frame(1, flags: end ? 5 : 4, stream: stream, block(fields))
    }

    /// HEADERS and as many CONTINUATIONs as it takes.
    static func split(_ stream: UInt32, _ block: [UInt8], by size: Int, end: Bool = true) -> [UInt8] {
        var output: [UInt8] = []
        var index = 0
        while true {
            let last = index + size >= block.count
            let piece = Array(block[index..<min(index + size, block.count)])
            let flags: UInt8 = (last ? 4 : 0) | (index == 0 && end ? 1 : 0)
            output += frame(index == 0 ? 1 : 9, flags: flags, stream: stream, piece)
            index += size
            if last { return output }
        }
    }

    static func data(_ stream: UInt32, _ count: Int, end: Bool = false) -> [UInt8] {
        frame(0, flags: end ? 1 : 0, stream: stream, [UInt8](repeating: 0x61, count: count))
    }

    static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> [UInt8] { frame(3, stream: stream, number(code)) }
    static func window(_ stream: UInt32, _ increment: UInt32) -> [UInt8] { frame(8, stream: stream, number(increment)) }
    static func setting(_ id: UInt16, _ value: UInt32) -> [UInt8] { [UInt8(id >> 8), UInt8(id & 0xFF)] + number(value) }
    static let ping = frame(6, [1, 2, 3, 4, 5, 6, 7, 8])
}

/// A frame that a session has sent.
struct Frame: Equatable {
    var kind: UInt8
    var flags: UInt8
    var stream: UInt32
    var payload: [UInt8]

    var number: UInt32 { payload.suffix(4).reduce(0) { $0 << 8 | UInt32($1) } }
    /// The error code of a GOAWAY.
    var goAwayCode: UInt32 { payload.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
    var lastStream: UInt32 { payload.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF }

    static func all(in bytes: [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        var rest = bytes[...]
        if rest.starts(with: Wire.preface) { rest = rest.dropFirst(Wire.preface.count) }
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            let stream = head[5...].reduce(0) { $0 << 8 | UInt32($1) }
            frames.append(
                Frame(kind: head[3], flags: head[4], stream: stream, payload: Array(rest.dropFirst(9).prefix(length))))
            rest = rest.dropFirst(9 + length)
        }
        return frames
    }
}

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

    func refusal(_ stream: Int32) -> (status: Status, reason: String)? {
        for case .refused(stream, let status, let reason) in events { return (status, reason) }
        return nil
    }
}
