internal import HTTPModel

/// The nine bytes before a frame's payload (RFC 9113 §4.1).
struct FrameHeader: Equatable {
    enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let priority: UInt8 = 2
        static let resetStream: UInt8 = 3
        static let settings: UInt8 = 4
        static let pushPromise: UInt8 = 5
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7
        static let continuation: UInt8 = 9
    }

    var length: Int
    var kind: UInt8
    var flags: UInt8
    var stream: Int32

    /// Whether the first flag is set: END_STREAM on DATA and HEADERS, ACK on SETTINGS and PING.
    var hasFirstFlag: Bool { flags & 0x1 != 0 }
    var endsHeaders: Bool { flags & 0x4 != 0 }
}

/// Finds the frames in the bytes of one direction, wherever these are cut, so that each frame can be checked before nghttp2 sees
/// it. nghttp2 does not report the frames that it ignores.
struct FrameWalker {
    enum Step: Equatable {
        case needMore
        /// The header is complete; its last byte is just before the position.
        case frame(FrameHeader)
        /// The connection does not begin as HTTP/2 must (RFC 9113 §3.4).
        case badPreface
    }

    private var prefaceLeft: Int
    private var payloadLeft = 0
    private var header: UInt64 = 0
    private var headerCount = 0
    private var type: UInt8 = 0

    init(expectsPreface: Bool) {
        prefaceLeft = expectsPreface ? Preface.bytes.count : 0
    }

    /// The part of the current frame's payload that is at hand.
    @_lifetime(copy bytes)
    func payload(of bytes: Span<UInt8>, from position: Int) -> Span<UInt8> {
        bytes.extracting(position..<position + min(payloadLeft, bytes.count - position))
    }

    /// Moves to the end of the next frame header, or of the input.
    mutating func next(in bytes: Span<UInt8>, from position: inout Int) -> Step {
        while prefaceLeft > 0 {
            guard position < bytes.count else { return .needMore }
            guard bytes[position] == Preface.bytes[Preface.bytes.count - prefaceLeft] else { return .badPreface }
            position += 1
            prefaceLeft -= 1
        }
        let skipped = min(payloadLeft, bytes.count - position)
        payloadLeft -= skipped
        position += skipped
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            headerCount += 1
            // The type is kept apart because it does not fit with the other eight bytes.
            if headerCount == 4 { type = byte } else { header = header << 8 | UInt64(byte) }
            if headerCount == 9 {
                let frame = FrameHeader(
                    length: Int(header >> 40), kind: type, flags: UInt8(truncatingIfNeeded: header >> 32),
                    stream: Int32(truncatingIfNeeded: header & 0x7FFF_FFFF))
                payloadLeft = frame.length
                headerCount = 0
                header = 0
                return .frame(frame)
            }
        }
        return .needMore
    }
}
