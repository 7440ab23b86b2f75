import HTTPModel

/// Writes the head of an HTTP/2 message as a peer sends it that compresses nothing (RFC 9113 §6.2, RFC 7541 §6.2.2). Unlike a
/// session, it writes whatever it is given.
struct FieldBlockWriter {
    private var block: [UInt8] = []

    /// An empty SETTINGS frame.
    static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

    private static let frameLimit = 16_384

    mutating func append(_ name: String, _ value: String) {
        // The names of pseudo-fields are in the static table, where every encoder finds them.
        let index: UInt8 =
            switch name {
            case ":authority": 1
            case ":method": 2
            case ":path": 4
            case ":scheme": 6
            case ":status": 8
            default: 0
            }
        block.append(index)
        if index == 0 { append(text: name) }
        append(text: value)
    }

    private mutating func append(text: String) {
        let bytes = Array(text.utf8)
        var rest = bytes.count
        if rest < 0x7F {
            block.append(UInt8(rest))
        } else {
            block.append(0x7F)
            rest -= 0x7F
            while rest >= 0x80 {
                block.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            block.append(UInt8(rest))
        }
        block += bytes
    }

    /// The HEADERS frame of the first stream, and the CONTINUATION frames that it needs.
    func frames(endsStream: Bool) -> [UInt8] {
        var frames: [UInt8] = []
        var rest = block[...]
        repeat {
            let part = rest.prefix(Self.frameLimit)
            rest = rest.dropFirst(part.count)
            let isFirst = frames.isEmpty
            let flags: UInt8 = (rest.isEmpty ? 0x4 : 0) | (isFirst && endsStream ? 0x1 : 0)
            frames += [0, UInt8(part.count >> 8), UInt8(part.count & 0xFF), isFirst ? 1 : 9, flags, 0, 0, 0, 1]
            frames += part
        } while !rest.isEmpty
        return frames
    }
}
