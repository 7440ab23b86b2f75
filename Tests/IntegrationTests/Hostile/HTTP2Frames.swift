import HostileMessages
import TestSupport

/// What upstreams of HTTP/2 say, written by hand with `Wire`, so that it can be wrong.
enum HTTP2Frames {
    enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let reset: UInt8 = 3
        static let settings: UInt8 = 4
        static let pushPromise: UInt8 = 5
        static let goAway: UInt8 = 7
        static let windowUpdate: UInt8 = 8
        static let continuation: UInt8 = 9
    }

    static func frame(_ kind: UInt8, flags: UInt8 = 0, stream: Int = 0, _ payload: [UInt8] = []) -> [UInt8] {
        Wire.frame(kind, flags: flags, stream: UInt32(stream), payload)
    }

    static func number(_ value: Int) -> [UInt8] { Wire.number(UInt32(value)) }
    static func block(_ fields: [(String, String)]) -> [UInt8] { Wire.block(fields) }

    static func headers(_ stream: Int, _ fields: [(String, String)], end: Bool = false) -> [UInt8] {
        Wire.headers(UInt32(stream), fields, end: end)
    }

    static func data(_ stream: Int, _ text: String, end: Bool = false) -> [UInt8] {
        frame(Kind.data, flags: end ? 1 : 0, stream: stream, Array(text.utf8))
    }

    static func reset(_ stream: Int, _ code: Int) -> [UInt8] { Wire.reset(UInt32(stream), UInt32(code)) }
}

/// A frame that came.
struct HTTP2Frame: Sendable {
    var kind: UInt8
    var flags: UInt8
    var stream: Int
    var payload: [UInt8]

    var endsStream: Bool { kind <= HTTP2Frames.Kind.headers && flags & 1 != 0 }
}

extension Connection {
    /// The client's preface (RFC 9113 §3.4).
    func takePreface() throws { _ = try take(exactly: 24) }

    func takeFrame() throws -> HTTP2Frame {
        let head = try take(exactly: 9)
        let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        let stream = head[5...].reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
        return HTTP2Frame(kind: head[3], flags: head[4], stream: stream, payload: try take(exactly: length))
    }

    /// The stream of the next request, when all of it has come; other frames are passed over.
    func takeHTTP2Request() throws -> Int {
        while true {
            let frame = try takeFrame()
            if frame.endsStream { return frame.stream }
        }
    }
}
