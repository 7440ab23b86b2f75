/// Frames by hand, so that they can be wrong.
package enum Wire {
    package static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    package static let start = preface + frame(4)

    package static func frame(_ kind: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = [], length: Int? = nil)
        -> [UInt8]
    {
        let length = length ?? payload.count
        return [UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), kind, flags]
            + number(stream) + payload
    }

    package static func number(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
    }

    /// A literal field without indexing (RFC 7541 §6.2.2), no Huffman code.
    package static func field(_ name: String, _ value: String) -> [UInt8] { field(Array(name.utf8), Array(value.utf8)) }

    package static func field(_ name: [UInt8], _ value: [UInt8]) -> [UInt8] {
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

    package typealias Pairs = [(String, String)]

    package static let get: Pairs = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "example.com")]
    package static let post: Pairs = [(":method", "POST"), (":scheme", "http"), (":path", "/up"), (":authority", "example.com")]

    package static func block(_ fields: Pairs) -> [UInt8] { fields.flatMap { field($0.0, $0.1) } }

    /// HEADERS with everything in it.
    package static func headers(_ stream: UInt32, _ fields: Pairs, end: Bool = true) -> [UInt8] {
        frame(1, flags: end ? 5 : 4, stream: stream, block(fields))
    }

    /// HEADERS and as many CONTINUATIONs as it takes.
    package static func split(_ stream: UInt32, _ block: [UInt8], by size: Int, end: Bool = true) -> [UInt8] {
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

    package static func data(_ stream: UInt32, _ count: Int, end: Bool = false) -> [UInt8] {
        frame(0, flags: end ? 1 : 0, stream: stream, [UInt8](repeating: 0x61, count: count))
    }

    package static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> [UInt8] { frame(3, stream: stream, number(code)) }
    package static func window(_ stream: UInt32, _ increment: UInt32) -> [UInt8] { frame(8, stream: stream, number(increment)) }
    package static func setting(_ id: UInt16, _ value: UInt32) -> [UInt8] { [UInt8(id >> 8), UInt8(id & 0xFF)] + number(value) }
    package static let ping = frame(6, [1, 2, 3, 4, 5, 6, 7, 8])
}

/// A frame that a session has sent.
package struct Frame: Equatable {
    package var kind: UInt8
    package var flags: UInt8
    package var stream: UInt32
    package var payload: [UInt8]

    package init(kind: UInt8, flags: UInt8, stream: UInt32, payload: [UInt8]) {
        self.kind = kind
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    package var number: UInt32 { payload.suffix(4).reduce(0) { $0 << 8 | UInt32($1) } }
    /// The error code of a GOAWAY.
    package var goAwayCode: UInt32 { payload.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
    package var lastStream: UInt32 { payload.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF }

    package static func all(in bytes: [UInt8]) -> [Frame] {
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
