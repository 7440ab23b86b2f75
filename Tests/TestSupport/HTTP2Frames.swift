/// Frames of HTTP/2 by hand (RFC 9113 §4), so that they can be wrong.
package enum HTTP2Frames {
    package enum Kind {
        package static let data: UInt8 = 0
        package static let headers: UInt8 = 1
        package static let reset: UInt8 = 3
        package static let settings: UInt8 = 4
        package static let pushPromise: UInt8 = 5
        package static let goAway: UInt8 = 7
        package static let windowUpdate: UInt8 = 8
        package static let continuation: UInt8 = 9
    }

    package static func frame(_ kind: UInt8, flags: UInt8 = 0, stream: Int = 0, _ payload: [UInt8] = []) -> [UInt8] {
        let length = payload.count
        return [UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), kind, flags] + number(stream)
            + payload
    }

    package static func number(_ value: Int) -> [UInt8] {
        [UInt8(value >> 24 & 0xFF), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
    }

    /// Literal fields without indexing (RFC 7541 §6.2.2), no Huffman code.
    package static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { [0] + string($0.0) + string($0.1) }
    }

    private static func string(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var head: [UInt8] = [127]
        var rest = bytes.count - 127
        while rest >= 128 {
            head.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return head + [UInt8(rest)] + bytes
    }

    package static func headers(_ stream: Int, _ fields: [(String, String)], end: Bool = false) -> [UInt8] {
        frame(Kind.headers, flags: end ? 5 : 4, stream: stream, block(fields))
    }

    package static func data(_ stream: Int, _ text: String, end: Bool = false) -> [UInt8] {
        frame(Kind.data, flags: end ? 1 : 0, stream: stream, Array(text.utf8))
    }

    package static func reset(_ stream: Int, _ code: Int) -> [UInt8] { frame(Kind.reset, stream: stream, number(code)) }
}

/// A frame that came.
package struct HTTP2Frame: Sendable {
    package var kind: UInt8
    package var flags: UInt8
    package var stream: Int
    package var payload: [UInt8]

    package var endsStream: Bool { kind <= HTTP2Frames.Kind.headers && flags & 1 != 0 }
}

extension Connection {
    /// The client's preface (RFC 9113 §3.4).
    package func takePreface() throws { _ = try take(exactly: 24) }

    package func takeFrame() throws -> HTTP2Frame {
        let head = try take(exactly: 9)
        let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        let stream = head[5...].reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
        return HTTP2Frame(kind: head[3], flags: head[4], stream: stream, payload: try take(exactly: length))
    }

    /// The stream of the next request, when all of it has come; other frames are passed over.
    package func takeHTTP2Request() throws -> Int {
        while true {
            let frame = try takeFrame()
            if frame.endsStream { return frame.stream }
        }
    }
}
